"""The stored deliveries as people see them: read, list, let a failed one be tried again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, select, update

from triagebot.core.actions import Status
from triagebot.ports import DeliveryState, StoredDelivery
from triagebot.store.engine import Database
from triagebot.store.inbox import unpacked
from triagebot.store.schema import deliveries, indexable, payloads, plans, receipts


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

    async def counts(self) -> dict[str, int]:
        """Return how many deliveries there are in each state."""
        query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {str(row[0]): int(row[1]) for row in rows}

    async def known(self, ids: Collection[str]) -> set[str]:
        """Return those of the ids that are stored."""
        keys = {indexable(delivery_id): delivery_id for delivery_id in ids}
        return await self._database.read(lambda connection: {keys[key] for key in _known(connection, keys)})

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
