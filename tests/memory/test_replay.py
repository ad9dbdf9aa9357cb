"""What a replay shows the label model: only what came before, and each issue as the bot first saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.planted import START, past

from triagebot.core.history import LabelChange, PastIssue
from triagebot.memory.replay import KEPT, replay, split
from triagebot.ports import LabelOpinion

ISSUES = past(10)


def everything(_issue: PastIssue, opinions: Sequence[LabelOpinion]) -> tuple[frozenset[str], frozenset[str]]:
    sure = frozenset(one.label for one in opinions if one.precision >= 0.9)
    return sure, frozenset(one.label for one in opinions)


def bug(_issue: PastIssue) -> list[LabelOpinion]:
    return [LabelOpinion("bug", 0.95, 0.95), LabelOpinion("docs", 0.7, 0.7)]


def test_the_oldest_seven_of_ten_are_learned_from():
    found = split(reversed(ISSUES))
    assert [issue.number for issue in found.past] == [1, 2, 3, 4, 5, 6, 7]
    assert [issue.number for issue in found.later] == [8, 9, 10]
    assert found.until == found.later[0].created_at


@pytest.mark.parametrize(("hours", "learned"), [(-1, 0), (4, 3), (4.5, 4), (99, 10)])
def test_a_date_splits_before_it_and_from_it_on(hours: float, learned: int):
    found = split(ISSUES, START + timedelta(hours=hours))
    assert (len(found.past), len(found.later)) == (learned, 10 - learned)


def test_nothing_is_split_into_nothing():
    assert split([]).past == split([]).later == ()


def test_the_model_sees_neither_the_labels_nor_what_became_of_the_issue():
    seen: list[PastIssue] = []
    issue = replace(ISSUES[0], labels=("bug",), duplicate_of=3, closed_at=datetime.now(UTC))

    def judge(shown: PastIssue) -> list[LabelOpinion]:
        seen.append(shown)
        return []

    list(replay([issue], judge, everything, known=frozenset({"bug"})))
    [shown] = seen
    assert (shown.labels, shown.changes, shown.state) == ((), (), "open")
    assert (shown.duplicate_of, shown.closed_at) == (None, None)
    assert (shown.title, shown.body) == (issue.title, issue.body)


def test_people_are_believed_and_bots_are_not():
    at = START
    by_bot = LabelChange("labeled", "bug", at, by_bot=True)
    taken_off = LabelChange("unlabeled", "docs", at)
    issues = [
        replace(ISSUES[0], number=1, labels=("bug",), changes=(LabelChange("labeled", "bug", at),)),
        replace(ISSUES[0], number=2, labels=("bug",), changes=(by_bot,)),
        replace(ISSUES[0], number=3, labels=(), changes=(taken_off,)),
        replace(ISSUES[0], number=4, labels=(), changes=()),
    ]
    found = list(replay(issues, bug, everything, known=frozenset({"bug", "docs"})))
    assert [set(one.people) for one in found] == [{"bug"}, set(), set(), set()]
    assert [one.judged for one in found] == [True, False, True, False]
    assert all((one.auto, one.suggested) == ({"bug"}, {"docs"}) for one in found)


def test_labels_that_came_later_are_not_put_on():
    [found] = replay(ISSUES[:1], bug, everything, known=frozenset({"docs"}))
    assert found.auto == frozenset()
    assert [one.label for one in found.opinions] == ["docs"]


def test_of_many_labels_the_likely_ones_are_kept_and_all_that_are_put_on():
    many = [LabelOpinion(f"area/{at}", 0.5, 0.5) for at in range(30)] + [LabelOpinion("bug", 0.95, 0.95)]
    known = frozenset(one.label for one in many)
    [found] = replay(ISSUES[:1], lambda _issue: many, everything, known=known)
    assert len(found.opinions) == KEPT + 1
    assert found.opinions[-1].label == "bug"
