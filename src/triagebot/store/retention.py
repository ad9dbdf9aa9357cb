"""What is forgotten, and when. In small transactions, so that nobody waits for it.

Payloads, plans, receipts and usage of ended deliveries go after the operator's `keep_days`. The ids of
deliveries stay for at least `IDS_DAYS`: GitHub can redeliver for days, and a copy must be known
as one. What we made (`made`) stays for good: it keeps us from making it twice. A claim stays while a
worker could still wake up with an older one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, select

from triagebot.store.engine import Database
from triagebot.store.schema import claims, deliveries, intents, jobs, payloads, plans, receipts, usage

IDS_DAYS = 31
STEP = 500
_ENDED = ("done", "failed", "ignored")

Step = Callable[[Connection], int]


class SqlRetention:
    """Deletes what is older than promised."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget(self, *, keep_days: int, now: datetime) -> int:
        """Delete everything that is due and return how many rows that were."""
        old = now - timedelta(days=keep_days)
        oldest = now - timedelta(days=max(keep_days, IDS_DAYS))
        total = 0
        for step in (_payloads(old), _plans(old), _usage(old), _claims(oldest), _deliveries(oldest)):
            while gone := await self._database.write(step):
                total += gone
        return total


def _payloads(before: datetime) -> Step:
    due = (
        select(payloads.c.seq)
        .join(deliveries, deliveries.c.seq == payloads.c.seq)
        .where(deliveries.c.received_at < before, deliveries.c.state.in_(_ENDED))
    )
    return _deleting(due, (payloads, payloads.c.seq))


def _plans(before: datetime) -> Step:
    """Plans go with their receipts and intents, once their delivery has ended or is gone."""
    unfinished = select(deliveries.c.id).where(
        deliveries.c.id == plans.c.delivery_id, deliveries.c.state.not_in(_ENDED)
    )
    due = select(plans.c.key).where(plans.c.created_at < before, ~unfinished.exists())
    return _deleting(
        due, (receipts, receipts.c.plan_key), (intents, intents.c.plan_key), (plans, plans.c.key)
    )


def _usage(before: datetime) -> Step:
    return _deleting(select(usage.c.id).where(usage.c.at < before), (usage, usage.c.id))


def _claims(before: datetime) -> Step:
    due = select(claims.c.subject_key).where(claims.c.taken_at < before, ~claims.c.held)
    return _deleting(due, (claims, claims.c.subject_key))


def _deliveries(before: datetime) -> Step:
    due = select(deliveries.c.id).where(deliveries.c.received_at < before, deliveries.c.state.in_(_ENDED))
    return _deleting(due, (jobs, jobs.c.delivery_id), (deliveries, deliveries.c.id))


def _deleting(due: Select[Any], *tables: tuple[Table, ColumnElement[Any]]) -> Step:
    """Return a step that deletes the rows of up to `STEP` keys that are due, and says how many keys."""

    def step(connection: Connection) -> int:
        keys = connection.execute(due.limit(STEP)).scalars().all()
        for table, key in tables:
            if keys:
                connection.execute(delete(table).where(key.in_(keys)))
        return len(keys)

    return step
