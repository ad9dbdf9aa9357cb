"""Let the living take over from the dead: workers that share a Postgres database watch each other.

A worker's id is new at each start. Every few seconds it says that it lives; one that has been silent for
long is dead, and its jobs go back to the queue. Was it only asleep (a stopped process, a paused machine),
then it finds its claims void when it wakes. One that ends in order says so and counts as dead at once,
because the job engine may have handed it jobs that it no longer began. The jobs go back before the dead one is forgotten, so a crash
in between only repeats it.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from triagebot.ports import Clock
from triagebot.settings import Settings

_log = structlog.get_logger()

BEAT = timedelta(seconds=5)
SILENT = timedelta(seconds=25)


class Workers(Protocol):
    """The table of heartbeats."""

    async def beat(self, worker_id: str, *, host: str, pid: int) -> None:
        """Say that the worker lives."""

    async def silent(self, *, since: datetime) -> Sequence[str]:
        """Return the workers whose last sign of life is before `since`."""

    async def bury(self, worker_id: str, *, since: datetime) -> bool:
        """Forget a silent worker; False if it has beaten again or was forgotten by another."""

    async def count(self, *, since: datetime) -> int:
        """Return how many workers have given a sign of life since then."""


def worker_id(settings: Settings) -> str:
    """Return this process's id: fixed on SQLite, which has one worker; else new at each start."""
    if settings.sqlite:
        return "worker"
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Reaper:
    """Beats for this worker and buries the others."""

    workers: Workers
    worker_id: str
    take_over: Callable[[Sequence[str]], Awaitable[int]]
    clock: Clock
    silent_for: timedelta = SILENT

    async def beat(self) -> None:
        """Say that this worker lives."""
        await self.workers.beat(self.worker_id, host=socket.gethostname(), pid=os.getpid())

    async def living(self) -> int:
        """Return how many workers live, this one included."""
        return max(1, await self.workers.count(since=self.clock.now() - self.silent_for))

    async def reap(self) -> None:
        """Take over the jobs of the workers that fell silent or have ended."""
        since = self.clock.now() - self.silent_for
        dead = [name for name in await self.workers.silent(since=since) if name != self.worker_id]
        for name in dead:
            jobs = await self.take_over([name])
            if await self.workers.bury(name, since=since):
                _log.warning("took over from a dead worker", worker=name, jobs=jobs)
