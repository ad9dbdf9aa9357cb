"""Our part of a person's text: what is ours, what is theirs, and what happens to broken markers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triagebot.core import body_part
from triagebot.core.markers import Marks

MARKS, KEY = Marks(7, (b"new", b"old")), "PR_1"
OLD = Marks(7, (b"old",))


def put(body: str, text: str, marks: Marks = MARKS, key: str = KEY) -> str:
    return body_part.put(body, text, marks, key)


OUR = put("", "ours")
BEGIN, END = OUR.split("\n")[0], OUR.split("\n")[-1]
PIECES = st.lists(
    st.sampled_from(["a", " ", "\n", "\r\n", "\r", "```", "é", BEGIN, END, OUR, "<!--", "-->"]), max_size=12
).map("".join)


@given(
    PIECES,
    st.sampled_from(
        ["one", "two\nlines", " padded \r\n", f"x{END}", "x\u2028y", f"x{END[:9]}{END}{END[9:]}y"]
    ),
)
def test_what_people_wrote_stays_to_the_letter(body: str, text: str) -> None:
    there = body_part.ours(body, MARKS, KEY)
    once = put(body, text)
    assert put(once, text) == once
    if there is None:
        assert once.startswith(body)
        assert put(once, "") == body
    else:
        assert (once[: there.start], put(once, "")) == (body[: there.start], put(body, ""))
    assert body_part.without(put(once, "again")) == body_part.without(once)


@given(st.text(alphabet="ab\r\n", max_size=20))
def test_a_text_is_the_same_with_and_without_our_part(body: str) -> None:
    assert body_part.without(put(body, "ours")) == body


def test_a_part_of_another_subject_app_or_hand_is_not_ours() -> None:
    assert body_part.ours(OUR, MARKS, "PR_2") is None
    assert body_part.ours(OUR, Marks(8, (b"new",)), KEY) is None
    assert body_part.ours(OUR.replace("ours", "theirs"), MARKS, KEY) is None
    assert body_part.ours(put("", "ours", OLD), MARKS, KEY) is not None  # the secret was rotated


@pytest.mark.parametrize(
    "broken", [BEGIN, END, f"{END} {BEGIN}", OUR.replace(END, ""), OUR.replace(BEGIN, "")]
)
def test_broken_markers_are_plain_text(broken: str) -> None:
    body = f"People's {broken} words"
    assert body_part.ours(body, MARKS, KEY) is None
    assert put(body, "new").startswith(body)
    assert put(put(body, "new"), "") == body


def test_of_two_parts_the_first_is_ours() -> None:
    twice = put(f"{OUR}\nbetween\n{OUR}", "new")
    assert [part.text for part in body_part.parts(twice)] == ["new", "ours"]


def test_much_text_takes_no_time_to_speak_of() -> None:
    for body in (
        BEGIN * 20_000,
        f"{BEGIN}{END}" * 20_000,
        "\n" * 60_000 + BEGIN,
        "<!-- triagebot:body " * 3_000,
    ):
        assert body_part.without(body) is not None
        assert body_part.ours(body[:65_000], MARKS, KEY) is None
