"""Hand stored deliveries over to the job engine, in the order that the agenda decides.

Only a window of them is handed over at a time, so that the order is the agenda's (fair between
repositories) and not that of a long queue. A crash between `begin` and the hand-over leaves a queued
delivery whose jobs the engine does not know; `reconcile` hands them over again, which for known ones
does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from triagebot.jobs.runner import Planning
from triagebot.ports import Agenda, Clock, Deliveries, Jobs, StoredDelivery

_log = structlog.get_logger()

BUSY, IDLE = 0.05, 0.25
LOOK_ANYWAY = 1.0
"""Retry times come without anybody writing, so the agenda is looked at this often even if nothing changed."""
STALE = timedelta(seconds=10)


@dataclass
class Dispatcher:
    """Feeds the engine. `window` is how many deliveries may be under way in the whole service.

    `version` is the store's, to see whether anything changed. Setting `woken` makes it look at once,
    when a job has ended and left room.
    """

    agenda: Agenda
    deliveries: Deliveries
    jobs: Jobs
    planning: Planning
    clock: Clock
    window: Callable[[], Awaitable[int]]
    version: Callable[[], Awaitable[int | None]]
    lost: Callable[[str], Awaitable[None]]
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    stale: timedelta = STALE
    _unmoved_for: timedelta = timedelta(0)
    _seen: int | None = None
    _quiet_for: float = 0.0
    _pause: float = BUSY

    async def step(self) -> None:
        """Hand over what there is room for, then wait a little: less while there is much to do."""
        if await self._worth_a_look():
            self._pause = BUSY if await self.hand_over() else min(self._pause * 1.5, IDLE)
            self._quiet_for = 0.0
        try:
            # Where a look at the version is nearly free, there is no reason to look less often.
            pause = BUSY if self._seen is not None else self._pause
            await asyncio.wait_for(self.woken.wait(), pause)
        except TimeoutError:
            self._quiet_for += pause
        self.woken.clear()

    async def hand_over(self) -> int:
        """Hand over the deliveries whose turn it is; return how many were looked at."""
        window = await self.window()
        waiting = await self.agenda.waiting(
            window=window, per_installation=max(1, window - window // 4), now=self.clock.now()
        )
        for delivery in waiting:
            await self._begin(delivery)
        return len(waiting)

    async def reconcile(self) -> None:
        """Hand over again what has not moved for a while (at the start: everything), and end what was given up."""
        since = self.clock.now() - self._unmoved_for
        for job, subject_key in await self.agenda.under_way(unchanged_since=since):
            if await self.jobs.settled(job):
                await self.lost(job)
            else:
                await self.jobs.enqueue(job, subject_key)
        self._unmoved_for = self.stale

    async def _worth_a_look(self) -> bool:
        version = await self.version()
        changed = version is None or version != self._seen
        self._seen = version
        return changed or self.woken.is_set() or self._quiet_for >= LOOK_ANYWAY

    async def _begin(self, waiting: StoredDelivery) -> None:
        delivery = await self.deliveries.get(waiting.id)
        if delivery is None:
            return
        try:
            handlers = self.planning.handlers_for(delivery)
        except Exception as error:  # noqa: BLE001 - last wall: one odd delivery must not hold up the others
            _log.exception("a delivery cannot be routed", delivery=delivery.id)
            await self.agenda.fail(delivery.id, f"It cannot be routed: {type(error).__name__}: {error}")
            return
        if not handlers:
            await self.agenda.ignore(delivery.id)
            return
        for job in await self.agenda.begin(delivery, handlers) or ():
            await self.jobs.enqueue(job, delivery.subject_key)
