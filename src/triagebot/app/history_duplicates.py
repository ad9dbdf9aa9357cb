"""What would have been shown as possibly related on later issues, beside what people said is the same.

The search is the product's own, over a database that is thrown away and filled as time goes on, so that
an issue finds only what was there before it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from triagebot.app.history_report import Duplicates, KnownDuplicate, Told
from triagebot.core.history import PastIssue
from triagebot.handlers.triage.duplicates import DuplicateConfig
from triagebot.memory import evaluate_duplicates, similar
from triagebot.memory.replay import as_opened
from triagebot.ports import RELATED_FROM, Vectors
from triagebot.settings import Settings
from triagebot.store import open_store

SAMPLE = 200
"""How many of the later issues that nobody called a duplicate are looked at, evenly over time."""


async def shown(
    issues: Sequence[PastIssue],
    later: Sequence[PastIssue],
    vectors: Vectors | None,
    tell: Callable[[str, int, int], None],
) -> Duplicates | None:
    """Return what would have been shown on the later issues; None where people named no duplicates."""
    known = {issue.number: issue for issue in issues}
    pairs = {
        one.number: one.duplicate_of
        for one in later
        if one.duplicate_of in known and known[one.duplicate_of].created_at < one.created_at
    }
    if not pairs:
        return None
    others = [one.number for one in later if one.duplicate_of is None and not one.is_pull_request]
    asked = set(pairs) | set(others[:: max(1, len(others) // SAMPLE)][:SAMPLE])
    found = await _search(issues, asked, _usable(vectors, known), tell)
    told = {number: _told(issue) for number, issue in known.items()}
    return Duplicates(
        known=tuple(
            KnownDuplicate(told[number], told[of], tuple(told[one] for one in found[number]))
            for number, of in sorted(pairs.items())
            if of is not None and number in found
        ),
        other_issues=len(asked) - len(pairs),
        shown_on_others=sum(bool(found[number]) for number in asked - pairs.keys()),
    )


async def _search(
    issues: Sequence[PastIssue],
    asked: set[int],
    vectors: Vectors | None,
    tell: Callable[[str, int, int], None],
) -> dict[int, list[int]]:
    """Return the numbers that would have been shown on each issue that is asked about."""
    found: dict[int, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Settings(data_dir=Path(folder), database_url=None))
        try:
            async for moment in evaluate_duplicates.replay(store.history, issues, asked, vectors):
                issue = as_opened(moment.issue)
                ranked = await similar.earlier(
                    store.history, evaluate_duplicates.REPO, issue, moment.vectors, moment.own
                )
                sure = [one.number for one in ranked if one.chance >= RELATED_FROM]
                found[issue.number] = sure[: DuplicateConfig().max]
                tell("searching", len(found), len(asked))
        finally:
            store.close()
    return found


def _usable(vectors: Vectors | None, known: dict[int, PastIssue]) -> Vectors | None:
    """Return the vectors if every issue has one; with some missing, words alone are compared."""
    return vectors if vectors is not None and known.keys() <= set(vectors.numbers.tolist()) else None


def _told(issue: PastIssue) -> Told:
    return Told(issue.number, issue.title, issue.url, issue.created_at)
