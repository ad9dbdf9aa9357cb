"""What is to be done next, and how it went. This database, not the job engine, decides both.

    stored ──begin──▶ queued ──start──▶ running ──finish──▶ done | failed
      ▲ └──ignore──▶ ignored                        │          │
      └────── attempt + 1 ◀── postponed, limited ───┴── retry ─┘

A unique index lets at most one delivery of a subject be queued or running. `begin` makes one row in
`jobs` for each handler, in the same transaction, so a crash before the hand-over to the job engine
leaves a queued delivery with open jobs, which `under_way` finds again. Handing a job over twice does
nothing. A job that is postponed counts as a try; one that a rate limit holds up (limited) does not. `finish` checks the fence, so a worker that was taken over cannot end a job of its successor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from triagebot.ports import Claim, StoredDelivery, Work
from triagebot.store.claims import check, release, take
from triagebot.store.deliveries import delivery, load
from triagebot.store.engine import Database
from triagebot.store.schema import STORED, UNDER_WAY, clean, deliveries, indexable, jobs

_Lane = tuple[int, int]
_FIRST: _Lane = (-1, -1)
_OPEN = ("queued", "running")
_PUT_OFF = ("postponed", "limited")
LOOKS = 200
"""How many repositories may be looked at in vain in one round."""


class SqlAgenda:
    """The order of work. Remembers which repository was served last, so that each gets its turn."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._served: _Lane = _FIRST

    async def waiting(self, *, window: int, per_installation: int, now: datetime) -> Sequence[StoredDelivery]:
        """Return the deliveries to start, oldest first in a repository, fair between repositories.

        Costs a few index look-ups for each one returned, however many wait.
        """
        chosen, self._served = await self._database.read(
            lambda connection: _Round(connection, per_installation, now).choose(window, self._served)
        )
        return chosen

    async def ignore(self, delivery_id: str) -> None:
        """Note that no handler wants this stored delivery."""
        await self._end_stored(delivery_id, "ignored", "")

    async def fail(self, delivery_id: str, error: str) -> None:
        """Note that this stored delivery cannot be worked at all."""
        await self._end_stored(delivery_id, "failed", clean(error))

    async def _end_stored(self, delivery_id: str, state: str, error: str) -> None:
        mine = (deliveries.c.id == indexable(delivery_id)) & STORED
        change = update(deliveries).where(mine)
        change = change.values(state=state, error=error, changed_at=self._database.now())
        await self._database.write(lambda connection: connection.execute(change).close())

    async def begin(self, delivery: StoredDelivery, handlers: Sequence[str]) -> Sequence[str] | None:
        """Move a stored delivery to queued and return the keys of its jobs, to be enqueued.

        None if another worker was faster or the subject is taken. Handlers that ended well in an
        earlier attempt get no job.
        """
        try:
            return await self._database.write(
                lambda connection: _begin(connection, delivery, handlers, self._database.now())
            )
        except IntegrityError:  # the unique index: another delivery of the subject is under way
            return None

    async def under_way(self, *, unchanged_since: datetime) -> Sequence[tuple[str, str]]:
        """Return (job, subject key) of jobs not ended whose delivery has not moved since then."""
        query = (
            select(jobs.c.job, deliveries.c.subject_key)
            .join(deliveries, deliveries.c.id == jobs.c.delivery_id)
            .where(UNDER_WAY, jobs.c.state.in_(_OPEN), jobs.c.changed_at <= unchanged_since)
            .order_by(deliveries.c.seq)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [(row.job, row.subject_key) for row in rows]

    async def start(self, job: str, owner: str) -> Work | None:
        """Claim the job's subject, voiding older claims, and return the work; None if it has ended."""
        return await self._database.write(lambda connection: _start(connection, self._database, job, owner))

    async def finish(
        self, claim: Claim, *, error: str = "", retry_at: datetime | None = None, counted: bool = True
    ) -> None:
        """End the claimed job: well, with an `error`, or to be tried again at `retry_at`.

        The last job of a delivery settles it; `tries` grows if a job that is put off is `counted`.
        Gives the claim up. `Fenced` if the claim is void.
        """
        state = "failed" if error else "done"
        if retry_at:
            state = "postponed" if counted else "limited"
        end = {
            "state": state,
            "error": clean(error),
            "retry_at": retry_at,
            "changed_at": self._database.now(),
        }
        await self._database.write(lambda connection: _finish(connection, claim, end))


class _Round:
    """One look at what waits, in one snapshot."""

    def __init__(self, connection: Connection, per_installation: int, now: datetime) -> None:
        self._connection = connection
        self._per_installation = per_installation
        self._now = now
        busy = connection.execute(
            select(deliveries.c.installation_id, deliveries.c.subject_key).where(UNDER_WAY)
        ).all()
        self._under_way = len(busy)
        self._load = Counter(row.installation_id for row in busy)
        self._subjects = {row.subject_key for row in busy} - {""}

    def choose(self, window: int, served: _Lane) -> tuple[list[StoredDelivery], _Lane]:
        """Go round the repositories from the one after `served`, one delivery each, until nothing is left."""
        chosen: list[StoredDelivery] = []
        last_seq: dict[_Lane, int] = {}
        idle: set[_Lane] = set()
        lane: _Lane = served
        while len(chosen) + self._under_way < window:
            following = self._lane_after(lane, idle)
            if following is None:
                break
            lane = following
            row = None if self._full(lane[0]) else self._oldest(lane, last_seq.get(lane, 0))
            if row is None:
                idle.add(lane)
                if len(idle) >= LOOKS:  # the next round goes on here
                    return chosen, lane
                continue
            last_seq[lane] = row.seq
            self._load[row.installation_id] += 1
            self._subjects |= {row.subject_key} - {""}
            chosen.append(delivery(row))
            served = lane
        return chosen, served

    def _full(self, installation_id: int) -> bool:
        return self._load[installation_id] >= self._per_installation

    def _lane_after(self, lane: _Lane, idle: set[_Lane]) -> _Lane | None:
        """Return the next repository with stored deliveries, round the end; None if all are idle."""
        for start in (lane, _FIRST):
            following: _Lane | None = start
            while following is not None:
                # A full installation is left in one step, past its largest repository.
                following = self._next_lane(
                    (following[0], 2**63 - 1) if self._full(following[0]) else following
                )
                if following is not None and following not in idle and not self._full(following[0]):
                    return following
        return None

    def _next_lane(self, lane: _Lane) -> _Lane | None:
        place = tuple_(deliveries.c.installation_id, deliveries.c.repo_id)
        query = (
            select(deliveries.c.installation_id, deliveries.c.repo_id)
            .where(STORED, place > lane)
            .order_by(deliveries.c.installation_id, deliveries.c.repo_id)
            .limit(1)
        )
        row = self._connection.execute(query).one_or_none()
        return None if row is None else (row.installation_id, row.repo_id)

    def _oldest(self, lane: _Lane, after: int) -> Row[Any] | None:
        query = (
            select(deliveries)
            .where(
                STORED,
                deliveries.c.installation_id == lane[0],
                deliveries.c.repo_id == lane[1],
                deliveries.c.seq > after,
                deliveries.c.not_before <= self._now,
                deliveries.c.subject_key.not_in(self._subjects),
            )
            .order_by(deliveries.c.seq)
            .limit(1)
        )
        return self._connection.execute(query).one_or_none()


def _begin(
    connection: Connection, delivery: StoredDelivery, handlers: Sequence[str], now: datetime
) -> list[str] | None:
    mine = (deliveries.c.id == indexable(delivery.id)) & STORED & (deliveries.c.attempt == delivery.attempt)
    change = update(deliveries).where(mine).values(state="queued", changed_at=now)
    if connection.execute(change).rowcount == 0:
        return None
    ended_well = select(jobs.c.handler).where(
        jobs.c.delivery_id == indexable(delivery.id), jobs.c.state == "done"
    )
    done = set(connection.execute(ended_well).scalars())
    suffix = f":{delivery.attempt}" if delivery.attempt else ""
    rows = [
        {
            "job": f"{indexable(delivery.id)}:{handler}{suffix}",
            "delivery_id": indexable(delivery.id),
            "handler": handler,
            "attempt": delivery.attempt,
            "state": "queued",
            "error": "",
            "changed_at": now,
        }
        for handler in handlers
        if handler not in done
    ]
    if rows:
        connection.execute(insert(jobs), rows)
    else:
        _settle(connection, delivery.id, now)
    return [str(row["job"]) for row in rows]


def _start(connection: Connection, database: Database, job: str, owner: str) -> Work | None:
    row = connection.execute(select(jobs).where(jobs.c.job == job)).one_or_none()
    stored = None if row is None else load(connection, row.delivery_id)
    if row is None or stored is None or row.state not in _OPEN:
        return None
    claim = take(connection, database, stored.subject_key or stored.id, job, owner)
    # On Postgres `take` waits for a `finish` that is about to commit: what was read before it is old.
    if connection.execute(select(jobs.c.state).where(jobs.c.job == job)).scalar_one() not in _OPEN:
        release(connection, claim)
        return None
    now = database.now()
    connection.execute(update(jobs).where(jobs.c.job == job).values(state="running", changed_at=now))
    mine = deliveries.c.id == stored.id
    connection.execute(update(deliveries).where(mine).values(state="running", changed_at=now))
    tries = connection.execute(select(deliveries.c.tries).where(mine)).scalar_one()
    return Work(job, f"{stored.id}:{row.handler}", row.handler, stored, claim, tries)


def _finish(connection: Connection, claim: Claim, end: dict[str, Any]) -> None:
    check(connection, claim)
    mine = (jobs.c.job == claim.job) & jobs.c.state.in_(_OPEN)
    change = update(jobs).where(mine).values(end)
    delivery_id = connection.execute(change.returning(jobs.c.delivery_id)).scalar_one_or_none()
    if delivery_id is not None:
        _settle(connection, delivery_id, end["changed_at"])
    release(connection, claim)


def _settle(connection: Connection, delivery_id: str, now: datetime) -> None:
    """Move a delivery on when the last job of its attempt has ended."""
    query = select(jobs).where(jobs.c.delivery_id == delivery_id).order_by(jobs.c.attempt, jobs.c.job)
    latest = {row.handler: row for row in connection.execute(query)}.values()
    states = {row.state for row in latest}
    if states & set(_OPEN):
        return
    error = "; ".join(sorted({row.error for row in latest if row.error}))
    values: dict[str, Any] = {"error": error, "changed_at": now}
    if states & set(_PUT_OFF):
        values |= {
            "state": "stored",
            "attempt": deliveries.c.attempt + 1,
            "tries": deliveries.c.tries + int("postponed" in states),
            "not_before": max(row.retry_at for row in latest if row.state in _PUT_OFF),
        }
    else:
        values["state"] = "failed" if "failed" in states else "done"
    connection.execute(update(deliveries).where(deliveries.c.id == delivery_id, UNDER_WAY).values(values))
