"""Bring back what GitHub could not deliver: it tries once, keeps a list for three days, and waits.

The list is read back to the last complete sweep. Whatever has no successful attempt on it and is not
stored here is asked for again; it comes with the same delivery id, so asking twice does no harm.
What this service refused itself is asked for by hand only, after the operator has mended the reason.
See "Handling failed webhook deliveries" in GitHub's documentation.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from triagebot.core.errors import Refused
from triagebot.ports import Clock

_log = structlog.get_logger()

KEPT = timedelta(days=3)
OVERLAP = timedelta(minutes=10)
"""How far a sweep looks back behind the last one: GitHub's list may lag, and an attempt lasts a while."""
EVERY = timedelta(minutes=5)
MOST = 500
"""How many deliveries one sweep asks for; the next one goes on."""
DONE, STARTED = "sweep-done", "sweep-started"


class Attempt(Protocol):
    """One attempt of GitHub's to deliver; a redelivery has its own `id` and the same `delivery_id`."""

    @property
    def id(self) -> int:
        """Return the attempt's number."""

    @property
    def delivery_id(self) -> str:
        """Return the delivery's id, the `X-GitHub-Delivery` of all its attempts."""

    @property
    def delivered_at(self) -> datetime:
        """Return when it was tried."""

    @property
    def succeeded(self) -> bool:
        """Return True if it was answered with a 2xx."""

    @property
    def refused(self) -> bool:
        """Return True if it was answered with a 4xx, which is this service's own: it will say so again."""


class MissedDeliveries(Protocol):
    """GitHub's own list of what it tried to deliver."""

    async def list(self, since: datetime) -> Sequence[Attempt]:
        """Return every attempt since then, newest first."""

    async def redeliver(self, attempt_id: int) -> None:
        """Ask for one more attempt."""


class Known(Protocol):
    """What the sweep asks of the stored deliveries."""

    async def known(self, ids: Collection[str]) -> set[str]:
        """Return those of the ids that are stored."""


class Marks(Protocol):
    """Moments that all workers share."""

    async def at(self, name: str) -> datetime | None:
        """Return the moment last noted under `name`."""

    async def advance(self, name: str, to: datetime, *, seen: datetime | None) -> bool:
        """Note a later moment if the noted one is still `seen`; False if another worker was faster."""


@dataclass(frozen=True)
class Sweep:
    """Looks for missed deliveries."""

    missed: MissedDeliveries
    stored: Known
    marks: Marks
    clock: Clock

    async def if_due(self) -> int:
        """Sweep unless some worker did so within `EVERY`; return how many deliveries were asked for."""
        now, started = self.clock.now(), await self.marks.at(STARTED)
        if started is not None and now - started < EVERY:
            return 0
        if not await self.marks.advance(STARTED, now, seen=started):
            return 0
        return await self.now()

    async def now(self, *, refused: bool = False) -> int:
        """Sweep and return how many deliveries were asked for; with `refused` also those refused here.

        A failure, or more than `MOST` to ask for, leaves the mark where it was, so the next sweep looks
        at the same stretch again. With `refused` the whole list is read: the mark has passed those.
        """
        now, done = self.clock.now(), await self.marks.at(DONE)
        since = now - KEPT if done is None or refused else max(now - KEPT, done - OVERLAP)
        missed = await self._missed(since, refused=refused)
        asked = 0
        for attempt in missed[:MOST]:
            asked += await self._ask(attempt)
        if len(missed) <= MOST:
            await self.marks.advance(DONE, now, seen=done)
        if asked:
            _log.info("asked GitHub for missed deliveries", count=asked)
        return asked

    async def _missed(self, since: datetime, *, refused: bool) -> Sequence[Attempt]:
        """Return the latest attempt of each missed delivery, the one longest ago first."""
        attempts = await self.missed.list(since)
        arrived = {attempt.delivery_id for attempt in attempts if attempt.succeeded}
        # The list has the newest first; turned round, the latest attempt of each delivery wins.
        latest = {one.delivery_id: one for one in reversed(attempts) if one.delivery_id not in arrived}
        wanted = {name: one for name, one in latest.items() if refused or not one.refused}
        known = await self.stored.known(wanted)
        return sorted(
            (one for name, one in wanted.items() if name not in known), key=lambda one: one.delivered_at
        )

    async def _ask(self, attempt: Attempt) -> bool:
        try:
            await self.missed.redeliver(attempt.id)
        except Refused as error:
            _log.warning("GitHub does not redeliver", delivery=attempt.delivery_id, error=str(error))
            return False
        return True
