"""The way in: deliveries are on disk before anybody is told so, many with one sync.

While one transaction is being committed, the deliveries that arrive are collected; they all go into
the next one. So the sync, which takes the same time for one and for a hundred, is shared exactly when
there is much to do, and nothing waits when there is not.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import deque

from sqlalchemy import Connection

from triagebot.core.errors import StoreUnavailable
from triagebot.ports import StoredDelivery
from triagebot.store.engine import Database
from triagebot.store.schema import clean, deliveries, indexable, insert, payloads

ROWS = 200
BATCH_BYTES = 8 * 2**20
WAITING_ROWS = 5_000
WAITING_BYTES = 96 * 2**20
"""What may wait in memory. A flood beyond it is refused, and GitHub's list lets it be fetched later."""
PACK_FROM = 512

_Waiting = tuple[StoredDelivery, "asyncio.Future[bool]"]


class SqlInbox:
    """Writes deliveries in groups. For one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._writing: asyncio.Task[None] | None = None

    async def add(self, delivery: StoredDelivery) -> bool:
        """Write the delivery durably, then return True; False if its id is already known.

        The caller may give up: what it handed over is then written or not, but never half.
        Raises `StoreUnavailable` when it cannot be written now.
        """
        size = len(delivery.payload)
        if len(self._waiting) >= WAITING_ROWS or self._bytes + size > WAITING_BYTES:
            raise StoreUnavailable("More deliveries arrive than the database takes; this one was not kept.")
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, future))
        self._bytes += size
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await future

    async def _write_all(self) -> None:
        """Write group after group until nobody waits. Never raises."""
        while self._waiting:
            group = self._next_group()
            try:
                await self._write(group)
            finally:
                self._bytes -= sum(len(delivery.payload) for delivery, _ in group)
        self._writing = None

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        size = 0
        while self._waiting and len(group) < ROWS and size < BATCH_BYTES:
            group.append(self._waiting.popleft())
            size += len(group[-1][0].payload)
        return group

    async def _write(self, group: list[_Waiting]) -> None:
        """Write one group and answer everybody in it; a row that no database takes fails alone."""
        try:
            new = await self._database.write(lambda connection: add_all(connection, [d for d, _ in group]))
        except StoreUnavailable as error:
            _answer(group, error)
        except Exception as error:  # noqa: BLE001 - last wall: one odd row must not cost the others their place
            if len(group) > 1:
                for pair in group:
                    await self._write([pair])
                return
            _answer(group, StoreUnavailable(f"The database refuses this delivery: {error}"))
        except BaseException:  # cancelled at the stop: whoever waits must hear of it
            _answer(group, StoreUnavailable("The service is stopping; this delivery was not kept."))
            raise
        else:
            _answer(group, new)


def _answer(group: list[_Waiting], answer: set[str] | StoreUnavailable) -> None:
    """Wake everybody; of several copies of one new delivery only the first is told True."""
    for delivery, future in group:
        if future.done():  # the caller gave up
            if not isinstance(answer, StoreUnavailable):
                answer.discard(delivery.id)
        elif isinstance(answer, StoreUnavailable):
            future.set_exception(answer)
        else:
            future.set_result(delivery.id in answer)
            answer.discard(delivery.id)


def add_all(connection: Connection, group: list[StoredDelivery]) -> set[str]:
    """Insert what is not known yet and return its ids, as they were given."""
    first = {indexable(delivery.id): delivery for delivery in reversed(group)}
    rows = [
        {
            "id": key,
            "event": indexable(delivery.event),
            "installation_id": delivery.installation_id,
            "repo_id": delivery.repo_id,
            "repo": indexable(delivery.repo),
            "subject_key": indexable(delivery.subject_key),
            "received_at": delivery.received_at,
            "state": delivery.state,
            "error": clean(delivery.error),
            "attempt": delivery.attempt,
            "tries": 0,
            "not_before": delivery.received_at,
            "changed_at": delivery.received_at,
        }
        for key, delivery in reversed(first.items())
    ]
    statement = (
        insert(connection, deliveries)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(deliveries.c.id, deliveries.c.seq)
    )
    new = {row.id: row.seq for row in connection.execute(statement, rows)}
    bodies = [{"seq": seq, **packed(first[key].payload)} for key, seq in new.items() if first[key].payload]
    if bodies:
        connection.execute(payloads.insert(), bodies)
    return {first[key].id for key in new}


def packed(body: bytes) -> dict[str, object]:
    """Return the columns of a payload. Measured in docs/adr/0003: packing is cheaper than writing."""
    if len(body) < PACK_FROM:
        return {"packing": "", "body": body}
    return {"packing": "zlib", "body": zlib.compress(body, 1)}


def unpacked(packing: str, body: bytes) -> bytes:
    """Return a payload as it came."""
    return zlib.decompress(body) if packing == "zlib" else bytes(body)
