"""Vectors at hand: of the issues that come in, and of the past of the repositories that they come from.

Nobody fails without them. Where the embedder does not answer there are none, and words alone decide.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import structlog

from triagebot.core.errors import ModelUnavailable
from triagebot.core.history import PastIssue
from triagebot.memory.kept import Kept
from triagebot.ports import Clock, Embedder, Growth, History, Vectors

if TYPE_CHECKING:
    from triagebot.ports import Matrix

_log = structlog.get_logger()

RELOAD = timedelta(minutes=1)
"""How soon vectors are loaded again after new ones came; until then those are found by words."""
MADE_AT_ONCE = 4
"""How many issues found by words that have no vectors yet are embedded on the spot."""
INCOMING = 256
"""How many incoming issues' vectors are kept: each is wanted several times in a row."""


class IssueVectors:
    """Hands out vectors of one embedder."""

    def __init__(
        self, history: History, growth: Growth, clock: Clock, embedder: Embedder, kept: Kept
    ) -> None:
        self.embedder = embedder
        self._history, self._growth, self._clock, self._kept = history, growth, clock, kept
        self._incoming: OrderedDict[str, tuple[Matrix, Matrix]] = OrderedDict()
        self._one_at_a_time: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._loaded: dict[int, tuple[int, datetime]] = {}

    async def of(self, repo_id: int, issue: PastIssue) -> tuple[Matrix, Matrix] | None:
        """Return the vectors of an issue's title and body: those stored, else made now; None if that cannot be."""
        digest = issue.text_digest
        async with self._one_at_a_time.setdefault(digest, asyncio.Lock()):
            if digest not in self._incoming:
                found = await self._history.vectors_of(repo_id, self.embedder.name, issue)
                if found is None and (found := await self._made(issue)) is None:
                    return None
                self._incoming[digest] = found
        self._incoming.move_to_end(digest)
        while len(self._incoming) > INCOMING:
            self._incoming.popitem(last=False)
        return self._incoming[digest]

    async def _made(self, issue: PastIssue) -> tuple[Matrix, Matrix] | None:
        from triagebot.memory.embedded import texts  # noqa: PLC0415 - with numpy

        try:
            both = await self.embedder.embed(texts(issue.title, issue.body))
        except ModelUnavailable as error:
            _log.warning("the embedder does not answer; words alone are compared", error=str(error))
            return None
        return both[0], both[1]

    async def to_compare(self, repo_id: int, issue: PastIssue) -> tuple[Matrix, Matrix] | None:
        """Return what of an issue's vectors is compared with those of `of_repository`; None if they cannot be had."""
        from triagebot.memory.embedded import compared  # noqa: PLC0415 - with numpy

        own = await self.of(repo_id, issue)
        return (
            None
            if own is None
            else (compared(own[0], self.embedder.compared), compared(own[1], self.embedder.compared))
        )

    async def of_repository(self, repo_id: int) -> Vectors | None:
        """Return what is compared of the vectors of a repository's past, at most `RELOAD` behind; None if there are none."""
        name, now = self.embedder.name, self._clock.now()
        count = await self._growth.vector_count(repo_id, name)
        loaded = self._loaded.get(repo_id)
        if loaded is not None and now - loaded[1] < RELOAD:
            count = loaded[0]
        elif count:
            self._loaded[repo_id] = (count, now)

        async def load() -> tuple[Vectors, int]:
            from triagebot.memory.embedded import to_compare  # noqa: PLC0415 - with numpy

            first = self.embedder.compared
            found = to_compare(await self._history.vectors(repo_id, name, first=first), first)
            return found, int(found.titles.nbytes + found.bodies.nbytes)

        return await self._kept.get((repo_id, "vectors"), (name, count), load) if count else None

    async def of_some(self, repo_id: int, vectors: Vectors, issues: Sequence[PastIssue]) -> Vectors:
        """Return the vectors of these issues only; what a few new ones lack is made now, more is left out."""
        import numpy as np  # noqa: PLC0415 - what comes here has vectors, so numpy is loaded

        ordered = sorted(issues, key=lambda one: one.number)
        numbers = np.array([one.number for one in ordered], np.int64)
        places = np.minimum(np.searchsorted(vectors.numbers, numbers), len(vectors.numbers) - 1)
        known = vectors.numbers[places] == numbers
        titles, bodies = vectors.titles[places], vectors.bodies[places]
        for row in np.flatnonzero(~known)[:MADE_AT_ONCE]:
            made = await self.to_compare(repo_id, ordered[row])
            if made is not None:
                titles[row], bodies[row], known[row] = *made, True
        return Vectors(vectors.embedder, numbers[known], titles[known], bodies[known])
