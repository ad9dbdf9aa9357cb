"""Fit a repository's models again when enough has happened since: one repository at a time, in a child.

Nothing is lost when a fit is cut off: the models of before stay until new ones are stored, and a fit that
was begun and brought nothing is begun again later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from triagebot.jobs.lease import Leases
from triagebot.memory import fitted
from triagebot.ports import Clock, Growth, History, Progress, StoredModel

_log = structlog.get_logger()

FEWEST = 20
"""Known issues below which no fit is worth a try."""
EVERY = timedelta(hours=2)
"""A repository is not fitted more often, however much happens in it."""
AFTER_FAILURE = timedelta(minutes=30)
LONGEST = timedelta(minutes=30)
"""A fit that takes longer is ended: a minute or two is usual, and other repositories wait for it."""
LOOK = timedelta(minutes=1)
"""How often it is counted what has come since the last fit."""
MOST_EMBEDDED = 0.9
"""The share of issues with vectors from which a fit uses vectors."""


@dataclass(frozen=True)
class Refitting:
    """Decides what is due, and has `fit` do it: given a repository's id, it returns an exit status.

    `behind` are repositories whose model is known to lack something. With `waits_for_past` a first fit
    waits until the whole past is read.
    """

    history: History
    growth: Growth
    leases: Leases
    clock: Clock
    fit: Callable[[int], Awaitable[int]]
    embedder: str | None = None
    waits_for_past: bool = True
    longest: timedelta = LONGEST
    behind: Collection[int] = ()
    _counted_at: dict[int, datetime] = field(default_factory=dict)

    async def step(self) -> bool:
        """Fit the first repository that is due, and return True; False if none is, or another worker fits."""
        for repo_id, progress in (await self.history.repositories()).items():
            begun = await self.leases.begun(_mark(repo_id))
            if not await self.due(repo_id, progress):
                continue
            async with self.leases.held("refit") as mine:
                # Another worker may have begun it between the question and the lease.
                still = mine and await self.leases.begun(_mark(repo_id)) == begun
                if still:
                    await self.leases.begin(_mark(repo_id))
                    await self._fit(repo_id, progress.repo)
                return still
        return False

    async def _fit(self, repo_id: int, repo: str) -> None:
        began = self.clock.now()
        try:
            async with asyncio.timeout(self.longest.total_seconds()):
                status = await self.fit(repo_id)
        except TimeoutError:
            _log.error(
                "learning from a repository's past took too long and was ended; what was learned before stays in use",
                repo=repo,
                limit_seconds=self.longest.total_seconds(),
                again_in=AFTER_FAILURE.total_seconds(),
            )
            return
        took = round((self.clock.now() - began).total_seconds(), 1)
        if status == 0:
            _log.info("learned from a repository's past", repo=repo, seconds=took)
        else:
            _log.error(
                "learning from a repository's past failed; what was learned before stays in use. "
                f"`triagebot learn {repo}` shows why",
                repo=repo,
                status=status,
                again_in=AFTER_FAILURE.total_seconds(),
            )

    async def due(self, repo_id: int, progress: Progress) -> bool:
        """Return True if the repository's models are to be fitted now."""
        now, begun = self.clock.now(), await self.leases.begun(_mark(repo_id))
        model = await self.growth.model_head(repo_id, "labels")
        if model is None:
            return await self._first(repo_id, progress, begun, now)
        rest = AFTER_FAILURE if begun and begun > model.fitted_at else EVERY
        if begun is not None and now - begun < rest:
            return False
        if repo_id in self.behind or not fitted.is_current(model.version):
            return True
        if now - model.fitted_at < EVERY:  # by `triagebot learn`
            return False
        if repo_id in self._counted_at and now - self._counted_at[repo_id] < LOOK:
            return False
        self._counted_at[repo_id] = now
        return await self._grown(repo_id, model)

    async def _first(self, repo_id: int, progress: Progress, begun: datetime | None, now: datetime) -> bool:
        """Return True if a first fit is worth a try: the past is read, or what came in by itself is enough."""
        if self.waits_for_past and progress.complete_at is None:
            return False
        fresh = begun is None or (progress.complete_at is not None and begun < progress.complete_at)
        if not fresh and begun is not None and now - begun < AFTER_FAILURE:
            return False
        return await self.history.count(repo_id) >= FEWEST

    async def _grown(self, repo_id: int, model: StoredModel) -> bool:
        enough = fitted.due_after(model.learned_from)
        count = await self.history.count(repo_id)
        if count - model.learned_from >= enough:
            return True
        if await self.growth.decisions_since(repo_id, model.fitted_at) >= enough:
            return True
        if self.embedder is None or fitted.embedder_of(model.version) == self.embedder:
            return False
        return await self.growth.vector_count(repo_id, self.embedder) >= MOST_EMBEDDED * count


def _mark(repo_id: int) -> str:
    return f"refit:{repo_id}"
