"""Paces the writes of each installation: one at a time, and within GitHub's rules.

The counting is done by `ports.Turns` in the database, for all workers. Here is the waiting: in one
process only one task at a time asks for an installation's turn, the others queue behind it in order.
A wait longer than `PATIENCE` is not sat out: the job is sent back with `RateLimited`, so that one
blocked installation does not fill every worker. See "Best practices for using the REST API" in
GitHub's documentation.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from triagebot.core.errors import RateLimited
from triagebot.ports import Claim, Claims, Clock, Turns

PATIENCE = timedelta(seconds=90)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 1.0

Result = TypeVar("Result")


class WriteGovernor:
    """Hands out turns to write (`ports.Governor`)."""

    def __init__(self, turns: Turns, claims: Claims, clock: Clock, *, patience: timedelta = PATIENCE) -> None:
        self._turns, self._claims, self._clock = turns, claims, clock
        self._patience = patience
        self._queues: dict[int, asyncio.Lock] = {}

    @asynccontextmanager
    async def turn(self, installation_id: int, claim: Claim) -> AsyncGenerator[None]:
        """Wait for this installation's turn, hold it for the body, then give it back.

        Raises `RateLimited` when the turn is too far off, `Fenced` when the claim became void.
        """
        owner = f"{claim.owner}/{claim.job}"
        async with self._queues.setdefault(installation_id, asyncio.Lock()):
            try:
                await self._wait(installation_id, owner)
                try:
                    await self._claims.check(claim)
                    yield
                except RateLimited as error:
                    await self._turns.block(installation_id, error.until, str(error))
                    raise
            finally:  # also after a cancelled wait: its last question may have been granted
                await _to_its_end(self._turns.finish(installation_id, owner, self._clock.now()))

    async def _wait(self, installation_id: int, owner: str) -> None:
        asked, pause = self._clock.now(), _FIRST_PAUSE
        while (
            again := await _to_its_end(self._turns.reserve(installation_id, owner, self._clock.now()))
        ) is not None:
            if again - asked > self._patience:
                raise RateLimited(
                    f"This installation may not write before {again:%H:%M:%S} UTC; nothing was sent.",
                    until=again,
                )
            await self._clock.sleep(max(pause, (again - self._clock.now()).total_seconds()))
            pause = min(pause * 1.5, _LONGEST_PAUSE)


async def _to_its_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Return `work`'s result; a cancellation is raised only once `work` has ended.

    What a cancelled caller asked of the database is done all the same, perhaps after what it asks next:
    a turn could be granted behind its own `finish`.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        raise cancelled
    return task.result()
