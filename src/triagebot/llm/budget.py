"""Keep each repository within its tokens for a day, also while several calls are under way.

A call reserves an estimate of what it may cost before it is sent. What is recorded plus what is
reserved here never exceeds the allowance by more than the estimates were wrong; other worker
processes add at most what they have under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from triagebot.core.errors import BudgetSpent
from triagebot.ports import Clock, UsageRecord


@dataclass(slots=True)
class _Desk:
    """The calls of one repository that are under way or waiting to be."""

    reserved: int = 0
    users: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)


class Allowance:
    """The daily allowances of all repositories; a day begins at midnight UTC."""

    def __init__(self, usage_record: UsageRecord, clock: Clock) -> None:
        self._usage_record = usage_record
        self._clock = clock
        self._desks: dict[str, _Desk] = {}

    @asynccontextmanager
    async def hold(self, repo: str, tokens_per_day: int | None, estimate: int) -> AsyncIterator[None]:
        """Reserve `estimate` tokens for the body, which records what it really used.

        Waits while only the calls under way stand in the way; raises `BudgetSpent` if the tokens
        already used do. None is no limit.
        """
        if tokens_per_day is None:
            yield
            return
        desk = self._desks.setdefault(repo, _Desk())
        desk.users += 1
        try:
            await self._reserve(desk, repo, tokens_per_day, estimate)
            try:
                yield
            finally:
                desk.reserved -= estimate
                desk.freed.set()
        finally:
            desk.users -= 1
            if not desk.users:
                self._desks.pop(repo, None)

    async def _reserve(self, desk: _Desk, repo: str, tokens_per_day: int, estimate: int) -> None:
        while True:
            async with desk.lock:
                desk.freed.clear()  # before the look, so that no release in between goes unseen
                now = self._clock.now()
                midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
                reserved = desk.reserved  # before the look too: a call records first, then lets go
                used = await self._usage_record.tokens_since(repo, midnight)
                if used + estimate > tokens_per_day:
                    tomorrow = midnight + timedelta(days=1)
                    raise BudgetSpent(
                        f"{repo} has used {used:,} of its {tokens_per_day:,} model tokens for today, and this call "
                        f"may need {estimate:,}. It goes on at {tomorrow:%Y-%m-%d %H:%M} UTC; "
                        "`budget.tokens_per_day` in the repository's configuration raises it.",
                        until=tomorrow,
                    )
                if used + reserved + estimate <= tokens_per_day:
                    desk.reserved += estimate
                    return
            await desk.freed.wait()
