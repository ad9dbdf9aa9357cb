"""Keeps what one process reads of each installation within its share of GitHub's points a minute.

A read is one point and a write five, 900 a minute for all who call as that installation ("Rate limits for the REST
API"). `WriteGovernor` lets all processes together write 80 times a minute, which is 400 points; what is left for reads
is shared out, because processes do not count together: `WORKERS` and `COMMAND`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from triagebot.ports import Clock

WORKERS, COMMAND = 300, 180
"""Reads a minute of all workers together, and of one command beside them."""
WINDOW = timedelta(seconds=62)
"""Requests arrive later than they are sent, one more than another."""

_urgent: ContextVar[bool] = ContextVar("urgent", default=False)


@contextmanager
def urgent() -> Iterator[None]:
    """Let reads in here be counted without waiting: whoever holds the turn to write would lose it meanwhile."""
    before = _urgent.set(True)
    try:
        yield
    finally:
        _urgent.reset(before)


class Reads:
    """The reads of one process, by installation. `a_minute` may change at any time; None counts nothing."""

    def __init__(self, clock: Clock, a_minute: int | None) -> None:
        """Have read nothing yet."""
        self.a_minute = a_minute
        self._clock = clock
        self._sent: defaultdict[int, deque[datetime]] = defaultdict(deque)
        self._queues: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def turn(self, installation_id: int) -> None:
        """Return when the next read may be sent, in the order of the calls."""
        if self.a_minute is None:
            return
        sent = self._sent[installation_id]
        if _urgent.get():
            sent.append(self._clock.now())
            return
        async with self._queues[installation_id]:
            while self._within_a_minute(sent) >= self.a_minute:
                await self._clock.sleep((sent[0] + WINDOW - self._clock.now()).total_seconds())
            sent.append(self._clock.now())

    def _within_a_minute(self, sent: deque[datetime]) -> int:
        while sent and sent[0] <= self._clock.now() - WINDOW:
            sent.popleft()
        return len(sent)
