"""The right to do something that one worker at a time should do, through a moment that all workers share.

The moment under the lease's name is when it ends; its holder puts it off again and again. A worker that
dies lets it run out. Two at work would only waste time: nothing rests on a lease for its correctness.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from triagebot.core.errors import StoreUnavailable
from triagebot.jobs.sweep import Marks
from triagebot.ports import Clock

HELD = timedelta(seconds=60)
"""How long a lease outlives its holder."""


@dataclass(frozen=True)
class Leases:
    """Hands leases out, and notes when steps were last begun."""

    marks: Marks
    clock: Clock

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[bool]:
        """Hold the lease for the block; gives False if another worker holds it."""
        now, ends = self.clock.now(), await self.marks.at(name)
        if (ends is not None and ends > now) or not await self.marks.advance(name, now + HELD, seen=ends):
            yield False
            return
        renewing = asyncio.create_task(self._renew(name))
        try:
            yield True
        finally:
            renewing.cancel()
            await asyncio.wait(
                [renewing]
            )  # not `await renewing`: its end must not hide that we are cancelled
            with contextlib.suppress(StoreUnavailable):  # then it runs out by itself
                await self.marks.advance(name, self.clock.now(), seen=await self.marks.at(name))

    async def begun(self, name: str) -> datetime | None:
        """Return when the step of this name was last begun."""
        return await self.marks.at(name)

    async def begin(self, name: str) -> None:
        """Note that the step of this name begins now."""
        await self.marks.advance(name, self.clock.now(), seen=await self.marks.at(name))

    async def _renew(self, name: str) -> None:
        while True:
            await asyncio.sleep(HELD.total_seconds() / 3)
            with contextlib.suppress(StoreUnavailable):
                await self.marks.advance(name, self.clock.now() + HELD, seen=await self.marks.at(name))
