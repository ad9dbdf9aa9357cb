"""The right to do something that one worker at a time should do, through a moment that all workers share.

The moment under the lease's name is when it ends. A worker that dies lets it run out; one that is slow
renews it. Two at work would only waste time: nothing rests on a lease for its correctness.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from triagebot.jobs.sweep import Marks
from triagebot.ports import Clock


@dataclass(frozen=True)
class Leases:
    """Hands leases out."""

    marks: Marks
    clock: Clock

    @asynccontextmanager
    async def held(self, name: str, longest: timedelta) -> AsyncIterator[bool]:
        """Hold the lease for the block, at most so long; gives False if another worker holds it."""
        now, ends = self.clock.now(), await self.marks.at(name)
        mine = now + longest
        if (ends is not None and ends > now) or not await self.marks.advance(name, mine, seen=ends):
            yield False
            return
        try:
            yield True
        finally:
            await self.marks.advance(name, self.clock.now(), seen=mine)

    async def since(self, name: str) -> datetime | None:
        """Return when the step of this name was last begun."""
        return await self.marks.at(name)

    async def begin(self, name: str) -> None:
        """Note that the step of this name begins now."""
        await self.marks.advance(name, self.clock.now(), seen=await self.marks.at(name))
