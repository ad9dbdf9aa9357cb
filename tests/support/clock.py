"""A clock that tests move by hand, or that moves by itself as soon as somebody sleeps."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


class ManualClock:
    """Time that passes only when told to.

    With `auto` (the default) `sleep` moves the clock on by itself and returns at once, so hours of waiting
    take no time; sleepers that overlap wake in the order of their time. Without it a sleeper waits until
    `advance` reaches its time.
    """

    def __init__(self, start: datetime = START, *, auto: bool = True) -> None:
        self._now = start
        self._auto = auto
        self._order = itertools.count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the current time."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock."""
        self.slept.append(seconds)
        until = self._now + timedelta(seconds=max(0.0, seconds))
        if not self._auto:
            waiting = asyncio.get_running_loop().create_future()
            heapq.heappush(self._sleepers, (until, next(self._order), waiting))
            await waiting
            return
        await asyncio.sleep(0)
        self._now = max(self._now, until)
        await asyncio.sleep(0)

    @property
    def sleeping(self) -> int:
        """How many sleepers wait for `advance`."""
        return sum(not waiting.done() for _, _, waiting in self._sleepers)

    def set(self, now: datetime) -> None:
        """Jump to a time and wake whoever sleeps until then."""
        self.advance((now - self._now).total_seconds())

    def advance(self, seconds: float) -> None:
        """Move on, and wake in order whoever sleeps until then."""
        end = self._now + timedelta(seconds=seconds)
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, waiting = heapq.heappop(self._sleepers)
            self._now = max(self._now, at)
            if not waiting.done():
                waiting.set_result(None)
        self._now = max(self._now, end)
