"""`kill -9` at any step: the next worker ends what was begun, and nothing is done twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from tests.support.stored import new
from tests.support.worker_process import ACTIONS, Diary, Options, Process, all_settled

from triagebot.store import Store, open_store

STEPS = [
    "deliveries.get after",
    "agenda.begin before",
    "agenda.begin after",
    "agenda.start before",
    "agenda.start after",
    "plans.plan before",
    "planning.plan before",
    "planning.plan after",
    "plans.save_plan before",
    "plans.save_plan after",
    "ledger.receipt before",
    "ledger.intent after",
    "ledger.attempting before",
    "ledger.attempting after",
    "executor.effect before",
    "executor.effect after",
    "ledger.settle before",
    "ledger.settle after",
    "agenda.finish before",
    "agenda.finish after",
]


async def _begin(options: Options, deliveries: int) -> Store:
    store = open_store(options.settings)
    for number in range(deliveries):
        await store.inbox.add(new(number, repo=number % 3))
    return store


def _assert_each_effect_once(options: Options, deliveries: int) -> None:
    diary = Diary(options.diary)
    assert diary.lines("TWICE") == []
    assert len(diary.effects()) == deliveries * len(options.handlers) * ACTIONS


async def test_killed_at_each_step_in_turn_nothing_is_lost_and_nothing_done_twice(tmp_path: Path) -> None:
    store = await _begin(Options(str(tmp_path)), 0)
    try:
        for number, step in enumerate(STEPS):
            await store.inbox.add(new(number, repo=number % 3))
            async with Process.start(Options(str(tmp_path), die_at=step)) as worker:
                assert await worker.ends() == -signal.SIGKILL, step
        async with Process.start(Options(str(tmp_path))) as last:
            assert await all_settled(store, last) == {"done": len(STEPS)}
    finally:
        store.close()
    _assert_each_effect_once(Options(str(tmp_path)), len(STEPS))


async def test_a_saved_plan_is_not_made_again(tmp_path: Path) -> None:
    options = Options(str(tmp_path), die_at="executor.effect before", handlers=["one"])
    store = await _begin(options, 1)
    try:
        async with Process.start(options) as first:
            assert await first.ends() == -signal.SIGKILL
        async with Process.start(options) as second:
            await all_settled(store, second)
    finally:
        store.close()
    assert len(Diary(options.diary).lines("planned")) == 1


async def test_sigterm_lets_the_running_job_end_and_keeps_the_rest(tmp_path: Path) -> None:
    options = Options(str(tmp_path), hold=True, workers=1, handlers=["one"])
    store = await _begin(options, 3)
    try:
        async with Process.start(options) as first:
            await first.says("holds")
            first.signal(signal.SIGTERM)
            first.go()
            first.go()
            assert await first.says("ended")
            assert await first.ends() == 0
        assert await store.deliveries.counts() == {"done": 1, "stored": 2}
        async with Process.start(Options(str(tmp_path), handlers=["one"])) as second:
            assert await all_settled(store, second) == {"done": 3}
    finally:
        store.close()
    _assert_each_effect_once(options, 3)


async def test_a_job_that_outlasts_the_drain_is_begun_again(tmp_path: Path) -> None:
    options = Options(str(tmp_path), hold=True, handlers=["one"], drain=0.1)
    store = await _begin(options, 1)
    try:
        async with Process.start(options) as first:
            await first.says("holds")
            first.signal(signal.SIGTERM)
            await first.says("cut")
            first.go()  # frees the thread that reads the input; the job itself is cut off
            assert await first.ends() == 0
        async with Process.start(Options(str(tmp_path), handlers=["one"])) as second:
            assert await all_settled(store, second) == {"done": 1}
    finally:
        store.close()
    _assert_each_effect_once(options, 1)


async def test_a_second_worker_on_sqlite_is_refused(tmp_path: Path) -> None:
    options = Options(str(tmp_path), hold=True, handlers=["one"])
    store = await _begin(options, 1)
    try:
        async with Process.start(options) as first:
            await first.says("holds")
            async with Process.start(options) as second:
                refusal = " ".join(await second.says("refused:"))
                assert f"process {first.pid}" in refusal
                assert await second.ends() == 1
    finally:
        store.close()


async def test_a_second_worker_on_the_same_file_is_refused_whatever_its_data_directory(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/shared.sqlite"
    options = Options(str(tmp_path / "a"), database_url=url, hold=True, handlers=["one"])
    store = await _begin(options, 1)
    try:
        async with Process.start(options) as first:
            await first.says("holds")
            other = Options(str(tmp_path / "b"), database_url=url, handlers=["one"])
            async with Process.start(other) as second:
                assert f"process {first.pid}" in " ".join(await second.says("refused:"))
                assert await second.ends() == 1
    finally:
        store.close()
    assert (tmp_path / "jobs.sqlite").exists()


async def test_a_worker_waits_for_one_that_is_just_ending(tmp_path: Path) -> None:
    options = Options(str(tmp_path), hold=True, handlers=["one"])
    store = await _begin(options, 1)
    try:
        async with Process.start(options) as first:
            await first.says("holds")
            async with Process.start(Options(str(tmp_path), handlers=["one"])) as second:
                await second.says("opened")
                first.signal(signal.SIGKILL)
                assert await all_settled(store, second) == {"done": 1}
    finally:
        store.close()


@pytest.mark.postgres
async def test_three_workers_and_one_is_killed(tmp_path: Path, postgres_url: str) -> None:
    options = Options(str(tmp_path), database_url=postgres_url, workers=4)
    store = await _begin(options, 40)
    try:
        async with (
            Process.start(options) as one,
            Process.start(options) as two,
            Process.start(options) as three,
        ):
            for _ in range(3):
                assert await three.says("ended")
            three.signal(signal.SIGKILL)
            drained = asyncio.create_task(_read_on(two))
            try:
                assert await all_settled(store, one) == {"done": 40}
            finally:
                drained.cancel()
                await asyncio.wait([drained])
    finally:
        store.close()
    _assert_each_effect_once(options, 40)


@pytest.mark.postgres
async def test_what_an_ending_worker_took_and_did_not_begin_is_taken_over_at_once(
    tmp_path: Path, postgres_url: str
) -> None:
    options = Options(str(tmp_path), database_url=postgres_url, workers=2, hold=True, drain=60.0)
    store = await _begin(options, 2)
    try:
        async with Process.start(options) as first:
            await first.says("holds")
            await first.says("holds")
            first.signal(signal.SIGTERM)
            await first.logs("worker stopping")
            for made in range(1, 2 * ACTIONS):  # after the last of these one job has ended, and one runs on
                first.go()
                await _until(store, lambda _, made=made: len(Diary(options.diary).effects()) == made)
            await _until(store, _second_job_is_taken)
            first.go()
            assert await first.ends() == 0
        heir = Options(str(tmp_path), database_url=postgres_url, silent=3600.0)
        async with Process.start(heir) as second:
            assert await all_settled(store, second) == {"done": 2}
    finally:
        store.close()
    _assert_each_effect_once(options, 2)


@pytest.mark.postgres
async def test_one_that_slept_through_its_death_is_fenced_out(tmp_path: Path, postgres_url: str) -> None:
    sleeper_options = Options(str(tmp_path), database_url=postgres_url, hold=True, handlers=["one"])
    store = await _begin(sleeper_options, 1)
    try:
        async with Process.start(sleeper_options) as sleeper:
            await sleeper.says("holds")
            sleeper.signal(signal.SIGSTOP)
            options = Options(str(tmp_path), database_url=postgres_url, handlers=["one"])
            async with Process.start(options) as heir:
                assert await all_settled(store, heir) == {"done": 1}
                sleeper.signal(signal.SIGCONT)
                sleeper.go()
                assert await sleeper.says("fenced")
    finally:
        store.close()
    _assert_each_effect_once(options, 1)


async def _until(store: Store, holds: Callable[[Connection], bool]) -> None:
    async with asyncio.timeout(60):
        while not await store.database.read(holds):
            pass


def _second_job_is_taken(connection: Connection) -> bool:
    taken = text(
        "SELECT 1 FROM dbos.workflow_status WHERE status = 'PENDING' AND workflow_uuid LIKE '%\\:two'"
    )
    return connection.execute(taken).first() is not None


async def _read_on(process: Process) -> None:
    while await process.says("ended"):
        pass
