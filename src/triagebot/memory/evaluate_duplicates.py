"""Measure the search for earlier issues: each pair's later issue searches all that were there before it.

The search is the product's own, over a `History` that is filled as time goes on.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from triagebot.core.errors import TriagebotError
from triagebot.core.history import PastIssue
from triagebot.memory import similar
from triagebot.memory.embedded import to_compare, vectors_of
from triagebot.ports import Embedder, History, Vectors

REPO = 1
_BATCH = 32
CUTS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Moment:
    """An issue as it comes in, and the vectors of all issues that are older."""

    issue: PastIssue
    vectors: Vectors | None
    own: similar.Own | None


def needed(issues: Sequence[PastIssue], pairs: Sequence[tuple[int, int]]) -> list[PastIssue]:
    """Return the issues up to the last that searches. Raises `TriagebotError` if a pair names an unknown one."""
    targets = _targets(issues, pairs)
    last = max(issue.created_at for issue in issues if issue.number in targets)
    return [issue for issue in issues if issue.created_at <= last]


async def embed(
    embedder: Embedder, issues: Sequence[PastIssue], progress: Callable[[int, int], None]
) -> Vectors:
    """Return what is compared of all issues' vectors, ordered by number; calls `progress` with what is done, and of how many."""
    ordered = sorted(issues, key=lambda issue: issue.number)
    parts = []
    for start in range(0, len(ordered), _BATCH):
        parts.append(await vectors_of(embedder, ordered[start : start + _BATCH]))
        progress(min(start + _BATCH, len(ordered)), len(ordered))
    found = Vectors(
        embedder.name,
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.titles for part in parts]),
        np.concatenate([part.bodies for part in parts]),
    )
    return to_compare(found, embedder.compared)


async def replay(
    history: History, issues: Sequence[PastIssue], asked: set[int], vectors: Vectors | None
) -> AsyncIterator[Moment]:
    """Fill an empty `history` in the order of creation; stop at each issue of `asked`, before it goes in."""
    waiting: list[PastIssue] = []
    places = {} if vectors is None else {int(number): place for place, number in enumerate(vectors.numbers)}
    there = np.zeros(len(places), bool)
    for issue in sorted(issues, key=lambda issue: (issue.created_at, issue.number)):
        if issue.number in asked:
            await history.save(REPO, waiting)
            waiting.clear()
            if vectors is None:
                yield Moment(issue, None, None)
            else:
                place = places[issue.number]
                own = (vectors.titles[place], vectors.bodies[place])
                yield Moment(issue, _only(vectors, there), own)
        waiting.append(issue)
        if places:
            there[places[issue.number]] = True


def _only(vectors: Vectors, there: np.ndarray[Any, Any]) -> Vectors:
    return Vectors(vectors.embedder, vectors.numbers[there], vectors.titles[there], vectors.bodies[there])


async def evaluate(
    history: History,
    issues: Sequence[PastIssue],
    pairs: Sequence[tuple[int, int]],
    vectors: Vectors | None,
) -> dict[str, Any]:
    """Return the share of pairs whose earlier issue is among the first 1, 5 and 10 found, and the seconds.

    `history` must be empty. Raises `TriagebotError` if a pair names an issue that is not there.
    """
    began = time.perf_counter()
    targets = _targets(issues, pairs)
    places: list[int | None] = []
    async for moment in replay(history, issues, set(targets), vectors):
        found = await similar.earlier(history, REPO, moment.issue, moment.vectors, moment.own)
        order = [one.number for one in found]
        places += [
            order.index(target) if target in order else None for target in targets[moment.issue.number]
        ]
    return {
        **{f"recall@{cut}": round(_within(places, cut), 4) for cut in CUTS},
        "pairs": len(places),
        "seconds": round(time.perf_counter() - began, 1),
    }


def _targets(issues: Sequence[PastIssue], pairs: Sequence[tuple[int, int]]) -> Mapping[int, list[int]]:
    known = {issue.number for issue in issues}
    targets: dict[int, list[int]] = {}
    for later, before in pairs:
        if not {later, before} <= known:
            raise TriagebotError(
                f"The pair {later}, {before} names an issue that is not in the file of issues."
            )
        targets.setdefault(later, []).append(before)
    if not targets:
        raise TriagebotError("The file of pairs is empty; there is nothing to measure.")
    return targets


def _within(places: Sequence[int | None], cut: int) -> float:
    return sum(place is not None and place < cut for place in places) / len(places)
