"""Read the pasts of the repositories that deliveries come from, by itself and slowly, and once a day what is new.

Repositories take turns, some pages each. Every page is saved with how far it goes, so nothing is lost
when a turn ends, however it ends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from triagebot.core.errors import RateLimited, StoreUnavailable, TriagebotError, Unavailable
from triagebot.jobs.learning import Learner
from triagebot.jobs.lease import Leases
from triagebot.ports import Clock, History, HistoryReader, Progress

_log = structlog.get_logger()

APART = 1.0
"""Seconds between two pages: a seventh of what one installation may ask for."""
PAGES = 50
"""How many pages a repository reads before the next one has its turn."""
DAILY = timedelta(days=1)
"""How old a complete reading gets before what is new is read: deliveries tell most of it, unless missed."""
SOON = timedelta(minutes=5)


class _LaterError(Exception):
    """GitHub wants nothing more of this repository before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass
class Reading:
    """Reads one repository's pages at a time. `reader` opens a repository by its id and name."""

    history: History
    leases: Leases
    clock: Clock
    reader: Callable[[int, str], Awaitable[HistoryReader]]
    apart: float = APART
    pages: int = PAGES
    _turn: int = 0
    _not_before: dict[int, datetime] = field(default_factory=dict)

    async def step(self) -> bool:
        """Give the next repository its turn; False if nothing is to be read now."""
        now = self.clock.now()
        due = [
            (repo_id, progress.repo)
            for repo_id, progress in sorted((await self.history.repositories()).items())
            if _wants(progress, now) and self._not_before.get(repo_id, now) <= now
        ]
        if not due:
            return False
        self._turn += 1
        repo_id, repo = due[self._turn % len(due)]
        async with self.leases.held("learn") as mine:
            if mine:
                await self._read(repo_id, repo)
            return mine

    async def _read(self, repo_id: int, repo: str) -> None:
        try:
            reader = await self.reader(repo_id, repo)
            learner = Learner(
                self.history,
                reader,
                self.clock,
                repo_id=repo_id,
                repo=repo,
                apart=self.apart,
                waiting=_stop,
            )
            for _ in range(self.pages):
                if await learner.step() is None:
                    _log.info("read a repository's past", repo=repo)
                    return
        except (_LaterError, RateLimited) as wait:
            self._not_before[repo_id] = wait.until
        except StoreUnavailable:
            raise
        except TriagebotError as error:
            again_in = SOON if isinstance(error, Unavailable) else DAILY
            self._not_before[repo_id] = self.clock.now() + again_in
            _log.warning(
                f"a repository's past cannot be read; `triagebot learn {repo}` says more",
                repo=repo,
                error=str(error),
                again_in=again_in.total_seconds(),
            )


def _wants(progress: Progress, now: datetime) -> bool:
    return "/" in progress.repo and (progress.complete_at is None or now - progress.complete_at >= DAILY)


def _stop(_why: str, until: datetime) -> NoReturn:
    """End the turn where the learner would wait: others may be read meanwhile."""
    raise _LaterError(until)
