"""The stored deliveries as people see them: read, list, let a failed one be tried again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, Select, delete, func, select, update

from triagebot.core.actions import Status
from triagebot.ports import DeliveryState, StoredDelivery
from triagebot.store.engine import Database
from triagebot.store.inbox import unpacked
from triagebot.store.schema import STORED, deliveries, indexable, jobs, payloads, plans, receipts


class SqlDeliveries:
    """Deliveries by their id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, delivery_id: str) -> StoredDelivery | None:
        """Return one delivery with its payload."""
        return await self._database.read(lambda connection: load(connection, delivery_id))

    async def list(self, *, state: DeliveryState | None = None, limit: int = 100) -> Sequence[StoredDelivery]:
        """Return the newest deliveries, without payloads."""
        query = select(deliveries).order_by(deliveries.c.seq.desc()).limit(limit)
        if state is not None:
            query = query.where(deliveries.c.state == state)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [delivery(row) for row in rows]

    async def counts(self, *, prefix: str = "") -> dict[str, int]:
        """Return how many deliveries there are in each state, of those whose ids begin with `prefix`."""
        query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        if prefix:
            query = query.where(deliveries.c.id.startswith(prefix, autoescape=True))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {str(row[0]): int(row[1]) for row in rows}

    async def known(self, ids: Collection[str]) -> set[str]:
        """Return those of the ids that are stored."""
        keys = {indexable(delivery_id): delivery_id for delivery_id in ids}
        return await self._database.read(lambda connection: {keys[key] for key in _known(connection, keys)})

    async def withdraw(self, prefix: str) -> int:
        """Drop the deliveries that wait and whose ids begin with `prefix`; return how many.

        What was made of them stays: should one be stored again, a saved plan is not made again.
        """
        due = select(deliveries.c.id).where(deliveries.c.id.startswith(prefix, autoescape=True), STORED)
        return await self._database.write(lambda connection: _withdraw(connection, due))

    async def retry(self, delivery_id: str) -> bool:
        """Let a failed delivery be worked again; False if it is unknown, has not failed or lost its payload.

        Handlers that ended well are not run again, and a saved plan is not made again; those of its
        actions that failed are tried again.
        """
        now = self._database.now()
        return await self._database.write(lambda connection: _retry(connection, delivery_id, now))


def _known(connection: Connection, keys: Collection[str]) -> Iterator[str]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), 500):  # so many fit into one statement
        query = select(deliveries.c.id).where(deliveries.c.id.in_(ordered[start : start + 500]))
        yield from connection.execute(query).scalars()


def _withdraw(connection: Connection, due: Select[tuple[str]]) -> int:
    waiting = list(connection.execute(due).scalars())
    for start in range(0, len(waiting), 500):  # so many fit into one statement
        some = waiting[start : start + 500]
        seqs = select(deliveries.c.seq).where(deliveries.c.id.in_(some))
        connection.execute(delete(payloads).where(payloads.c.seq.in_(seqs)))
        connection.execute(delete(jobs).where(jobs.c.delivery_id.in_(some)))
        connection.execute(delete(deliveries).where(deliveries.c.id.in_(some)))
    return len(waiting)


def _retry(connection: Connection, delivery_id: str, now: datetime) -> bool:
    key = indexable(delivery_id)
    kept = select(payloads.c.seq).where(payloads.c.seq == deliveries.c.seq).exists()
    failed = (deliveries.c.id == key) & (deliveries.c.state == "failed") & kept
    change = update(deliveries).where(failed)
    change = change.values(
        state="stored", error="", attempt=deliveries.c.attempt + 1, tries=0, not_before=now, changed_at=now
    )
    if connection.execute(change).rowcount == 0:
        return False
    mine = select(plans.c.key).where(plans.c.delivery_id == key)
    connection.execute(
        delete(receipts).where(receipts.c.plan_key.in_(mine), receipts.c.status == Status.FAILED.value)
    )
    return True


def load(connection: Connection, delivery_id: str) -> StoredDelivery | None:
    """Return a delivery with its payload, within a transaction."""
    query = (
        select(deliveries, payloads.c.packing, payloads.c.body)
        .outerjoin(payloads, payloads.c.seq == deliveries.c.seq)
        .where(deliveries.c.id == indexable(delivery_id))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return delivery(row, b"" if row.body is None else unpacked(row.packing, row.body))


def delivery(row: Row[tuple[object, ...]], payload: bytes = b"") -> StoredDelivery:
    """Return the value of a row of `deliveries`."""
    return StoredDelivery(
        id=row.id,
        event=row.event,
        installation_id=row.installation_id,
        repo_id=row.repo_id,
        repo=row.repo,
        subject_key=row.subject_key,
        received_at=row.received_at,
        state=row.state,
        payload=payload,
        error=row.error,
        attempt=row.attempt,
    )
