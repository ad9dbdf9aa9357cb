"""The pace of writes: GitHub's rules hold over simulated hours, whatever the workers do."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.support.github_lab import REPO, Lab, SteppingClock, lab_at

from triagebot.core.actions import UpsertComment
from triagebot.core.errors import Fenced, RateLimited
from triagebot.github.governor import WriteGovernor
from triagebot.ports import Turns
from triagebot.settings import Settings
from triagebot.simulator.faults import Fault
from triagebot.store import Pace, Store, open_store


def summary(number: int) -> UpsertComment:
    return UpsertComment(slot="lab:summary", body=f"Summary {number}.")


async def write(lab: Lab, store: Store, clock: SteppingClock, worker: str, count: int) -> None:
    """Write `count` times as a worker with a client of its own, coming back when told to."""
    issue = lab.issue()
    claim = await lab.claim(lab.plan(issue, summary(1)), worker)
    governor = WriteGovernor(store.turns, store.claims, clock)
    path = f"/repos/{REPO}/issues/{issue.number}/comments"
    async with lab.new_client(clock=clock) as client:
        for number in range(count):
            while True:
                try:
                    async with governor.turn(lab.installation, claim):
                        await client.send("POST", path, lab.installation, json={"body": f"Comment {number}"})
                except RateLimited as error:
                    await clock.sleep((error.until - clock.now()).total_seconds())
                else:
                    break
    clock.leave()


async def test_three_workers_keep_every_rule_for_hours(tmp_path: Path) -> None:
    """The hour's 500 writes run out, and GitHub limits twice on its own account."""
    async with lab_at(tmp_path) as lab:
        lab.sim.faults.add(Fault("limit_403", "POST", "/comments$", nth=30))
        lab.sim.faults.add(Fault("limit_bare_403", "POST", "/comments$", nth=90))
        stores = [open_store(lab_settings(lab), now=lab.clock.now) for _ in range(2)]
        clock = SteppingClock(lab.clock.path, workers=3)
        try:
            await asyncio.gather(
                *(write(lab, stores[number % 2], clock, f"worker-{number}", 170) for number in range(3))
            )
        finally:
            clock.close()
            for store in stores:
                await asyncio.to_thread(store.close)
        assert lab.breaches == []
        comments = [len(issue.comments) for issue in lab.repo.issues.values()]
        assert comments == [170] * 3
        assert lab.clock.now() - lab.world.app.created_at > timedelta(hours=1)


def lab_settings(lab: Lab) -> Settings:
    return Settings(data_dir=lab.data_dir, _env_file=None)


async def test_one_writes_at_a_time_and_in_order(lab: Lab) -> None:
    governor = WriteGovernor(lab.store.turns, lab.store.claims, lab.clock)
    story: list[str] = []

    async def write(name: str) -> None:
        plan = lab.plan(lab.issue(), summary(1))
        claim = await lab.claim(plan, name)
        async with governor.turn(lab.installation, claim):
            story.append(f"{name} in at {(lab.clock.now() - lab.world.app.created_at).total_seconds():.0f}")
            await asyncio.sleep(0)
            story.append(f"{name} out")

    for name in ("a", "b", "c"):
        await write(name)
    assert story == ["a in at 0", "a out", "b in at 1", "b out", "c in at 2", "c out"]
    story.clear()
    await asyncio.gather(write("d"), write("e"), write("f"))
    assert [line.split()[1] for line in story] == ["in", "out"] * 3


async def test_a_limit_inside_a_turn_blocks_every_worker(lab: Lab) -> None:
    first, second = (WriteGovernor(lab.store.turns, lab.store.claims, lab.clock) for _ in range(2))
    plan = lab.plan(lab.issue(), summary(1))
    claim, until = await lab.claim(plan), lab.clock.now() + timedelta(seconds=45)
    with pytest.raises(RateLimited):
        async with first.turn(lab.installation, claim):
            raise RateLimited("slow down", until=until)
    async with second.turn(lab.installation, claim):
        assert lab.clock.now() >= until


async def test_a_long_block_is_not_sat_out(lab: Lab) -> None:
    governor = WriteGovernor(lab.store.turns, lab.store.claims, lab.clock)
    plan = lab.plan(lab.issue(), summary(1))
    claim, until = await lab.claim(plan), lab.clock.now() + timedelta(hours=1)
    await lab.store.turns.block(lab.installation, until, "told so")
    with pytest.raises(RateLimited) as limited:
        async with governor.turn(lab.installation, claim):
            raise AssertionError("the turn was given")
    assert limited.value.until == until


async def test_the_claim_is_checked_after_the_wait(lab: Lab) -> None:
    governor = WriteGovernor(lab.store.turns, lab.store.claims, lab.clock)
    plan = lab.plan(lab.issue(), summary(1))
    claim = await lab.claim(plan, "worker-1")
    await lab.claim(plan, "worker-2")
    with pytest.raises(Fenced):
        async with governor.turn(lab.installation, claim):
            raise AssertionError("the turn was given")


async def test_a_dead_holders_turn_is_taken_over(tmp_path: Path) -> None:
    async with lab_at(tmp_path, pace=Pace(held_at_most=timedelta(seconds=60))) as lab:
        await lab.store.turns.reserve(lab.installation, "dead worker", lab.clock.now())
        governor = WriteGovernor(lab.store.turns, lab.store.claims, lab.clock)
        start = lab.clock.now()
        async with governor.turn(lab.installation, await lab.claim(lab.plan(lab.issue(), summary(1)))):
            assert 60 <= (lab.clock.now() - start).total_seconds() <= 65


class LateAnswers:
    """The store's turns (`ports.Turns`), whose grants are answered only when the test says so."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.granted, self.answer = asyncio.Event(), asyncio.Event()

    async def reserve(self, installation_id: int, owner: str, now: datetime) -> datetime | None:
        again = await self._turns.reserve(installation_id, owner, now)
        self.granted.set()
        await self.answer.wait()
        return again

    async def finish(self, installation_id: int, owner: str, now: datetime) -> None:
        await self._turns.finish(installation_id, owner, now)

    async def block(self, installation_id: int, until: datetime, reason: str) -> None:
        await self._turns.block(installation_id, until, reason)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_turn_granted_to_a_cancelled_task_is_given_back(lab: Lab, times: int) -> None:
    turns = LateAnswers(lab.store.turns)
    governor = WriteGovernor(turns, lab.store.claims, lab.clock)
    claim = await lab.claim(lab.plan(lab.issue(), summary(1)))

    async def write() -> None:
        async with governor.turn(lab.installation, claim):
            raise AssertionError("the turn was given")

    task = asyncio.create_task(write())
    await turns.granted.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    turns.answer.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    later = lab.clock.now() + timedelta(seconds=2)
    assert await lab.store.turns.reserve(lab.installation, "the next", later) is None
