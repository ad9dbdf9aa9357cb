"""Which earlier issues may be named as the same: the roots of what is known, and never against a person's word."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from triagebot.core.history import PastIssue
from triagebot.memory.clusters import roots
from triagebot.ports import Pairing

MOST_LINKED = 300
"""How many issues that are known to be the same as a found one are looked at."""


def may_be(issue: PastIssue, past: PastIssue) -> bool:
    """Return True if `past` is older and of the same kind: issues with issues, pull requests with theirs."""
    older = (past.created_at, past.number) < (issue.created_at, issue.number)
    return older and past.number != issue.number and past.is_pull_request == issue.is_pull_request


def links(pairings: Iterable[Pairing], known: Iterable[PastIssue]) -> list[Pairing]:
    """Return what GitHub shows as duplicates and then what people told us, whose word counts more."""
    shown = [
        Pairing(issue.number, issue.duplicate_of, same=True)
        for issue in sorted(known, key=lambda one: one.number)
        if issue.duplicate_of is not None and issue.duplicate_of > 0
    ]
    return [*shown, *pairings]


def linked(numbers: Collection[int], pairings: Iterable[Pairing]) -> list[int]:
    """Return these numbers and those said to be the same, over any steps; the nearest first."""
    beside: dict[int, list[int]] = {}
    for pairing in pairings:
        if pairing.same and pairing.of > 0:
            beside.setdefault(pairing.number, []).append(pairing.of)
            beside.setdefault(pairing.of, []).append(pairing.number)
    found = dict.fromkeys(numbers)
    waiting = list(found)
    for number in waiting:
        for other in beside.get(number, ()):
            if other not in found and len(found) < len(numbers) + MOST_LINKED:
                found[other] = None
                waiting.append(other)
    return list(found)


def targets(
    issue: PastIssue,
    ranked: Sequence[tuple[int, float]],
    known: Mapping[int, PastIssue],
    pairings: Sequence[Pairing],
) -> list[tuple[PastIssue, float]]:
    """Return the issues to name with the best chance of their cluster, best first, each cluster once.

    `ranked` are numbers with chances. A target is known, may be the same (`may_be`), and is no duplicate
    itself: not of something else, nor of something that nobody named. None that a person said is not the
    same, nor whatever that one is the same as; nothing for an issue of which people said what it is the
    same as (`decided`).
    """
    if decided(issue.number, pairings):
        return []
    not_the_same = _vetoed(issue.number, pairings)
    created = {number: one.created_at for number, one in known.items()} | {issue.number: issue.created_at}
    said = links(pairings, known.values())
    root_of = roots(said, created)
    forbidden = {root_of.get(number, number) for number in not_the_same}
    found: dict[int, tuple[PastIssue, float]] = {}
    for number, chance in ranked:
        root = root_of.get(number, number)
        target = known.get(root)
        if target is None or root in forbidden or number in not_the_same or not may_be(issue, target):
            continue
        if target.state_reason == "duplicate":
            continue
        if root not in found or chance > found[root][1]:
            found[root] = (target, chance)
    return sorted(found.values(), key=lambda one: (-one[1], one[0].number))


def decided(number: int, pairings: Iterable[Pairing]) -> bool:
    """Return True if the last word of people is that issue `number` is the same as an issue they named, or as none."""
    named: set[int] = set()
    nothing = False
    for pairing in pairings:
        if pairing.number != number:
            continue
        if pairing.of == 0:
            nothing = not pairing.same
            named.clear()
        elif pairing.same:
            nothing = False
            named.add(pairing.of)
        else:
            named.discard(pairing.of)
    return nothing or bool(named)


def _vetoed(number: int, pairings: Sequence[Pairing]) -> set[int]:
    """Return what people last said is not the same as `number`."""
    apart: set[int] = set()
    for pairing in pairings:
        if pairing.of and number in (pairing.number, pairing.of):
            other = pairing.of if pairing.number == number else pairing.number
            if pairing.same:
                apart.discard(other)
            else:
                apart.add(other)
    return apart
