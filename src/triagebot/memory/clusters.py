"""Which issues are known to be the same: one root for each, whatever people said in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from triagebot.ports import Pairing

Age: TypeAlias = tuple[bool, Any, int]
"""Whether it is unknown when an issue was opened, when (a datetime, or None), and its number: smaller is older."""


def roots(pairings: Sequence[Pairing], created: Mapping[int, datetime]) -> dict[int, int]:
    """Return the root of every issue that `pairings` (oldest first) name: the oldest of its cluster.

    The last word on two issues counts. So does the last word on an issue: it is a duplicate of one other
    at most, and what was said of it before is undone, also by the word that it is the same as none. Else
    whoever may speak for their own issue could join any two others by it. The word of an author who may not
    triage gives way to all others and moves that issue alone, never what others are the same as.

    A veto splits: two issues that are not the same are in different clusters, also where others stand
    between them; then what was said longest ago gives way. There are no circles: a root is its own root.
    An issue that `created` does not have is no root of one that it has.
    """

    def age(number: int) -> Age:
        when = created.get(number)
        return (when is None, when, number)

    links, apart, alone = _last_words(sorted(pairings, key=lambda pairing: not pairing.own), age)
    clusters = {number: {number} for pairing in pairings for number in (pairing.number, pairing.of) if number}
    own = [link for link in links if link.own]
    for link in (*reversed(links[len(own) :]), *own):
        left, right = clusters[link.number], clusters[link.of]
        if left is right or _forbidden(left, right, apart) or (link.own and len(left) > 1):
            continue
        both = left | right
        if alone & both <= {min(both, key=age)}:
            for number in both:
                clusters[number] = both
    return {number: min(cluster, key=age) for number, cluster in clusters.items()}


def _last_words(
    pairings: Sequence[Pairing], age: Callable[[int], Age]
) -> tuple[list[Pairing], dict[int, set[int]], set[int]]:
    """Return what still holds of `pairings`, the authors' own first, as they come.

    That is the pairs that are the same (oldest first), who is not whom, and who is nobody's.
    """
    said: dict[tuple[int, int], Pairing] = {}
    alone: set[int] = set()
    latest: dict[int, tuple[int, int]] = {}
    for pairing in pairings:
        if pairing.of == pairing.number or (pairing.of == 0 and pairing.same):
            continue
        if pairing.same or pairing.of == 0:  # another word on this issue: the one before goes
            before = latest.pop(pairing.number, None)
            was = said.get(before) if before else None
            if before and was and was.same and was.number == pairing.number:
                del said[before]
        if pairing.of == 0:
            alone.add(pairing.number)
            continue
        key = (min(pairing.number, pairing.of), max(pairing.number, pairing.of))
        said.pop(key, None)  # so that the newest stands last
        said[key] = pairing
        if pairing.same:
            latest[pairing.number] = key
            alone.discard(pairing.number)
            if not pairing.own and age(pairing.number) < age(pairing.of):
                alone.discard(pairing.of)  # the older one is the root, so this, too, is a word on the other
    links = [pairing for pairing in said.values() if pairing.same]
    apart: dict[int, set[int]] = {}
    for (one, other), pairing in said.items():
        if not pairing.same:
            apart.setdefault(one, set()).add(other)
            apart.setdefault(other, set()).add(one)
    return links, apart, alone


def _forbidden(left: set[int], right: set[int], apart: Mapping[int, set[int]]) -> bool:
    """Return True if anybody on the one side is known to be different from anybody on the other."""
    small, large = sorted((left, right), key=len)
    return any(not apart[number].isdisjoint(large) for number in small & apart.keys())
