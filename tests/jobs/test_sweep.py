"""Deliveries that GitHub could not deliver come back, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from tests.support.clock import ManualClock
from tests.support.stored import new

from triagebot.core.errors import Refused, Unavailable
from triagebot.jobs.sweep import EVERY, MOST, Sweep
from triagebot.store import Store


@dataclass(frozen=True)
class Tried:
    id: int
    delivery_id: str
    delivered_at: datetime
    succeeded: bool
    refused: bool = False


@dataclass
class Hook:
    """GitHub's side: tries each delivery once, keeps the list for three days, redelivers when asked."""

    store: Store
    clock: ManualClock
    up: bool = True
    secret: bool = True
    tries: list[Tried] = field(default_factory=list)
    away: bool = False
    refuses: set[str] = field(default_factory=set)
    worked: dict[str, int] = field(default_factory=dict)

    async def deliver(self, number: int) -> None:
        arrives = self.up and self.secret
        if arrives and await self.store.inbox.add(replace(new(number), received_at=self.clock.now())):
            self.worked[f"d{number}"] = self.worked.get(f"d{number}", 0) + 1
        refused = self.up and not self.secret
        self.tries.append(Tried(len(self.tries), f"d{number}", self.clock.now(), arrives, refused))

    async def list(self, since: datetime) -> Sequence[Tried]:
        if self.away:
            raise Unavailable("GitHub is away")
        kept = max(since, self.clock.now() - timedelta(days=3))
        return [one for one in reversed(self.tries) if one.delivered_at >= kept]

    async def redeliver(self, attempt_id: int) -> None:
        one = self.tries[attempt_id]
        if one.delivery_id in self.refuses:
            raise Refused("too old", status=404)
        await self.deliver(int(one.delivery_id[1:]))


@pytest.fixture
def hook(store: Store, clock: ManualClock) -> Hook:
    return Hook(store, clock)


@pytest.fixture
def sweep(store: Store, clock: ManualClock, hook: Hook) -> Sweep:
    return Sweep(hook, store.deliveries, store.marks, clock)


async def test_an_outage_of_71_hours_loses_nothing_and_repeats_nothing(
    hook: Hook, sweep: Sweep, clock: ManualClock
) -> None:
    await sweep.if_due()
    numbers = iter(range(10_000))
    for _ in range(5):
        await hook.deliver(next(numbers))
    hook.up = False
    for _ in range(142):
        clock.advance(1800)
        await hook.deliver(next(numbers))
    hook.up = True
    assert await sweep.if_due() == 142
    assert hook.worked == {f"d{number}": 1 for number in range(147)}
    for _ in range(12):
        clock.advance(EVERY.total_seconds())
        assert await sweep.if_due() == 0
    assert len(hook.tries) == 147 + 142


async def test_a_new_installation_looks_back_three_days(hook: Hook, sweep: Sweep, clock: ManualClock) -> None:
    hook.up = False
    await hook.deliver(1)
    clock.advance(timedelta(days=2, hours=23).total_seconds())
    hook.up = True
    assert await sweep.if_due() == 1


async def test_a_redelivery_that_failed_too_is_asked_for_again(
    hook: Hook, sweep: Sweep, clock: ManualClock
) -> None:
    hook.up = False
    await hook.deliver(1)
    assert await sweep.if_due() == 1
    clock.advance(timedelta(hours=1).total_seconds())
    hook.up = True
    assert hook.worked == {}
    await hook.deliver(2)
    clock.advance(1)
    hook.tries.append(
        replace(hook.tries[0], id=len(hook.tries), delivered_at=clock.now())
    )  # and failed again
    assert await sweep.if_due() == 1
    assert hook.worked == {"d1": 1, "d2": 1}


async def test_after_a_sweep_that_failed_the_next_one_covers_its_stretch(
    hook: Hook, sweep: Sweep, clock: ManualClock
) -> None:
    await sweep.if_due()
    clock.advance(3600)
    hook.up = False
    await hook.deliver(1)
    hook.up, hook.away = True, True
    clock.advance(60)
    with pytest.raises(Unavailable):
        await sweep.if_due()
    hook.away = False
    clock.advance(5 * 3600)
    assert await sweep.if_due() == 1


async def test_one_that_github_refuses_does_not_stop_the_others(hook: Hook, sweep: Sweep) -> None:
    hook.up = False
    for number in range(3):
        await hook.deliver(number)
    hook.up, hook.refuses = True, {"d0"}
    assert await sweep.if_due() == 2
    assert hook.worked == {"d1": 1, "d2": 1}


async def test_what_is_stored_is_not_asked_for_though_its_answer_was_lost(
    hook: Hook, sweep: Sweep, store: Store, clock: ManualClock
) -> None:
    hook.up = False
    await hook.deliver(1)
    await store.inbox.add(new(1))
    assert await sweep.if_due() == 0


async def test_of_several_workers_one_sweeps(
    hook: Hook, sweep: Sweep, store: Store, clock: ManualClock
) -> None:
    hook.up = False
    await hook.deliver(1)
    other = Sweep(hook, store.deliveries, store.marks, clock)
    assert [await sweep.if_due(), await other.if_due()] == [1, 0]


async def test_what_this_service_refuses_is_asked_for_by_hand_only(
    hook: Hook, sweep: Sweep, clock: ManualClock
) -> None:
    await sweep.if_due()
    hook.secret = False
    clock.advance(3600)
    await hook.deliver(1)
    for _ in range(12):
        clock.advance(EVERY.total_seconds())
        assert await sweep.if_due() == 0
    assert len(hook.tries) == 1
    hook.secret = True
    assert await sweep.now(refused=True) == 1
    assert hook.worked == {"d1": 1}


async def test_the_latest_attempt_says_whether_it_was_refused(
    hook: Hook, sweep: Sweep, clock: ManualClock
) -> None:
    hook.up = False
    await hook.deliver(1)
    hook.up, hook.secret = True, False
    assert await sweep.if_due() == 1  # away then, refused now
    clock.advance(EVERY.total_seconds())
    assert await sweep.if_due() == 0
    hook.up = False
    clock.advance(1)
    await hook.redeliver(0)  # by hand, while the service is away
    hook.up = hook.secret = True
    clock.advance(EVERY.total_seconds())
    assert await sweep.if_due() == 1


async def test_a_sweep_that_is_cut_is_gone_on_with(hook: Hook, sweep: Sweep, clock: ManualClock) -> None:
    await sweep.if_due()
    hook.up = False
    for number in range(MOST + 3):
        clock.advance(1)
        await hook.deliver(number)
    hook.up = True
    clock.advance(3600)
    assert await sweep.if_due() == MOST
    clock.advance(3600)
    assert await sweep.if_due() == 3
    assert hook.worked == {f"d{number}": 1 for number in range(MOST + 3)}
