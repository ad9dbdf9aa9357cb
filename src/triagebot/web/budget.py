"""Bound the memory that all request bodies hold together, before anyone is authenticated.

A body takes all the room it may need in one piece and gives it back in one piece. Nobody holds some
and waits for more, so there is no deadlock, and whoever fits goes first: an ordinary delivery
overtakes the uploads that wait for much. Large bodies can never take the last `reserved` bytes,
so a few slow 25 MB uploads do not keep ordinary deliveries out.
"""

from __future__ import annotations

import asyncio
from collections import deque

LARGE = 1024 * 1024
"""Bytes above which a body counts as large. GitHub's deliveries are mostly under 0.1 MB."""


class NoRoom(Exception):
    """The room did not come free in time."""


class BodyBudget:
    """Counts the bytes in flight. For one event loop; not for threads."""

    def __init__(self, total: int, reserved: int) -> None:
        self._total = total
        self._reserved = reserved
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self.used = 0

    async def take(self, size: int, patience: float) -> None:
        """Take `size` bytes, waiting up to `patience` seconds; raise `NoRoom` after that.

        Room for the largest body must fit beside `reserved`, or it would never be given.
        """
        if self._fits(size):
            self.used += size
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, granted))
        try:
            async with asyncio.timeout(patience):
                await granted
        except BaseException as error:  # a cancelled wait too must not keep what it was just granted
            if not granted.cancelled():
                self.give(size)
            if isinstance(error, TimeoutError):
                raise NoRoom from None
            raise

    def give(self, size: int) -> None:
        """Give back what `take` took."""
        self.used -= size
        for _ in range(len(self._waiting)):
            wanted, granted = self._waiting.popleft()
            if granted.done():
                continue
            if self._fits(wanted):
                self.used += wanted
                granted.set_result(None)
            else:
                self._waiting.append((wanted, granted))

    def _fits(self, size: int) -> bool:
        limit = self._total - (self._reserved if size > LARGE else 0)
        return self.used + size <= limit
