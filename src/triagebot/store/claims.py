"""Who acts on a subject. Each taking gets a higher fence; whoever holds a lower one must stop.

A worker that slept through its own death certificate (a stopped process, a long pause of the host)
finds its claim void at its next write to this database, and it makes one right before every write to
GitHub. The check locks the claim's row, so a taking and a checked write cannot overlap.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select, update

from triagebot.core.errors import Fenced
from triagebot.ports import Claim
from triagebot.store.engine import Database
from triagebot.store.schema import claims, indexable, insert


class SqlClaims:
    """Claims in the database that all workers share."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, subject_key: str, job: str, owner: str) -> Claim:
        """Take the subject with a new fence, voiding every older claim."""
        return await self._database.write(
            lambda connection: take(connection, self._database, subject_key, job, owner)
        )

    async def check(self, claim: Claim) -> None:
        """Raise `Fenced` if a newer claim exists."""
        await self._database.read(lambda connection: check(connection, claim, lock=False))

    async def release(self, claim: Claim) -> None:
        """Give the subject up, if the claim is still valid."""
        await self._database.write(lambda connection: release(connection, claim))


def take(connection: Connection, database: Database, subject_key: str, job: str, owner: str) -> Claim:
    """Take the subject within a transaction."""
    values = {"job": job, "owner": owner, "held": True, "taken_at": database.now()}
    statement = insert(connection, claims).values(subject_key=indexable(subject_key), fence=1, **values)
    fence = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["subject_key"], set_={"fence": claims.c.fence + 1, **values}
        ).returning(claims.c.fence)
    ).scalar_one()
    return Claim(subject_key, job, owner, fence)


def check(connection: Connection, claim: Claim, *, lock: bool = True) -> None:
    """Raise `Fenced` unless the claim is the newest; with `lock` none newer is made until the commit."""
    query = select(claims.c.fence, claims.c.owner, claims.c.held).where(_mine(claim))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None or not row.held or (row.fence, row.owner) != (claim.fence, claim.owner):
        raise Fenced(f"{claim.owner} no longer acts on {claim.subject_key}: another worker took it over.")


def release(connection: Connection, claim: Claim) -> None:
    """Give the subject up within a transaction, if the claim is still valid."""
    valid = _mine(claim) & (claims.c.fence == claim.fence) & (claims.c.owner == claim.owner)
    connection.execute(update(claims).where(valid).values(held=False))


def _mine(claim: Claim) -> ColumnElement[bool]:
    return claims.c.subject_key == indexable(claim.subject_key)
