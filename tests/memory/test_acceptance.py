"""What counts as a label of ours that people kept, and as one that they took off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from triagebot.core.history import LabelChange, PastIssue
from triagebot.memory.acceptance import MOST, acceptance
from triagebot.ports import Acceptance

US, OTHER = 7, 8
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def change(action: Literal["labeled", "unlabeled"], days_ago: float, by: int | None = None) -> LabelChange:
    at = NOW - timedelta(days=days_ago)
    return LabelChange(action, "bug", at, by_bot=by is not None, app_id=by)


def issue(*changes: LabelChange, number: int = 1, closed_days_ago: float | None = None) -> PastIssue:
    found = PastIssue(number, "It crashes", "", NOW - timedelta(days=400), ("bug",), changes)
    if closed_days_ago is None:
        return found
    return replace(found, state="closed", closed_at=NOW - timedelta(days=closed_days_ago))


def of(*issues: PastIssue) -> Acceptance:
    return acceptance(issues, US, NOW).get("bug", Acceptance(0, 0))


def test_a_label_that_stood_for_a_week_was_kept():
    assert of(issue(change("labeled", 7, US))) == Acceptance(1, 0)
    assert of(issue(change("labeled", 6, US))) == Acceptance(0, 0)


def test_a_label_on_a_closed_issue_was_kept_at_once():
    assert of(issue(change("labeled", 1, US), closed_days_ago=0)) == Acceptance(1, 0)


def test_a_label_that_a_person_took_off_was_not_wanted():
    assert of(issue(change("labeled", 1, US), change("unlabeled", 0.5))) == Acceptance(0, 1)


def test_one_taken_off_through_us_was_taken_off_by_a_person():
    assert of(issue(change("labeled", 1, US), change("unlabeled", 0.5, US))) == Acceptance(0, 1)


def test_the_last_word_counts():
    back = (change("labeled", 3, US), change("unlabeled", 2), change("labeled", 1))
    assert of(issue(*back)) == Acceptance(1, 0)
    assert of(issue(*back, change("unlabeled", 0.5))) == Acceptance(0, 1)


def test_what_other_bots_do_says_nothing():
    assert of(issue(change("labeled", 20, OTHER))) == Acceptance(0, 0)
    assert of(issue(change("labeled", 20, US), change("unlabeled", 19, OTHER))) == Acceptance(0, 0)


def test_what_a_person_did_before_us_says_nothing_of_us():
    assert of(issue(change("unlabeled", 20), change("labeled", 10, US))) == Acceptance(1, 0)


def test_long_ago_does_not_count():
    assert of(issue(change("labeled", 300, US), change("unlabeled", 181))) == Acceptance(0, 0)
    assert of(issue(change("labeled", 300, US), change("unlabeled", 179))) == Acceptance(0, 1)


def test_only_the_latest_count_so_that_a_label_can_earn_its_trust_back():
    bad = [issue(change("labeled", 120, US), change("unlabeled", 100), number=n) for n in range(MOST)]
    good = [issue(change("labeled", 30, US), number=100 + n) for n in range(MOST - 10)]
    assert of(*bad) == Acceptance(0, MOST)
    assert of(*bad, *good) == Acceptance(MOST - 10, 10)


def test_labels_are_counted_apart_and_unread_changes_teach_nothing():
    both = issue(change("labeled", 10, US), replace(change("labeled", 10, US), label="docs"))
    assert acceptance([both], US, NOW) == {"bug": Acceptance(1, 0), "docs": Acceptance(1, 0)}
    assert acceptance([replace(both, changes=None)], US, NOW) == {}
