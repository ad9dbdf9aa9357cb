"""Give every known issue its vectors, a few at a time, so that nobody waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from triagebot.core.errors import ModelUnavailable
from triagebot.core.history import PastIssue
from triagebot.jobs.lease import Leases
from triagebot.memory.embedded import vectors_of
from triagebot.ports import Clock, Embedder, History

_log = structlog.get_logger()

AT_ONCE = 8
"""Issues of one step: with the local embedder less than a second of one core, then others may have it."""
IDLE = timedelta(seconds=5)
"""How long nobody looks after every issue was found to have its vectors."""
AWAY = timedelta(minutes=1)
"""How long an embedder that does not answer is left alone."""


@dataclass
class Embedding:
    """Fills in missing vectors, repository by repository in turn. Safe to repeat and to cut off anywhere.

    Those of another embedder, which was configured before, are dropped when all are there.
    """

    history: History
    embedder: Embedder
    leases: Leases
    clock: Clock
    _turn: int = 0
    _rest_until: datetime | None = None
    _away: bool = False
    _alone: bool = False

    async def step(self) -> int:
        """Embed the issues of one step and return how many; 0 while there is nothing to do.

        An embedder that does not answer is said once, and then asked again now and then.
        """
        now = self.clock.now()
        if self._rest_until is not None and now < self._rest_until:
            return 0
        async with self.leases.held("embed") as mine:
            found = await self._next() if mine else None
            if found is None:
                self._rest_until = now + IDLE
                if mine and not self._alone:
                    await self.history.forget_vectors(but=self.embedder.name)
                    self._alone = True
                return 0
            return await self._embed(*found)

    async def _next(self) -> tuple[int, Sequence[PastIssue]] | None:
        """Return the next repository in turn that lacks vectors, with some of those issues."""
        repositories = sorted(await self.history.repositories())
        for offset in range(len(repositories)):
            at = (self._turn + offset) % len(repositories)
            missing = await self.history.without_vectors(repositories[at], self.embedder.name, limit=AT_ONCE)
            if missing:
                self._turn = at + 1
                return repositories[at], missing
        return None

    async def _embed(self, repo_id: int, issues: Sequence[PastIssue]) -> int:
        try:
            vectors = await vectors_of(self.embedder, issues)
        except ModelUnavailable as error:
            if not self._away:
                _log.warning(
                    "the embedder does not answer; past issues are found by words alone", error=str(error)
                )
            self._away, self._rest_until = True, self.clock.now() + AWAY
            return 0
        self._away = False
        await self.history.save_vectors(repo_id, vectors)
        return len(issues)
