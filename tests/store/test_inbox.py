"""A delivery is on disk before anybody is told so, once, whatever happens to the process or the disk."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.clock import ManualClock
from tests.support.stored import new

from triagebot.core.errors import StoreUnavailable
from triagebot.settings import Settings
from triagebot.store import Database, Store, open_store
from triagebot.store.engine import sqlite_engine
from triagebot.store.inbox import WAITING_ROWS


async def test_a_thousand_copies_at_a_time_are_one_delivery(store: Store) -> None:
    answers = await asyncio.gather(*(store.inbox.add(new(1)) for _ in range(1000)))
    assert sorted(answers, reverse=True) == [True] + [False] * 999
    assert await store.deliveries.counts() == {"stored": 1}


async def test_a_delivery_comes_back_as_it_went_in(store: Store) -> None:
    sent = replace(
        new(1), payload=b'{"body": "\xf0\x9f\x90\x99 and more"}' * 400, received_at=store.database.now()
    )
    assert await store.inbox.add(sent)
    assert await store.deliveries.get("d1") == sent


async def test_an_id_is_known_29_days_later_when_the_payload_is_gone(
    store: Store, clock: ManualClock
) -> None:
    await store.inbox.add(replace(new(1), received_at=clock.now()))
    await store.agenda.ignore("d1")
    clock.advance(timedelta(days=29).total_seconds())
    await store.retention.forget(keep_days=7, now=clock.now())
    kept = await store.deliveries.get("d1")
    assert kept is not None
    assert kept.payload == b""
    assert not await store.inbox.add(new(1))


async def test_an_ignored_event_is_noted_without_payload(store: Store) -> None:
    assert await store.inbox.add(replace(new(1), state="ignored", payload=b""))
    assert await store.agenda.waiting(window=9, per_installation=9, now=store.database.now()) == []
    assert await store.deliveries.counts() == {"ignored": 1}


@pytest.mark.parametrize(
    "delivery",
    [
        pytest.param(replace(new(1), event="issues.\0", repo="o/\0"), id="nul"),
        pytest.param(replace(new(1), event="issues.\ud800"), id="lone-surrogate"),
        pytest.param(replace(new(1), subject_key="s" * 10_000, event="e" * 10_000), id="long"),
        pytest.param(replace(new(1), installation_id=2**63 - 1, repo_id=2**63 - 1), id="large-numbers"),
    ],
)
async def test_odd_values_are_kept(store: Store, delivery: object) -> None:
    assert await store.inbox.add(delivery)  # type: ignore[arg-type]
    [waiting] = await store.agenda.waiting(window=9, per_installation=9, now=new(1).received_at)
    assert await store.agenda.begin(waiting, ["triage"]) == ["d1:triage"]


async def test_one_row_that_no_database_takes_fails_alone(store: Store) -> None:
    answers = await asyncio.gather(
        *(store.inbox.add(new(number)) for number in range(5)),
        store.inbox.add(replace(new(9), repo_id=2**80)),
        *(store.inbox.add(new(number)) for number in range(10, 15)),
        return_exceptions=True,
    )
    assert [answer for answer in answers if answer is True] == [True] * 10
    assert isinstance(answers[5], StoreUnavailable)
    assert await store.deliveries.counts() == {"stored": 10}


async def test_what_waits_in_memory_is_bounded(store: Store) -> None:
    answers = await asyncio.gather(
        *(store.inbox.add(new(number)) for number in range(WAITING_ROWS + 50)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, StoreUnavailable)]
    assert len(refused) == 50
    assert await store.deliveries.counts() == {"stored": WAITING_ROWS}
    assert await store.inbox.add(new(10**6))


async def test_a_caller_that_gives_up_does_not_hurt_the_others(store: Store) -> None:
    tasks = [asyncio.create_task(store.inbox.add(new(number))) for number in range(20)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[3], asyncio.CancelledError)
    assert answers.count(True) == 19


async def test_a_locked_database_is_said_and_survived(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    open_store(settings).close()
    store = Store(Database(sqlite_engine(tmp_path / "triagebot.sqlite", patience=0.1)))
    try:
        with closing(sqlite3.connect(tmp_path / "triagebot.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="nothing was kept"):
                await store.inbox.add(new(1))
            other.execute("ROLLBACK")
        assert await store.inbox.add(new(1))
    finally:
        store.close()


async def test_a_full_disk_is_said_and_survived(tmp_path: Path) -> None:
    store = open_store(Settings(data_dir=tmp_path))
    noise = os.urandom(300_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(file.stat().st_size for file in tmp_path.iterdir())  # noqa: ASYNC240
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 100_000, hard))
        with pytest.raises(StoreUnavailable, match="nothing was kept"):
            await store.inbox.add(replace(new(1), payload=noise))
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert await store.deliveries.get("d1") is None
        assert await store.inbox.add(replace(new(1), payload=noise))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        store.close()


@pytest.mark.parametrize("killed_after", [1, 7, 60, 300])
async def test_what_was_answered_with_true_survives_kill_9(tmp_path: Path, killed_after: int) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.intake_process", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    told = [(await process.stdout.readline()).decode().strip() for _ in range(killed_after)]
    process.kill()
    rest = (await process.stdout.read()).decode().splitlines(keepends=True)
    told += [line.strip() for line in rest if line.endswith("\n")]
    await process.wait()
    store = open_store(Settings(data_dir=tmp_path))
    try:
        assert len(told) >= killed_after
        assert await store.deliveries.known(told) == set(told)
        assert (await store.deliveries.get(told[-1])).payload  # type: ignore[union-attr]
    finally:
        store.close()


def test_every_commit_is_synced(tmp_path: Path) -> None:
    store = open_store(Settings(data_dir=tmp_path))
    try:
        with store.database.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    finally:
        store.close()
    assert (tmp_path / "triagebot.sqlite").stat().st_mode & 0o777 == 0o600
