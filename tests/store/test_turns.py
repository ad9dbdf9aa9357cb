"""GitHub's rules for writes hold for all workers together, over hours of simulated time."""

from __future__ import annotations

import asyncio
import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.clock import START, ManualClock

from triagebot.store import Pace, Store
from triagebot.store.schema import writes
from triagebot.store.turns import SqlTurns

SECOND = timedelta(seconds=1)
SMALL = Pace(apart=SECOND, limits=((8, timedelta(seconds=60)), (30, timedelta(seconds=600))))
"""The same rules with smaller numbers, so that all of them bind within a test."""


async def _write_for(
    turns: SqlTurns, hours: float, *, workers: int, seed: int
) -> list[tuple[datetime, datetime]]:
    """Let workers write whenever they may for a simulated time; return when each write began and ended."""
    chance, now, end = random.Random(seed), START, START + timedelta(hours=hours)
    done: list[tuple[datetime, datetime]] = []
    while now < end:
        asked = await asyncio.gather(*(turns.reserve(1, f"w{number}", now) for number in range(workers)))
        granted = [number for number, again in enumerate(asked) if again is None]
        assert len(granted) <= 1
        if granted:
            began, now = now, now + timedelta(seconds=chance.uniform(0.05, 3))
            if chance.random() < 0.05:  # this worker dies in the middle: it never says that it ended
                done.append((began, began))
                continue
            await turns.finish(1, f"w{granted[0]}", now)
            done.append((began, now))
        else:
            now = max(now + SECOND, min(again for again in asked if again is not None))
    return done


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_rule_is_broken_by_several_workers_in_hours(store: Store, seed: int) -> None:
    done = await _write_for(SqlTurns(store.database, SMALL), 0.4, workers=3, seed=seed)
    began = [start for start, _ in done]
    assert len(done) > 35
    assert all(after - before >= SECOND for before, after in itertools.pairwise(began))
    assert all(after >= ended for (_, ended), after in zip(done, began[1:], strict=False))
    for number, within in SMALL.limits:
        arrivals = [ended for _, ended in done]  # the latest moment at which each may have arrived
        assert all(began[i + number] - arrivals[i] >= within for i in range(len(began) - number))


async def test_the_real_numbers(store: Store) -> None:
    assert Pace().limits == ((80, timedelta(minutes=1)), (500, timedelta(hours=1)))
    now = START
    rows = [{"installation_id": 1, "at": START + number * SECOND} for number in range(499)]
    await store.database.write(lambda connection: connection.execute(writes.insert(), rows).close())
    now += 500 * SECOND
    assert await store.turns.reserve(1, "w", now) is None
    await store.turns.finish(1, "w", now)
    now += SECOND
    assert await store.turns.reserve(1, "w", now) == START + timedelta(hours=1)
    assert await store.turns.reserve(1, "w", START + timedelta(hours=1)) is None


async def test_a_dead_holder_loses_its_turn_and_its_write_counts(store: Store) -> None:
    assert await store.turns.reserve(1, "dead", START) is None
    asked = START + timedelta(seconds=59)
    again = await store.turns.reserve(1, "w", asked)
    assert again is not None
    assert asked < again <= START + timedelta(seconds=60)
    assert await store.turns.reserve(1, "w", START + timedelta(seconds=60)) == START + timedelta(seconds=61)
    assert await store.turns.reserve(1, "w", START + timedelta(seconds=61)) is None
    await store.turns.finish(1, "dead", START + timedelta(seconds=62))  # wakes late: the turn is not its own
    assert await store.turns.reserve(1, "x", START + timedelta(seconds=63)) is not None


async def test_a_block_holds_for_everybody_and_is_never_shortened(store: Store) -> None:
    long, short = START + timedelta(minutes=10), START + timedelta(minutes=1)
    await store.turns.block(1, long, "secondary limit")
    await store.turns.block(1, short, "again")
    assert await store.turns.reserve(1, "w", START) == long
    assert await store.turns.reserve(2, "w", START) is None
    assert await store.turns.reserve(1, "w", long) is None


async def test_without_limits_there_is_still_one_write_at_a_time(store: Store, clock: ManualClock) -> None:
    turns = SqlTurns(store.database, Pace.unlimited())
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert await turns.reserve(1, "a", now) is None
    assert await turns.reserve(1, "b", now) is not None
    await turns.finish(1, "a", now)
    assert await turns.reserve(1, "b", now) is None
