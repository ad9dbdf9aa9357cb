"""`POST /webhook` through a real server and a real store: each answer, and what is kept after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support import webserver
from tests.support.webclient import SECRET, Client, delivery, delivery_headers, once, request

from triagebot.core.signature import sign
from triagebot.ports import StoredDelivery
from triagebot.store import Store

OPENED = json.dumps(
    {
        "action": "opened",
        "issue": {"number": 7, "node_id": "I_kwDO7", "title": "It crashes"},
        "repository": {"id": 11, "full_name": "octo/engine"},
        "sender": {"id": 5, "login": "ada"},
        "installation": {"id": 3},
    }
).encode()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with webserver.store(tmp_path) as opened:
        yield opened


@pytest.fixture
async def port(store: Store) -> AsyncIterator[int]:
    async with webserver.serving(webserver.application(store.inbox)) as port:
        yield port


async def test_a_wanted_delivery_is_stored_whole_before_the_202(port: int, store: Store) -> None:
    reply = await once(port, delivery(OPENED, key="72d3162e"))

    assert (reply.status, reply.json) == (202, {"status": "stored", "delivery": "72d3162e"})
    kept = await store.deliveries.get("72d3162e")
    assert kept is not None
    assert (kept.event, kept.installation_id, kept.repo_id, kept.repo, kept.subject_key, kept.state) == (
        ("issues.opened", 3, 11, "octo/engine", "I_kwDO7", "stored")
    )
    assert kept.payload == OPENED


async def test_the_second_copy_answers_200_and_changes_nothing(port: int, store: Store) -> None:
    await once(port, delivery(OPENED, key="twice"))
    other = OPENED.replace(b"crashes", b"differs")

    reply = await once(port, delivery(other, key="twice"))

    assert (reply.status, reply.json["status"]) == (200, "duplicate")
    kept = await store.deliveries.get("twice")
    assert kept is not None
    assert kept.payload == OPENED


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("ping", b'{"zen": "Design for failure.", "hook_id": 1}'),
        ("star", b'{"action": "created"}'),
        ("issues", b'{"action": "pinned"}'),
        ("an_event_of_next_year", b"{}"),
    ],
    ids=["ping", "unwanted event", "unwanted action", "unknown event"],
)
async def test_an_event_nobody_wants_answers_200_and_leaves_no_payload(
    port: int, store: Store, event: str, body: bytes
) -> None:
    reply = await once(port, delivery(body, event=event, key="x"))

    assert (reply.status, reply.json) == (200, {"status": "ignored", "delivery": "x"})
    kept = await store.deliveries.get("x")
    assert kept is not None
    assert (kept.state, kept.payload) == ("ignored", b"")


async def test_a_bots_delivery_is_stored_too(port: int, store: Store) -> None:
    body = OPENED.replace(b'"login": "ada"', b'"login": "ci[bot]", "type": "Bot"')
    assert (await once(port, delivery(body))).status == 202
    assert len(await store.deliveries.list()) == 1


_GOOD = sign(SECRET, OPENED)


@pytest.mark.parametrize(
    "signatures",
    [
        [],
        [("x-hub-signature-256", "")],
        [("x-hub-signature-256", _GOOD), ("x-hub-signature-256", _GOOD)],
        [("x-hub-signature-256", f"{_GOOD}, {_GOOD}")],
        [("x-hub-signature", "sha1=" + "0" * 40)],
        [("x-hub-signature-256", "sha1=" + "0" * 40)],
        [("x-hub-signature-256", _GOOD.removeprefix("sha256="))],
        [("x-hub-signature-256", "sha256=" + "0" * 64)],
        [("x-hub-signature-256", _GOOD.upper())],
        [("x-hub-signature-256", _GOOD[:-1])],
        [("x-hub-signature-256", _GOOD + "0")],
        [("x-hub-signature-256", b"sha256=\xff\xfe\x80" + b"0" * 61)],
        [("x-hub-signature-256", "sha256=" + "é" * 32)],
        [("x-hub-signature-256", "sha256=" + "٠" * 32)],
        [("x-hub-signature-256", sign(b"another secret", OPENED))],
        [("x-hub-signature-256", sign(b"", OPENED))],
        [("x-hub-signature-256", sign(SECRET, OPENED + b" "))],
    ],
    ids=[
        "none",
        "empty",
        "doubled",
        "two in one",
        "SHA-1 only",
        "SHA-1 in its place",
        "no prefix",
        "zeros",
        "upper case",
        "short",
        "long",
        "bytes above 0x7F",
        "accents",
        "Arabic digits",
        "another secret",
        "empty secret",
        "another body",
    ],
)
async def test_a_bad_signature_is_401_and_nothing_is_kept(
    port: int, store: Store, signatures: list[tuple[str, str | bytes]]
) -> None:
    plain = [h for h in delivery_headers(OPENED) if not h[0].startswith("x-hub")]

    reply = await once(port, request("POST", "/webhook", plain + signatures, OPENED))

    assert (reply.status, reply.json["status"]) == (401, "unsigned")
    assert await store.deliveries.list() == []


async def test_githubs_published_vector_is_signed_and_not_json(port: int) -> None:
    """See "Validating webhook deliveries": the body is no JSON, so a right signature ends as 400."""
    body = b"Hello, World!"
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = [("x-github-event", "issues"), ("x-github-delivery", "v"), ("x-hub-signature-256", signature)]
    assert (await once(port, request("POST", "/webhook", headers, body))).status == 400
    assert (await once(port, request("POST", "/webhook", headers, body + b"!"))).status == 401


async def test_either_secret_holds_while_they_rotate(store: Store) -> None:
    app = webserver.application(store.inbox, secrets=(b"new", b"old"))
    async with webserver.serving(app) as port:
        statuses = [
            (await once(port, delivery(OPENED, key=secret.decode(), secret=secret))).status
            for secret in (b"new", b"old", b"older")
        ]
    assert statuses == [202, 202, 401]


@pytest.mark.parametrize(
    "secrets", [(), (b"",), (b"x", b"")], ids=["none", "an empty one", "one of two empty"]
)
def test_without_a_secret_there_is_no_application(store: Store, secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="secret"):
        webserver.application(store.inbox, secrets=secrets)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"{} {}",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' * 100 + b"1" + b"}" * 100,
        b"[" * 100_000,
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        '{"a": 1}'.encode("utf-16"),
        b"payload=%7B%7D",
    ],
    ids=[
        "empty",
        "cut off",
        "array",
        "string",
        "null",
        "two values",
        "NaN",
        "overflow",
        "5,000 digits",
        "100 deep",
        "100,000 deep",
        "not UTF-8",
        "raw surrogate",
        "UTF-16",
        "form",
    ],
)
async def test_what_is_no_json_object_is_400(port: int, store: Store, body: bytes) -> None:
    reply = await once(port, delivery(body))
    assert (reply.status, reply.json["status"]) == (400, "malformed")
    assert await store.deliveries.list() == []


async def test_a_form_is_told_what_to_change(port: int) -> None:
    body = b"payload=%7B%7D"
    headers = [("content-type", "application/x-www-form-urlencoded"), *delivery_headers(body)[1:]]
    reply = await once(port, request("POST", "/webhook", headers, body))
    assert reply.status == 400
    assert "application/json" in reply.json["message"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("x-github-event", []),
        ("x-github-event", [""]),
        ("x-github-event", ["issues", "issues"]),
        ("x-github-event", ["iss ues"]),
        ("x-github-event", [b"issu\xe9s"]),
        ("x-github-event", ["e" * 65]),
        ("x-github-delivery", []),
        ("x-github-delivery", [""]),
        ("x-github-delivery", ["a", "b"]),
        ("x-github-delivery", ["a b"]),
        ("x-github-delivery", [b"\x80"]),
        ("x-github-delivery", ["d" * 129]),
    ],
)
async def test_headers_that_do_not_name_a_delivery_are_400(
    port: int, store: Store, name: str, values: list[str | bytes]
) -> None:
    headers = [h for h in delivery_headers(OPENED) if h[0] != name] + [(name, value) for value in values]
    assert (await once(port, request("POST", "/webhook", headers, OPENED))).status == 400
    assert await store.deliveries.list() == []


@pytest.mark.parametrize("name", ["d" * 128, '"><script>\\{}', "!~"], ids=["longest", "markup", "marks"])
async def test_any_visible_id_is_taken_and_echoed(port: int, store: Store, name: str) -> None:
    reply = await once(port, delivery(OPENED, key=name))
    assert (reply.status, reply.json["delivery"]) == (202, name)
    assert await store.deliveries.get(name) is not None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_post_is_allowed(port: int, method: str) -> None:
    async with await Client.connect(port) as client:
        client.writer.write(request(method, "/webhook"))
        head = await client.reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 ")
    assert b"allow: POST" in head


async def test_one_connection_carries_many_deliveries_and_refusals(port: int, store: Store) -> None:
    async with await Client.connect(port) as client:
        statuses = []
        for number in range(30):
            good = delivery(OPENED, key=f"k-{number // 2}")
            bad = delivery(OPENED, key="k", secret=b"wrong")
            statuses.append((await client.exchange(bad if number % 3 == 2 else good)).status)
    assert set(statuses) == {202, 200, 401}
    assert len(await store.deliveries.list()) == 15


async def test_pipelined_deliveries_are_answered_in_order(port: int) -> None:
    async with await Client.connect(port) as client:
        client.writer.write(b"".join(delivery(OPENED, key=f"p-{number}") for number in range(20)))
        named = [(await client.read()).json["delivery"] for _ in range(20)]
    assert named == [f"p-{number}" for number in range(20)]


async def test_a_thousand_copies_at_once_are_one_delivery(port: int, store: Store) -> None:
    clients = await asyncio.gather(*(Client.connect(port) for _ in range(1000)))
    content = delivery(OPENED, key="copied")
    try:
        for client in clients:
            client.writer.write(content)
        replies = await asyncio.gather(*(client.read() for client in clients))
    finally:
        await asyncio.gather(*(client.__aexit__() for client in clients))

    assert sorted(reply.status for reply in replies) == [200] * 999 + [202]
    assert len(await store.deliveries.list()) == 1


class Refusing:
    """An inbox that raises what it is told to, until it is told nothing."""

    def __init__(self, inner: Store, failure: Exception | None) -> None:
        self.inner = inner
        self.failure = failure

    async def add(self, delivery: StoredDelivery) -> bool:
        if self.failure is not None:
            raise self.failure
        return await self.inner.inbox.add(delivery)


@pytest.mark.parametrize(
    "failure",
    [webserver.StoreUnavailable("disk full"), RuntimeError("a mistake of ours")],
    ids=["known", "unknown"],
)
async def test_503_with_retry_after_while_it_cannot_be_stored(store: Store, failure: Exception) -> None:
    inbox = Refusing(store, failure)
    async with webserver.serving(webserver.application(inbox)) as port, await Client.connect(port) as client:
        refused = await client.exchange(delivery(OPENED))
        inbox.failure = None
        taken = await client.exchange(delivery(OPENED))

    assert (refused.status, refused.json["status"]) == (503, "unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert "disk full" not in refused.body.decode()
    assert taken.status == 202
    assert len(await store.deliveries.list()) == 1


async def test_a_database_that_hangs_is_503_and_a_later_copy_is_kept_once(store: Store) -> None:
    app = webserver.application(store.inbox, timing=webserver.Timing(store=0.2))
    async with webserver.serving(app) as port:
        with webserver.locked(store):
            refused = await once(port, delivery(OPENED, key="late"))
        later = await once(port, delivery(OPENED, key="late"))

    assert refused.status == 503
    assert later.status in (200, 202)
    assert len(await store.deliveries.list()) == 1
