"""The points a minute that GitHub allows hold, whatever a worker and a command ask for at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.clock import ManualClock
from tests.support.github_lab import REPO, Lab, SteppingClock, lab_at

from triagebot.app import background
from triagebot.core.actions import AddLabels
from triagebot.github.client import GitHubClient
from triagebot.github.points import COMMAND, WORKERS, Reads, urgent
from triagebot.memory.repository import Memories
from triagebot.settings import Settings
from triagebot.store import open_store

RULE = "over 900 points a minute"


async def read(client: GitHubClient, lab: Lab, clock: SteppingClock, count: int) -> None:
    """Read as fast as the client lets, several at a time."""

    async def some() -> None:
        for _ in range(count // 4):
            await client.get(lab.installation, f"/repos/{REPO}")

    await asyncio.gather(*(some() for _ in range(4)))
    clock.leave()


async def write(client: GitHubClient, lab: Lab, clock: SteppingClock, count: int) -> None:
    """Write every second, as the governor lets."""
    path = f"/repos/{REPO}/issues/{lab.issue().number}/comments"
    for number in range(count):
        await client.send("POST", path, lab.installation, json={"body": f"Comment {number}"})
        await clock.sleep(1)
    clock.leave()


async def both(folder: Path, *, worker: int | None, command: int | None) -> list[str]:
    """Return the rules that were broken by a worker that reads and writes while a command reads."""
    async with lab_at(folder) as lab:
        clock = SteppingClock(lab.clock.path, workers=3)
        try:
            async with (
                lab.new_client(clock=clock, reads=worker) as working,
                lab.new_client(clock=clock, reads=command) as commanding,
            ):
                await asyncio.gather(
                    read(working, lab, clock, 1_200),
                    write(working, lab, clock, 70),
                    read(commanding, lab, clock, 600),
                )
        finally:
            clock.close()
        return lab.breaches


async def test_a_worker_that_reads_and_writes_and_a_command_stay_below_the_points(tmp_path: Path) -> None:
    assert RULE not in await both(tmp_path, worker=WORKERS, command=COMMAND)


async def test_without_shares_they_would_not(tmp_path: Path) -> None:
    assert RULE in await both(tmp_path, worker=None, command=None)


async def test_a_read_waits_for_the_minute_to_pass() -> None:
    clock = ManualClock()
    reads = Reads(clock, 3)
    for _ in range(3):
        await reads.turn(1)
    await reads.turn(2)  # another installation
    assert clock.slept == []
    await reads.turn(1)
    assert sum(clock.slept) == pytest.approx(62)
    reads.a_minute = 5
    await reads.turn(1)
    assert len(clock.slept) == 1


async def test_a_read_of_who_holds_the_turn_waits_for_nothing_but_counts() -> None:
    clock = ManualClock()
    reads = Reads(clock, 3)
    for _ in range(3):
        await reads.turn(1)
    with urgent():
        await reads.turn(1)
    assert clock.slept == []
    clock.advance(1)
    await reads.turn(1)
    assert sum(clock.slept) == pytest.approx(61)


async def test_who_waited_for_the_turn_looks_again_at_once_and_keeps_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The second look, in the turn, would wait a minute for its reads and lose the turn to another worker."""
    reads, waited = await _labelled(tmp_path_factory.mktemp("a"), reads=None)
    assert waited == pytest.approx(10, abs=1)
    _, waited = await _labelled(tmp_path_factory.mktemp("b"), reads=reads - 1)
    assert waited == pytest.approx(10, abs=1)


async def _labelled(folder: Path, *, reads: int | None) -> tuple[int, float]:
    """Put a label on ten seconds after a limit; return how many reads it took, and the seconds."""
    async with lab_at(folder) as lab, lab.new_client(reads=reads) as client:
        began = lab.clock.now()
        await lab.store.turns.block(lab.installation, began + timedelta(seconds=10), "resting")
        plan = lab.plan(lab.issue(), AddLabels(labels=("bug",)))
        await lab.executor(client).apply(plan, 0, await lab.claim(plan))
        (label,) = (at for at, each in enumerate(lab.sim.requests) if each.is_write and "labels" in each.path)
        found = sum(each.method == "GET" and "/repos/" in each.path for each in lab.sim.requests[:label])
        return found, (lab.clock.now() - began).total_seconds()


async def test_workers_share_what_is_for_all_of_them(tmp_path: Path) -> None:
    clock = ManualClock()
    store = open_store(Settings(data_dir=tmp_path / "shared"), now=clock.now)
    async with lab_at(tmp_path) as lab, lab.new_client(reads=WORKERS) as client:
        memories = Memories(store.history, store.growth, clock)
        loops = background.loops(Settings(data_dir=tmp_path), store, memories, client, clock)
        share = next(step for name, step, _ in loops if name == "share")
        await share()
        assert client.reads.a_minute == WORKERS
        for number in range(3):
            await store.workers.beat(f"worker-{number}", host="here", pid=number)
        await share()
        assert client.reads.a_minute == WORKERS // 3
        clock.advance(60)
        await store.workers.beat("worker-0", host="here", pid=0)
        await share()
        assert client.reads.a_minute == WORKERS
    store.close()
