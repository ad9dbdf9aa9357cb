"""What we did on one subject: its plans, what became of them, and what we ever wrote there.

Everything is read from what plans, receipts and deliveries keep beside their payloads, so it goes on
after retention has dropped those. A plan's delivery may be gone; then its own time stands for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from triagebot.core.actions import Plan, Receipt
from triagebot.ports import Entry, Record
from triagebot.store.engine import Database
from triagebot.store.schema import deliveries, indexable, made, plans, receipts

MOST = 100
"""So many plans are read at a time, however many are asked for."""


class SqlRecords:
    """Implements `ports.Records`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, subject_key: str) -> Record:
        """Return one subject's record."""
        return SubjectRecord(self._database, indexable(subject_key))


class SubjectRecord:
    """Implements `ports.Record`."""

    def __init__(self, database: Database, key: str) -> None:
        self._database = database
        self._key = key

    async def entries(self, *, limit: int) -> Sequence[Entry]:
        """Return the newest plans of this subject that did something, newest first, at most `MOST`."""
        return await self._database.read(lambda connection: _entries(connection, self._key, min(limit, MOST)))

    async def commands_since(self, since: datetime, *, but: str = "") -> int:
        """Return how many plans since then answered a command on this subject, but for the delivery `but`'s."""
        query = select(func.count()).where(
            plans.c.subject_key == self._key,
            plans.c.created_at >= since,
            plans.c.answers,
            plans.c.delivery_id != indexable(but),
        )
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def made(self, slot: str) -> bool:
        """Return True if we ever wrote our comment `slot` on this subject, also where it was deleted since."""
        query = select(made.c.slot).where(made.c.subject_key == self._key, made.c.slot == indexable(slot))
        return await self._database.read(lambda connection: connection.execute(query).first() is not None)


def _entries(connection: Connection, key: str, limit: int) -> list[Entry]:
    query = (
        select(plans.c.key, plans.c.body, plans.c.created_at, deliveries.c.event, deliveries.c.received_at)
        .outerjoin(deliveries, deliveries.c.id == plans.c.delivery_id)
        .where(plans.c.subject_key == key, plans.c.acts)
        .order_by(plans.c.created_at.desc(), plans.c.key.desc())
        .limit(limit)
    )
    rows = connection.execute(query).all()
    ends = _receipts(connection, [row.key for row in rows])
    return [
        Entry(
            Plan.model_validate_json(row.body),
            tuple(ends[row.key]),
            row.event or "",
            row.received_at or row.created_at,
        )
        for row in rows
    ]


def _receipts(connection: Connection, keys: Sequence[str]) -> defaultdict[str, list[Receipt]]:
    query = (
        select(receipts.c.plan_key, receipts.c.body)
        .where(receipts.c.plan_key.in_(keys))
        .order_by(receipts.c.plan_key, receipts.c.position)
    )
    found: defaultdict[str, list[Receipt]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.plan_key].append(Receipt.model_validate_json(row.body))
    return found
