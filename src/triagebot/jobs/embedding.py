"""Give every known issue its vectors, a few at a time, so that nobody waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from triagebot.core.errors import ModelUnavailable
from triagebot.core.history import PastIssue
from triagebot.jobs.lease import Leases
from triagebot.memory.embedded import vectors_of
from triagebot.ports import Embedder, History

_log = structlog.get_logger()

AT_ONCE = 8
"""Issues of one step: with the local embedder less than a second of one core, then others may have it."""
LONGEST = timedelta(minutes=5)
REST = timedelta(minutes=1)
"""How long an embedder that does not answer is left alone."""


@dataclass
class Embedding:
    """Fills in missing vectors, repository by repository in turn. Safe to repeat and to cut off anywhere."""

    history: History
    embedder: Embedder
    leases: Leases
    _turn: int = 0
    _quiet: bool = False

    async def step(self) -> int:
        """Embed the issues of one step and return how many; 0 when all have their vectors.

        An embedder that does not answer is said once, and then tried again.
        """
        async with self.leases.held("embed", LONGEST) as mine:
            if not mine:
                return 0
            repositories = sorted(await self.history.repositories())
            for offset in range(len(repositories)):
                repo_id = repositories[(self._turn + offset) % len(repositories)]
                missing = await self.history.without_vectors(repo_id, self.embedder.name, limit=AT_ONCE)
                if missing:
                    self._turn = (self._turn + offset + 1) % len(repositories)
                    return await self._embed(repo_id, missing)
        return 0

    async def _embed(self, repo_id: int, issues: Sequence[PastIssue]) -> int:
        try:
            vectors = await vectors_of(self.embedder, issues)
        except ModelUnavailable as error:
            if not self._quiet:
                _log.warning("the embedder does not answer; search goes by words meanwhile", error=str(error))
            self._quiet = True
            return 0
        self._quiet = False
        await self.history.save_vectors(repo_id, vectors)
        return len(issues)
