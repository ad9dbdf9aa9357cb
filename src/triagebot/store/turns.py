"""The writes of one installation, counted in the database that all workers share.

GitHub's rules for writes: one at a time, at least a second apart, 80 a minute and 500 an hour of
content. It counts arrivals, and the network may shift each of them by its own delay, so a write counts
from when it was answered: then no two arrivals are closer than two counted moments.
See "Best practices for using the REST API" and "Rate limits for the REST API" in GitHub's documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, select, update

from triagebot.store.engine import Database
from triagebot.store.schema import clean, governors, insert, writes


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an installation may write. `limits` are (writes, within)."""

    apart: timedelta = timedelta(seconds=1)
    limits: tuple[tuple[int, timedelta], ...] = (
        (80, timedelta(seconds=60)),
        (500, timedelta(seconds=3600)),
    )
    held_at_most: timedelta = timedelta(seconds=60)
    ask_again: timedelta = timedelta(milliseconds=50)

    @classmethod
    def unlimited(cls) -> Pace:
        """Still one write at a time, but without pauses: only against a simulator."""
        return cls(apart=timedelta(0), limits=(), ask_again=timedelta(milliseconds=5))


class SqlTurns:
    """Grants turns by the rules of its `Pace`."""

    def __init__(self, database: Database, pace: Pace | None = None) -> None:
        self._database = database
        self._pace = pace or Pace()

    async def reserve(self, installation_id: int, owner: str, now: datetime) -> datetime | None:
        """Take the right to send one write now and return None, or return when to ask again.

        A holder that never says `finish` loses its turn after `Pace.held_at_most`; its write counts.
        """
        return await self._database.write(
            lambda connection: _reserve(connection, self._pace, installation_id, owner, now)
        )

    async def finish(self, installation_id: int, owner: str, now: datetime) -> None:
        """Say that the write has been answered. Nothing happens if the turn was lost meanwhile."""

        def end(connection: Connection) -> None:
            row = _locked(connection, installation_id)
            if row.holder == clean(owner):
                connection.execute(
                    update(writes).where(writes.c.id == row.write_id).values(at=max(now, row.held_since))
                )
                _set(connection, installation_id, holder="", held_since=None, write_id=None)

        await self._database.write(end)

    async def block(self, installation_id: int, until: datetime, reason: str) -> None:
        """Allow no write before `until`; never shortens an earlier block."""

        def hold(connection: Connection) -> None:
            row = _locked(connection, installation_id)
            if row.blocked_until is None or row.blocked_until < until:
                _set(connection, installation_id, blocked_until=until, reason=clean(reason))

        await self._database.write(hold)


def _reserve(
    connection: Connection, pace: Pace, installation_id: int, owner: str, now: datetime
) -> datetime | None:
    row = _locked(connection, installation_id)
    if row.holder:
        lost_at: datetime = row.held_since + pace.held_at_most
        if now < lost_at:
            return min(lost_at, now + pace.ask_again)
        # The lost write may have arrived at any moment until now.
        connection.execute(update(writes).where(writes.c.id == row.write_id).values(at=lost_at))
    earliest = _earliest(connection, pace, installation_id, row.blocked_until)
    if earliest is not None and earliest > now:
        if row.holder:
            _set(connection, installation_id, holder="", held_since=None, write_id=None)
        return earliest
    longest = max((within for _, within in pace.limits), default=pace.apart)
    connection.execute(
        delete(writes).where(writes.c.installation_id == installation_id, writes.c.at < now - longest)
    )
    values = {"installation_id": installation_id, "at": now}
    write_id = connection.execute(writes.insert().values(values).returning(writes.c.id)).scalar_one()
    _set(connection, installation_id, holder=clean(owner), held_since=now, write_id=write_id)
    return None


def _earliest(
    connection: Connection, pace: Pace, installation_id: int, blocked_until: datetime | None
) -> datetime | None:
    """Return the first moment that no rule forbids; None if there is no write to keep a distance from."""
    moments = [blocked_until] if blocked_until else []
    for number, within in ((1, pace.apart), *pace.limits):
        query = (
            select(writes.c.at)
            .where(writes.c.installation_id == installation_id)
            .order_by(writes.c.at.desc())
            .offset(number - 1)
            .limit(1)
        )
        at = connection.execute(query).scalar_one_or_none()
        if at is not None:
            moments.append(at + within)
    return max(moments, default=None)


def _locked(connection: Connection, installation_id: int) -> Row[tuple[object, ...]]:
    """Return the installation's row, made on first use and locked until the commit."""
    query = select(governors).where(governors.c.installation_id == installation_id).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        fresh = {"installation_id": installation_id, "holder": "", "reason": ""}
        connection.execute(insert(connection, governors).values(fresh).on_conflict_do_nothing())
        row = connection.execute(query).one()
    return row


def _set(connection: Connection, installation_id: int, **values: object) -> None:
    mine = governors.c.installation_id == installation_id
    connection.execute(update(governors).where(mine).values(**values))
