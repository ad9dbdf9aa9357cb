"""How a job ends: well, later, or with an error that a person can read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.support.clock import ManualClock
from tests.support.stored import new

from triagebot.core.actions import Plan, React, Receipt, Status
from triagebot.core.errors import Gone, ModelUnavailable, ParserUnavailable, RateLimited, Unavailable
from triagebot.jobs.runner import PAUSES, RATE_LIMITED_FOR, Runner
from triagebot.ports import Claim, StoredDelivery
from triagebot.store import Store


class Script:
    """A planner and an executor that do what the test says; a step that is an error is raised."""

    def __init__(self, store: Store, clock: ManualClock, actions: int = 3) -> None:
        self.store, self.clock, self.actions = store, clock, actions
        self.plans = 0
        self.planning: list[Exception] = []
        self.applying: dict[int, Exception] = {}
        self.status = Status.APPLIED
        self.on_apply: Callable[[Claim], object] | None = None

    def handlers_for(self, stored: StoredDelivery) -> tuple[str, ...]:
        return ("one",)

    async def plan(self, stored: StoredDelivery, name: str) -> Plan:
        self.plans += 1
        if self.planning:
            raise self.planning.pop(0)
        return Plan(
            key=f"{stored.id}:{name}",
            delivery_id=stored.id,
            handler=name,
            target=None,
            actions=(React(content="eyes"),) * self.actions,
            created_at=self.clock.now(),
        )

    async def apply(self, plan: Plan, index: int, claim: Claim) -> Receipt:
        if error := self.applying.pop(index, None):
            raise error
        receipt = Receipt(
            plan_key=plan.key, index=index, kind="react", status=self.status, detail="so", at=self.clock.now()
        )
        return await self.store.ledger.settle(receipt, claim)


@pytest.fixture
def script(store: Store, clock: ManualClock) -> Script:
    return Script(store, clock)


@pytest.fixture
def runner(store: Store, clock: ManualClock, script: Script) -> Runner:
    return Runner(
        agenda=store.agenda,
        plans=store.plans,
        ledger=store.ledger,
        planning=script,
        executor=script,
        clock=clock,
        owner="w",
        redact=lambda text: text.replace("hunter2", "[secret]"),
    )


async def _run(store: Store, runner: Runner, at: datetime) -> StoredDelivery:
    """Work the one delivery once, if its time has come, and return what it is then."""
    for delivery in await store.agenda.waiting(window=1, per_installation=1, now=at):
        for job in await store.agenda.begin(delivery, ["one"]) or ():
            await runner.run(job)
    found = await store.deliveries.get("d1")
    assert found is not None
    return found


async def test_a_job_that_goes_well(store: Store, runner: Runner, clock: ManualClock) -> None:
    await store.inbox.add(new(1))
    clock.set(new(1).received_at)
    assert (await _run(store, runner, clock.now())).state == "done"
    assert [receipt.index for receipt in await store.plans.receipts("d1:one")] == [0, 1, 2]


@pytest.mark.parametrize("missing", [Unavailable, ParserUnavailable])
async def test_while_something_is_away_it_comes_back_later_each_time_until_it_gives_up(
    store: Store, runner: Runner, script: Script, clock: ManualClock, missing: type[Exception]
) -> None:
    await store.inbox.add(new(1))
    clock.set(new(1).received_at)
    for pause in PAUSES:
        script.applying = {1: missing("502 from GitHub")}
        put_off = await _run(store, runner, clock.now())
        assert (put_off.state, put_off.error) == ("stored", "502 from GitHub")
        clock.advance(pause.total_seconds() - 0.5)
        assert (await _run(store, runner, clock.now())).attempt == put_off.attempt  # not yet
        clock.advance(0.5)
    script.applying = {1: missing("502 from GitHub")}
    failed = await _run(store, runner, clock.now())
    assert failed.state == "failed"
    assert failed.error.startswith(f"Given up after {len(PAUSES) + 1} tries: 502 from GitHub")
    assert script.plans == 1  # the model was not asked again

    assert await store.deliveries.retry("d1")
    assert (await _run(store, runner, clock.now())).state == "done"
    assert script.plans == 1


async def test_a_rate_limit_puts_off_to_its_end_and_is_no_failure(
    store: Store, runner: Runner, script: Script, clock: ManualClock
) -> None:
    await store.inbox.add(new(1))
    clock.set(new(1).received_at)
    for _ in range(2 * len(PAUSES)):
        script.applying = {0: RateLimited("slow down", until=clock.now() + timedelta(hours=1))}
        assert (await _run(store, runner, clock.now())).state == "stored"
        clock.advance(3599)
        assert await store.agenda.waiting(window=1, per_installation=1, now=clock.now()) == []
        clock.advance(1)
    assert (await _run(store, runner, clock.now())).state == "done"


async def test_rate_limits_leave_the_tries_for_errors(
    store: Store, runner: Runner, script: Script, clock: ManualClock
) -> None:
    await store.inbox.add(new(1))
    clock.set(new(1).received_at)
    for number in range(2 * len(PAUSES)):
        script.applying = {0: RateLimited("slow down", until=clock.now() + timedelta(hours=1))}
        assert (await _run(store, runner, clock.now())).attempt == number + 1
        clock.advance(3600)
    script.applying = {0: Unavailable("502 from GitHub")}
    assert (await _run(store, runner, clock.now())).state == "stored"
    clock.advance(PAUSES[0].total_seconds())
    assert (await _run(store, runner, clock.now())).state == "done"


async def test_rate_limits_alone_put_off_for_a_limited_time(
    store: Store, runner: Runner, script: Script, clock: ManualClock
) -> None:
    await store.inbox.add(new(1))
    clock.set(new(1).received_at)
    script.applying = {0: RateLimited("slow down", until=clock.now() + RATE_LIMITED_FOR)}
    assert (await _run(store, runner, clock.now())).state == "stored"
    clock.advance(RATE_LIMITED_FOR.total_seconds() + 60)
    script.applying = {0: RateLimited("slow down", until=clock.now() + timedelta(hours=1))}
    failed = await _run(store, runner, clock.now())
    assert (failed.state, failed.error) == ("failed", "RateLimited: slow down")


async def test_when_the_subject_is_gone_the_rest_is_refused_and_the_job_done(
    store: Store, runner: Runner, script: Script, clock: ManualClock
) -> None:
    await store.inbox.add(new(1))
    clock.set(new(1).received_at)
    script.applying = {1: Gone("the issue was deleted", status=410)}
    assert (await _run(store, runner, clock.now())).state == "done"
    receipts = await store.plans.receipts("d1:one")
    assert [receipt.status for receipt in receipts] == [Status.APPLIED, Status.REFUSED, Status.REFUSED]
    assert receipts[2].detail == "gone: the issue was deleted"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(ValueError("a defect with hunter2"), "ValueError: a defect with [secret]", id="defect"),
        pytest.param(ModelUnavailable("no model"), "ModelUnavailable: no model", id="deliberate"),
    ],
)
async def test_any_other_error_ends_the_job_with_its_text(
    store: Store, runner: Runner, script: Script, clock: ManualClock, error: Exception, text: str
) -> None:
    await store.inbox.add(new(1))
    clock.set(new(1).received_at)
    script.planning = [error]
    failed = await _run(store, runner, clock.now())
    assert (failed.state, failed.error) == ("failed", text)


async def test_an_action_that_failed_fails_the_delivery_visibly(
    store: Store, runner: Runner, script: Script, clock: ManualClock
) -> None:
    await store.inbox.add(new(1))
    clock.set(new(1).received_at)
    script.status = Status.FAILED
    failed = await _run(store, runner, clock.now())
    assert (failed.state, failed.error) == ("failed", "react: so; react: so; react: so")


async def test_a_worker_that_is_overtaken_stops_and_leaves_the_job_to_its_successor(
    store: Store, runner: Runner, script: Script, clock: ManualClock
) -> None:
    await store.inbox.add(new(1))
    clock.set(new(1).received_at)

    class Overtaken(Script):
        async def apply(self, plan: Plan, index: int, claim: Claim) -> Receipt:
            if index == 1:
                await self.store.agenda.start(claim.job, "heir")
            return await super().apply(plan, index, claim)

    slow = Overtaken(store, clock)
    await _run(store, Runner(**{**vars(runner), "executor": slow}), clock.now())
    assert await store.deliveries.counts() == {"running": 1}
    assert len(await store.plans.receipts("d1:one")) == 1
    await runner.run("d1:one")
    assert await store.deliveries.counts() == {"done": 1}


async def test_a_job_that_the_engine_gave_up_is_tried_again(
    store: Store, runner: Runner, clock: ManualClock
) -> None:
    await store.inbox.add(new(1))
    clock.set(new(1).received_at)
    [delivery] = await store.agenda.waiting(window=1, per_installation=1, now=clock.now())
    [job] = await store.agenda.begin(delivery, ["one"]) or ()
    await runner.lost(job)
    assert await store.deliveries.counts() == {"stored": 1}
    clock.advance(PAUSES[0].total_seconds())
    assert (await _run(store, runner, clock.now())).state == "done"
    await runner.lost(job)  # it has ended: nothing happens
    assert await store.deliveries.counts() == {"done": 1}
