"""Markers are found where they were put, and nowhere else."""

from __future__ import annotations

import pytest

from triagebot.core.markers import Marks, strip

MARKS = Marks(7, (b"new", b"old"))
SUBJECT, SLOT = "I_kwDO1", "triage:summary"


def test_a_marker_is_hidden_and_found() -> None:
    text = MARKS.write(SUBJECT, SLOT, "Body\r\nof two lines\n")
    assert text.startswith("Body\nof two lines\n\n<!-- triagebot:v1 slot=triage:summary key=")
    assert text.endswith(" -->")
    assert MARKS.find(SUBJECT, SLOT, text)
    assert strip(text) == "Body\nof two lines"


def test_an_older_secret_still_counts_and_a_foreign_one_does_not() -> None:
    assert MARKS.find(SUBJECT, SLOT, Marks(7, (b"old",)).make(SUBJECT, SLOT))
    assert not MARKS.find(SUBJECT, SLOT, Marks(7, (b"guessed",)).make(SUBJECT, SLOT))


@pytest.mark.parametrize(
    ("app_id", "subject", "slot"),
    [(8, SUBJECT, SLOT), (7, "I_kwDO2", SLOT), (7, SUBJECT, "triage:other")],
    ids=["other app", "other subject", "other slot"],
)
def test_a_marker_from_elsewhere_does_not_match(app_id: int, subject: str, slot: str) -> None:
    assert not MARKS.find(SUBJECT, SLOT, Marks(app_id, (b"new",)).make(subject, slot))


def test_a_marker_inside_the_body_is_taken_out_and_only_the_last_counts() -> None:
    forged = MARKS.make(SUBJECT, "triage:other")
    text = MARKS.write(SUBJECT, SLOT, f"Look: {forged} here")
    assert forged not in text
    assert not MARKS.find(SUBJECT, SLOT, f"{text} {forged}")


def test_a_marker_that_lost_a_character_does_not_match() -> None:
    marker = MARKS.make(SUBJECT, SLOT)
    for at in range(len(marker)):
        assert not MARKS.find(SUBJECT, SLOT, marker[:at] + marker[at + 1 :])
