"""Which worker processes live, and when things that happen once for all of them last happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, select, update

from triagebot.store.engine import Database
from triagebot.store.schema import clean, insert, marks, workers

RETIRED = datetime(1970, 1, 1, tzinfo=UTC)
"""The last sign of life of a worker that ended in order: so long ago that its jobs are taken over at once."""


class SqlWorkers:
    """Heartbeats by worker id. A worker is dead when its last one is too long ago."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, worker_id: str, *, host: str, pid: int) -> None:
        """Say that the worker lives."""
        now = self._database.now()
        beat = {"host": clean(host), "pid": pid, "beat_at": now}
        row = {"id": worker_id, "started_at": now, **beat}
        await self._database.write(
            lambda connection: connection.execute(
                insert(connection, workers)
                .values(row)
                .on_conflict_do_update(index_elements=["id"], set_=beat)
            ).close()
        )

    async def last_beat(self) -> datetime | None:
        """Return the latest sign of life of any worker that has not ended in order."""
        query = select(func.max(workers.c.beat_at)).where(workers.c.beat_at > RETIRED)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def silent(self, *, since: datetime) -> Sequence[str]:
        """Return the workers whose last sign of life is before `since`."""
        query = select(workers.c.id).where(workers.c.beat_at < since).order_by(workers.c.id)
        return await self._database.read(lambda connection: connection.execute(query).scalars().all())

    async def count(self, *, since: datetime) -> int:
        """Return how many workers have given a sign of life since then."""
        query = select(func.count()).where(workers.c.beat_at >= since)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def bury(self, worker_id: str, *, since: datetime) -> bool:
        """Forget a silent worker; True for the one caller that did it. False if it has beaten again."""
        gone = delete(workers).where(workers.c.id == worker_id, workers.c.beat_at < since)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount > 0)

    async def retire(self, worker_id: str) -> None:
        """Say that the worker has ended in order. Its row stays until somebody has taken its jobs over."""
        ended = update(workers).where(workers.c.id == worker_id).values(beat_at=RETIRED)
        await self._database.write(lambda connection: connection.execute(ended).close())


class SqlMarks:
    """Moments by name, shared by all workers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def at(self, name: str) -> datetime | None:
        """Return the moment last noted under `name`."""
        query = select(marks.c.at).where(marks.c.name == name)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one_or_none())

    async def advance(self, name: str, to: datetime, *, seen: datetime | None) -> bool:
        """Note a later moment if the noted one is still `seen`; False if another worker was faster."""

        def swap(connection: Connection) -> bool:
            if seen is None:
                row = {"name": name, "at": to}
                added = insert(connection, marks).values(row).on_conflict_do_nothing()
                return connection.execute(added.returning(marks.c.name)).first() is not None
            mine = (marks.c.name == name) & (marks.c.at == seen)
            return connection.execute(update(marks).where(mine).values(at=to)).rowcount > 0

        return await self._database.write(swap)
