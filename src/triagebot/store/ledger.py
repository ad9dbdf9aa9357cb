"""What the executor must know after a crash: what it was about to write, what ended, what we made."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from triagebot.core.actions import Receipt
from triagebot.ports import Claim, Intent
from triagebot.store.claims import check
from triagebot.store.engine import Database
from triagebot.store.schema import clean, indexable, insert, intents, made, receipts


class SqlLedger:
    """Intents before writes, receipts after them, by plan key and position."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receipt(self, plan_key: str, index: int) -> Receipt | None:
        """Return the receipt if this action already ended."""
        return await self._database.read(lambda connection: _receipt(connection, plan_key, index))

    async def intent(self, plan_key: str, index: int) -> Intent:
        """Return the intent row of an action; before the first attempt none is written.

        `external_id` follows from the plan's key, so it is the same also after the database was lost.
        """
        query = select(intents.c.attempts, intents.c.first_attempt_at).where(_intent(plan_key, index))
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        attempts, first = (row.attempts, row.first_attempt_at) if row else (0, None)
        return Intent(plan_key, index, attempts, first, external_id(plan_key, index))

    async def attempting(self, plan_key: str, index: int, claim: Claim, at: datetime) -> None:
        """Durably count one more attempt, before it is sent. `Fenced` if the claim is void."""
        row = {"plan_key": indexable(plan_key), "position": index, "attempts": 1, "first_attempt_at": at}

        def count(connection: Connection) -> None:
            check(connection, claim)
            statement = insert(connection, intents).values(row)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["plan_key", "position"], set_={"attempts": intents.c.attempts + 1}
                )
            )

        await self._database.write(count)

    async def settle(self, receipt: Receipt, claim: Claim) -> Receipt:
        """Save a receipt once; an earlier one wins and is returned. `Fenced` if void."""
        row = {
            "plan_key": indexable(receipt.plan_key),
            "position": receipt.index,
            "status": receipt.status.value,
            "body": receipt.model_dump_json(),
        }

        def save(connection: Connection) -> Receipt:
            check(connection, claim)
            connection.execute(insert(connection, receipts).values(row).on_conflict_do_nothing())
            saved = _receipt(connection, receipt.plan_key, receipt.index)
            assert saved is not None
            return saved

        return await self._database.write(save)

    async def made(self, subject_key: str, slot: str) -> str | None:
        """Return GitHub's id of what we made for `slot` on the subject, if we ever did."""
        query = select(made.c.external_id).where(
            made.c.subject_key == indexable(subject_key), made.c.slot == indexable(slot)
        )
        return await self._database.read(lambda connection: connection.execute(query).scalar_one_or_none())

    async def remember_made(self, subject_key: str, slot: str, external_id: str) -> None:
        """Remember what we made; the first id stays."""
        row = {
            "subject_key": indexable(subject_key),
            "slot": indexable(slot),
            "external_id": clean(external_id),
            "made_at": self._database.now(),
        }
        await self._database.write(
            lambda connection: connection.execute(
                insert(connection, made).values(row).on_conflict_do_nothing()
            ).close()
        )


def external_id(plan_key: str, index: int) -> str:
    """Return the name under which an action's result is found again at GitHub."""
    return hashlib.sha256(f"{plan_key}\n{index}".encode()).hexdigest()[:32]


def _receipt(connection: Connection, plan_key: str, index: int) -> Receipt | None:
    query = select(receipts.c.body).where(
        receipts.c.plan_key == indexable(plan_key), receipts.c.position == index
    )
    body = connection.execute(query).scalar_one_or_none()
    return None if body is None else Receipt.model_validate_json(body)


def _intent(plan_key: str, index: int) -> ColumnElement[bool]:
    return (intents.c.plan_key == indexable(plan_key)) & (intents.c.position == index)
