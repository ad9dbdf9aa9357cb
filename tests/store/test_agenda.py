"""The order of work: fair, one at a time for a subject, and every end leads somewhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from tests.support.clock import ManualClock
from tests.support.stored import new

from triagebot.core.errors import Fenced
from triagebot.settings import Settings
from triagebot.store import Store, open_store
from triagebot.store.claims import check, release
from triagebot.store.engine import utc_now
from triagebot.store.schema import claims, deliveries, jobs

MANY = 20_000


async def _waiting(store: Store, *, window: int = 8, per_installation: int = 100) -> list[str]:
    found = await store.agenda.waiting(window=window, per_installation=per_installation, now=utc_now())
    return [delivery.id for delivery in found]


async def _begun(store: Store, number: int, **fields: object) -> list[str]:
    """Store a delivery and begin it; return its jobs."""
    await store.inbox.add(new(number, **fields))  # type: ignore[arg-type]
    delivery = await store.deliveries.get(f"d{number}")
    assert delivery is not None
    return list(await store.agenda.begin(delivery, ["one", "two"]) or ())


async def test_repositories_take_turns_and_the_oldest_goes_first(store: Store) -> None:
    for number in range(10):
        await store.inbox.add(new(number, repo=1))
    await store.inbox.add(new(20, repo=2))
    await store.inbox.add(new(30, repo=3))
    assert await _waiting(store, window=6) == ["d0", "d20", "d30", "d1", "d2", "d3"]


async def test_the_turn_goes_on_where_it_was(store: Store) -> None:
    for number in range(12):
        await store.inbox.add(new(number, repo=number % 4))
    served = [(await _waiting(store, window=1))[0] for _ in range(4)]
    assert served == ["d0", "d1", "d2", "d3"]


async def test_a_subject_has_one_delivery_under_way(store: Store) -> None:
    await store.inbox.add(new(1, subject="S"))
    await store.inbox.add(new(2, subject="S"))
    assert await _waiting(store) == ["d1"]
    first, second = await store.deliveries.get("d1"), await store.deliveries.get("d2")
    assert first is not None
    assert second is not None
    assert await store.agenda.begin(first, ["one"]) == ["d1:one"]
    assert await _waiting(store) == []
    assert await store.agenda.begin(second, ["one"]) is None  # also if somebody tries
    assert await store.agenda.begin(first, ["one"]) is None
    work = await store.agenda.start("d1:one", "w")
    assert work is not None
    await store.agenda.finish(work.claim)
    assert await _waiting(store) == ["d2"]


async def test_deliveries_without_a_subject_do_not_wait_for_each_other(store: Store) -> None:
    assert await _begun(store, 1, subject="")
    assert await _begun(store, 2, subject="")


async def test_one_installation_leaves_room_for_others(store: Store) -> None:
    for number in range(10):
        await store.inbox.add(new(number, installation=1, repo=number))
    await store.inbox.add(new(50, installation=2, repo=50))
    assert len(await _waiting(store, window=8, per_installation=3)) == 4
    assert "d50" in await _waiting(store, window=8, per_installation=3)


async def test_the_window_counts_what_is_under_way(store: Store) -> None:
    for number in range(3):
        await _begun(store, number)
    await store.inbox.add(new(8))
    await store.inbox.add(new(9))
    assert await _waiting(store, window=4) == ["d8"]
    assert await _waiting(store, window=3) == []


async def test_a_delivery_is_done_when_its_last_job_is(store: Store) -> None:
    jobs = await _begun(store, 1)
    states = []
    for job in jobs:
        work = await store.agenda.start(job, "w")
        assert work is not None
        await store.agenda.finish(work.claim)
        states.append(await store.deliveries.counts())
    assert states == [{"running": 1}, {"done": 1}]
    assert await store.agenda.start(jobs[0], "w") is None


async def test_a_job_put_off_comes_back_alone_and_a_failed_one_by_hand(
    store: Store, clock: ManualClock
) -> None:
    one, two = await _begun(store, 1)
    work = await store.agenda.start(one, "w")
    assert work is not None
    await store.agenda.finish(work.claim)
    work = await store.agenda.start(two, "w")
    assert work is not None
    await store.agenda.finish(work.claim, error="away", retry_at=clock.now() + timedelta(hours=1))

    assert await store.agenda.waiting(window=9, per_installation=9, now=clock.now()) == []
    clock.advance(3600)
    [again] = await store.agenda.waiting(window=9, per_installation=9, now=clock.now())
    assert again.attempt == 1
    assert await store.agenda.begin(again, ["one", "two"]) == ["d1:two:1"]
    work = await store.agenda.start("d1:two:1", "w")
    assert work is not None
    assert (work.plan_key, work.tries) == ("d1:two", 1)
    await store.agenda.finish(work.claim, error="broken")

    failed = await store.deliveries.get("d1")
    assert failed is not None
    assert (failed.state, failed.error) == ("failed", "broken")
    assert await store.deliveries.retry("d1")
    assert not await store.deliveries.retry("d1")
    [again] = await store.agenda.waiting(window=9, per_installation=9, now=clock.now())
    assert await store.agenda.begin(again, ["one", "two"]) == ["d1:two:2"]


async def test_a_delivery_that_lost_the_race_is_not_begun_for_an_old_attempt(
    store: Store, clock: ManualClock
) -> None:
    await _begun(store, 1)
    stale = await store.deliveries.get("d1")
    for job in ("d1:one", "d1:two"):
        work = await store.agenda.start(job, "w")
        assert work is not None
        await store.agenda.finish(work.claim, error="away", retry_at=clock.now())
    assert stale is not None
    assert await store.agenda.begin(stale, ["one", "two"]) is None


async def test_a_fenced_worker_cannot_end_the_job_of_its_successor(store: Store) -> None:
    [job, _] = await _begun(store, 1)
    sleeper = await store.agenda.start(job, "sleeper")
    heir = await store.agenda.start(job, "heir")
    assert sleeper is not None
    assert heir is not None
    with pytest.raises(Fenced):
        await store.agenda.finish(sleeper.claim, error="too late")
    await store.agenda.finish(heir.claim)
    with pytest.raises(Fenced):
        await store.claims.check(heir.claim)


async def test_a_put_off_counts_as_a_try_if_one_of_the_jobs_says_so(store: Store, clock: ManualClock) -> None:
    await store.inbox.add(new(1))
    tries = []
    for counted in [(False, False), (True, False), (False, True), (False, False)]:
        [delivery] = await store.agenda.waiting(window=9, per_installation=9, now=utc_now())
        for job, counts in zip(
            await store.agenda.begin(delivery, ["one", "two"]) or (), counted, strict=True
        ):
            work = await store.agenda.start(job, "w")
            assert work is not None
            await store.agenda.finish(work.claim, error="wait", retry_at=clock.now(), counted=counts)
        tries.append((delivery.attempt, work.tries))
    assert tries == [(0, 0), (1, 0), (2, 1), (3, 2)]


@pytest.mark.postgres
async def test_a_job_that_ends_while_another_worker_starts_it_stays_ended(
    tmp_path: Path, postgres_url: str
) -> None:
    store = open_store(Settings(data_dir=tmp_path, database_url=postgres_url))
    try:
        [job, _] = await _begun(store, 1)
        work = await store.agenda.start(job, "first")
        assert work is not None
        with store.database.engine.connect() as ending:  # what `finish` does, held just before its commit
            check(ending, work.claim)
            late = asyncio.create_task(store.agenda.start(job, "late"))
            await _somebody_waits_for_a_lock(store)
            ending.execute(update(jobs).where(jobs.c.job == job).values(state="done"))
            release(ending, work.claim)
            ending.commit()
        assert await late is None
        state = select(jobs.c.state).where(jobs.c.job == job)
        assert await store.database.read(lambda connection: connection.execute(state).scalar_one()) == "done"
        held = select(claims.c.held)
        assert not await store.database.read(lambda connection: connection.execute(held).scalar_one())
    finally:
        store.close()


async def _somebody_waits_for_a_lock(store: Store) -> None:
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(30):
        while not await store.database.read(lambda connection: connection.execute(waits).scalar_one()):
            pass


async def test_begun_work_is_found_again(store: Store, clock: ManualClock) -> None:
    jobs = await _begun(store, 1)
    assert await store.agenda.under_way(unchanged_since=clock.now() - timedelta(seconds=1)) == []
    found = await store.agenda.under_way(unchanged_since=clock.now())
    assert sorted(found) == [(job, "S1") for job in jobs]


async def test_a_long_backlog_costs_a_few_look_ups(store: Store) -> None:
    rows = [
        {
            "id": f"d{number}",
            "event": "issues.opened",
            "installation_id": number % 30 % 3 if number % 2 else 1,
            "repo_id": number % 30 if number % 2 else 999,
            "repo": "o/r",
            "subject_key": "hot" if number % 10 == 0 else f"S{number}",
            "received_at": utc_now(),
            "state": "stored",
            "error": "",
            "attempt": 0,
            "tries": 0,
            "not_before": utc_now(),
            "changed_at": utc_now(),
        }
        for number in range(MANY)
    ]
    await store.database.write(lambda connection: connection.execute(insert(deliveries), rows).close())
    if not store.database.sqlite:
        await store.database.write(lambda connection: connection.execute(text("ANALYZE deliveries")).close())
    served: Counter[int] = Counter()
    for _ in range(5):
        found = await store.agenda.waiting(window=16, per_installation=16, now=utc_now())
        assert len(found) == 16
        served.update(delivery.repo_id for delivery in found)
    assert max(served.values()) - min(served.values()) <= 2

    def plans(connection):
        explain = "EXPLAIN QUERY PLAN " if store.database.sqlite else "EXPLAIN "
        lane = "SELECT installation_id, repo_id FROM deliveries WHERE state = 'stored' AND (installation_id, repo_id) > (1, 5) ORDER BY installation_id, repo_id LIMIT 1"
        oldest = "SELECT * FROM deliveries WHERE state = 'stored' AND installation_id = 1 AND repo_id = 5 AND seq > 0 AND not_before <= 1 AND subject_key NOT IN ('a') ORDER BY seq LIMIT 1"
        return [str(connection.execute(text(explain + query)).all()) for query in (lane, oldest)]

    for plan in await store.database.read(plans):
        assert "deliveries_waiting" in plan
        assert "Seq Scan" not in plan
        assert "TEMP B-TREE" not in plan
