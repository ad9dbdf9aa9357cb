"""Reading deliveries: what is relied on is sound, whatever else the payload holds."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triagebot.core.delivery import MAX_DEPTH, Delivery, decode, parse
from triagebot.core.errors import MalformedDelivery
from triagebot.core.values import Actor, Repo, Subject

PAYLOAD: dict[str, Any] = {
    "action": "opened",
    "issue": {"number": 7, "node_id": "I_kwDO7"},
    "repository": {
        "id": 11,
        "full_name": "octo-org/engine.rs",
        "default_branch": "feature/x",
        "private": True,
    },
    "sender": {"id": 5, "login": "ada-l", "type": "User"},
    "installation": {"id": 3},
}


def read(**changes: Any) -> Delivery:
    return parse("d-1", "issues", json.dumps({**PAYLOAD, **changes}).encode())


def test_a_delivery_as_github_sends_it() -> None:
    repo = Repo(11, "octo-org", "engine.rs", "feature/x", private=True)
    assert read() == Delivery(
        id="d-1",
        event="issues.opened",
        installation_id=3,
        repo=repo,
        subject=Subject(repo, "issue", 7, "I_kwDO7"),
        sender=Actor(5, "ada-l"),
        payload=PAYLOAD,
    )


def test_an_empty_object_is_a_delivery_of_nothing() -> None:
    assert parse("d", "ping", b"{}") == Delivery("d", "ping", 0, None, None, None, {})


@pytest.mark.parametrize(
    ("changes", "kind", "number"),
    [
        ({"issue": {"number": 4, "pull_request": {"url": "…"}}}, "pull_request", 4),
        ({"issue": {"number": 4, "pull_request": None}}, "issue", 4),
        ({"pull_request": {"number": 9, "node_id": "PR_1"}}, "pull_request", 9),
        ({"pull_request": None}, "issue", 7),
        ({"pull_request": []}, "issue", 7),
    ],
    ids=["comment on a pull request", "comment on an issue", "pull request", "null", "wrong type"],
)
def test_the_subject(changes: dict[str, Any], kind: str, number: int) -> None:
    subject = read(**changes).subject
    assert subject is not None
    assert (subject.kind, subject.number) == (kind, number)


def test_a_subject_without_a_node_id_is_known_by_its_number() -> None:
    subject = read(issue={"number": 7, "node_id": None}).subject
    assert subject is not None
    assert subject.key == "11#7"


@pytest.mark.parametrize(
    "action", [None, 5, "", [], {}, True, "a b", "a\0", "opened\n", "é", "a" * 65, "a.b"]
)
def test_an_action_that_is_no_word_counts_as_absent(action: Any) -> None:
    assert read(action=action).event == "issues"


@pytest.mark.parametrize("number", [None, 0, -1, 2**63, 10**300, 1.0, "7", True, [7]])
def test_a_number_that_is_no_database_id_counts_as_absent(number: Any) -> None:
    assert read(installation={"id": number}).installation_id == 0
    assert read(sender={"id": number, "login": "ada"}).sender is None
    assert read(repository={"id": number, "full_name": "a/b"}).repo is None
    assert read(issue={"number": number}).subject is None


@pytest.mark.parametrize(
    "name",
    [None, "", "a", "a/", "/b", "a/b/c", "../b", "a/..", "a/.", "./b", "a b/c", "a/b?x", "a/b\n", "a/\0", "ä/b", "a" * 101 + "/b", "a/" + "b" * 101, 5, ["a/b"]],
)  # fmt: skip
def test_a_repository_name_that_github_would_not_give_counts_as_absent(name: Any) -> None:
    delivery = read(repository={"id": 11, "full_name": name})
    assert (delivery.repo, delivery.subject) == (None, None)


@pytest.mark.parametrize(
    "name", ["a/b", "o-_rg/.github", "O/...", "1/2", "a" * 39 + "/" + "b" * 100, "emu_corp/r"]
)
def test_repository_names_that_github_gives(name: str) -> None:
    repo = read(repository={"id": 11, "full_name": name}).repo
    assert repo is not None
    assert repo.full_name == name


@pytest.mark.parametrize("login", [None, "", 5, ["ada"], "a b", "a/b", "a\0", "@ada", "a" * 101, "x[bot]y"])
def test_a_login_that_github_would_not_give_counts_as_absent(login: Any) -> None:
    assert read(sender={"id": 5, "login": login}).sender is None


@pytest.mark.parametrize(
    ("user", "is_bot"),
    [
        ({"id": 5, "login": "dependabot[bot]", "type": "Bot"}, True),
        ({"id": 5, "login": "dependabot[bot]"}, True),
        ({"id": 5, "login": "web-flow", "type": "Bot"}, True),
        ({"id": 5, "login": "ada", "type": ["Bot"]}, False),
    ],
)
def test_bots(user: dict[str, Any], is_bot: bool) -> None:
    sender = read(sender=user).sender
    assert sender is not None
    assert sender.is_bot is is_bot


@pytest.mark.parametrize("branch", [None, "", 5, "a b", "a\x01", "a~1", "x" * 256])
def test_a_branch_that_git_would_not_take_is_main(branch: Any) -> None:
    repo = read(repository={"id": 11, "full_name": "a/b", "default_branch": branch}).repo
    assert repo is not None
    assert repo.default_branch == "main"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"[]",
        b"1",
        b"null",
        b'"x"',
        b"{",
        b"{} {}",
        b'{"a": NaN}',
        b'{"a": [-Infinity]}',
        b'{"a": {"b": 1e999}}',
        b"1e999",
        b'{"a": ' + b"9" * 4301 + b"}",
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xc0\x80"}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32-be"),
        b"[" * 1_000_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
)
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDelivery):
        decode(body)
    with pytest.raises(MalformedDelivery):
        decode(bytearray(body))


def _nested(depth: int) -> bytes:
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


def test_the_deepest_nesting_and_one_deeper() -> None:
    assert decode(_nested(MAX_DEPTH))
    with pytest.raises(MalformedDelivery, match="nested"):
        decode(_nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        (rb"\ud83d", "\ufffd"),
        (rb"\uDE00!", "\ufffd!"),
        (rb"\ud83d\ude00", "\U0001f600"),
        (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (rb"a\u0000b", "a\ufffdb"),
        (rb"\\u0000 \\ud83d", r"\u0000 \ud83d"),
        (rb"\ud7ff\ue000", "\ud7ff\ue000"),
        ("\u2028é".encode(), "\u2028é"),
    ],
)
def test_text_that_no_database_takes_is_replaced(text: bytes, read_as: str) -> None:
    value = decode(b'{"a": ["%b"], "%b": 1}' % (text, text))
    assert value == {"a": [read_as], read_as: 1}
    json.dumps(value, ensure_ascii=False).encode()


def test_a_byte_order_mark_is_taken_and_the_last_of_a_doubled_key_counts() -> None:
    assert decode(b'\xef\xbb\xbf{"a": 1, "a": 2}') == {"a": 2}


_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
_KNOWN = st.sampled_from(
    [
        "action",
        "issue",
        "pull_request",
        "repository",
        "sender",
        "installation",
        "id",
        "login",
        "full_name",
        "number",
    ]
)


@given(st.dictionaries(_KNOWN, _JSON | st.dictionaries(_KNOWN, _JSON)))
def test_any_object_makes_a_delivery_that_is_fit_for_keys_and_paths(payload: dict[str, Any]) -> None:
    delivery = parse("d", "issues", json.dumps(payload).encode())
    assert re.fullmatch(r"issues(\.[\w-]+)?", delivery.event, re.ASCII)
    assert 0 <= delivery.installation_id < 2**63
    if delivery.repo is not None:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", delivery.repo.full_name, re.ASCII)
    if delivery.subject is not None:
        assert delivery.subject.key.isascii()
        assert delivery.subject.number > 0
    if delivery.sender is not None:
        assert delivery.sender.login.isascii()


@given(st.binary())
def test_any_bytes_are_an_object_or_malformed(body: bytes) -> None:
    try:
        assert isinstance(decode(body), dict)
    except MalformedDelivery:
        return
