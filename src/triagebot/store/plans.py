"""Plans, saved before anything is applied, and what became of each of their actions.

What a plan teaches is applied as it is saved and is not kept a second time in its body.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from triagebot.core.actions import Plan, React, Receipt
from triagebot.ports import Claim
from triagebot.store.claims import check
from triagebot.store.engine import Database
from triagebot.store.lessons import apply_lessons
from triagebot.store.schema import indexable, insert, plans, receipts


class SqlPlans:
    """Plans and receipts by the plan's key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def plan(self, key: str) -> Plan | None:
        """Return the saved plan of a job."""
        return await self._database.read(lambda connection: _plan(connection, key))

    async def save_plan(self, plan: Plan, claim: Claim) -> Plan:
        """Save the plan once; a plan already saved under this key wins and is returned. `Fenced` if void."""
        return await self._database.write(lambda connection: _save(connection, plan, claim))

    async def receipts(self, key: str) -> Sequence[Receipt]:
        """Return the receipts so far, in order."""
        query = (
            select(receipts.c.body).where(receipts.c.plan_key == indexable(key)).order_by(receipts.c.position)
        )
        bodies = await self._database.read(lambda connection: connection.execute(query).scalars().all())
        return [Receipt.model_validate_json(body) for body in bodies]


def _plan(connection: Connection, key: str) -> Plan | None:
    query = select(plans.c.body).where(plans.c.key == indexable(key))
    body = connection.execute(query).scalar_one_or_none()
    return None if body is None else Plan.model_validate_json(body)


def _save(connection: Connection, plan: Plan, claim: Claim) -> Plan:
    check(connection, claim)
    row = {
        "key": indexable(plan.key),
        "delivery_id": indexable(plan.delivery_id),
        "body": plan.model_dump_json(exclude={"lessons"}),
        "created_at": plan.created_at,
        "subject_key": indexable(plan.target.key) if plan.target else "",
        "acts": bool(plan.commands) or any(not isinstance(action, React) for action in plan.actions),
        "answers": bool(plan.commands),
    }
    statement = insert(connection, plans).values(row).on_conflict_do_nothing().returning(plans.c.key)
    if connection.execute(statement).first() is not None:
        apply_lessons(connection, plan)
    saved = _plan(connection, plan.key)
    assert saved is not None
    return saved
