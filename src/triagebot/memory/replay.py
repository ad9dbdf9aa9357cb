"""Replay a repository's later issues before a label model that knows only the earlier ones.

Pure: what is learned, from what, and what is chosen come from the caller. An issue is read as it is now,
since its earlier texts are not kept; its labels are judged by what people did (`core.history.judged`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from triagebot.core.history import PastIssue, judged
from triagebot.memory.curves import Said
from triagebot.ports import LabelOpinion

LEARN = 0.7
"""The share of the issues, the oldest, that is learned from where nobody names a date."""
KEPT = 8
LIKELY = 0.02
"""Of each issue at most so many opinions are kept, and none below this probability: no setting reaches them."""

Judge = Callable[[PastIssue], Sequence[LabelOpinion]]
"""What the label model says of an issue, surest first."""
Choose = Callable[[PastIssue, Sequence[LabelOpinion]], tuple[frozenset[str], frozenset[str]]]
"""Which labels the settings would put on, and which they would suggest."""


@dataclass(frozen=True, slots=True)
class Split:
    """The issues before and from the date `until` on, both oldest first."""

    until: datetime
    past: tuple[PastIssue, ...]
    later: tuple[PastIssue, ...]


def split(issues: Iterable[PastIssue], until: datetime | None = None) -> Split:
    """Return the issues (and pull requests) split at `until`, or where the oldest 70 % end."""
    ordered = sorted(issues, key=lambda one: (one.created_at, one.number))
    if until is None and ordered:
        until = ordered[min(len(ordered) - 1, round(len(ordered) * LEARN))].created_at
    moment = until or datetime.min.replace(tzinfo=UTC)
    past = tuple(issue for issue in ordered if issue.created_at < moment)
    return Split(moment, past, tuple(ordered[len(past) :]))


def as_opened(issue: PastIssue) -> PastIssue:
    """Return the issue as it was when the bot first saw it, as far as that is known: bare and open."""
    return replace(
        issue, labels=(), changes=(), state="open", state_reason=None, closed_at=None, duplicate_of=None
    )


def replay(
    later: Iterable[PastIssue], judge: Judge, choose: Choose, *, known: frozenset[str]
) -> Iterator[Said]:
    """Yield what would have been said of each issue, in order.

    `known` are the labels that the model learned: those that came later, nobody could have put on.
    """
    for issue in later:
        fresh = as_opened(issue)
        opinions = [one for one in judge(fresh) if one.label in known]
        auto, suggested = choose(fresh, opinions)
        people = judged(issue)
        kept = [
            one
            for at, one in enumerate(opinions)
            if one.label in auto or (at < KEPT and one.probability >= LIKELY)
        ]
        yield Said(
            number=issue.number,
            opinions=tuple(kept),
            auto=auto,
            suggested=suggested - auto,
            people=people.yes,
            judged=bool(people.yes or people.no),
        )
