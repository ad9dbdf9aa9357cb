"""The rate rules: breaches are counted, answered where asked for, and calling on ends in a ban."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.clock import ManualClock
from tests.support.github_api import Api, signed_in

from triagebot.simulator import Fault, Simulator

LABELS = "/repos/octo/parser/issues/1/labels"


@pytest.fixture
async def api(sim: Simulator) -> AsyncIterator[Api]:
    sim.limits.pacing = True
    sim.world.open_issue("octo/parser", "hubot", "Crash")
    async with signed_in(sim) as client:
        yield client


def rules(sim: Simulator) -> list[str]:
    return [each.rule for each in sim.limits.breaches]


async def test_a_second_between_writes_is_well_behaved(api: Api, sim: Simulator, clock: ManualClock) -> None:
    for number in range(60):
        clock.advance(1)
        await api.post(LABELS, {"labels": [f"l{number}"]})
    assert rules(sim) == []


async def test_two_writes_in_a_second_are_not(api: Api, sim: Simulator, clock: ManualClock) -> None:
    await api.post(LABELS, {"labels": ["a"]})
    clock.advance(0.5)
    await api.post(LABELS, {"labels": ["b"]})
    assert rules(sim) == ["writes less than a second apart"]
    sim.limits.pacing = False
    await api.post(LABELS, {"labels": ["c"]})
    assert len(sim.limits.breaches) == 1


async def test_two_writes_at_once_are_not(api: Api, sim: Simulator, clock: ManualClock) -> None:
    second: list[httpx.Response] = []

    async def another(phase: str, record: object) -> None:
        if phase == "committed" and not second:
            sim.on_request = None
            clock.advance(2)
            second.append(await api.post(LABELS, {"labels": ["b"]}))

    sim.on_request = another
    await api.post(LABELS, {"labels": ["a"]})
    assert rules(sim) == ["more than one write at a time"]


async def test_the_minute_and_the_hour_are_counted(api: Api, sim: Simulator, clock: ManualClock) -> None:
    sim.limits.slack = 1
    for _ in range(81):
        clock.advance(0.7)
        await api.post(LABELS, {"labels": ["a"]})
    assert rules(sim) == ["over 80 writes a minute"]
    clock.advance(61)
    for _ in range(420):
        clock.advance(2)
        await api.post(LABELS, {"labels": ["a"]})
    assert rules(sim) == ["over 80 writes a minute", "over 500 writes an hour"]


async def test_reads_are_counted_by_points(api: Api, sim: Simulator) -> None:
    for _ in range(901):
        await api.client.get(LABELS, headers={"Authorization": f"token {api.token}"})
    assert rules(sim) == ["over 900 points a minute"]


async def test_enforced_a_breach_is_answered_and_calling_on_is_banned(
    api: Api, sim: Simulator, clock: ManualClock
) -> None:
    sim.limits.enforce = True
    await api.post(LABELS, {"labels": ["a"]})
    assert (await api.post(LABELS, {"labels": ["b"]})).status_code in (403, 422, 429)
    assert [label.name for label in sim.world.issue("octo/parser", 1).labels] == ["a"]
    clock.advance(61)
    assert (await api.post(LABELS, {"labels": ["b"]})).status_code == 200
    assert (await api.post(LABELS, {"labels": ["c"]})).status_code != 200
    for _ in range(10):
        clock.advance(2)
        assert (await api.post(LABELS, {"labels": ["c"]})).status_code == 403
    clock.advance(3_600)
    await api.sign_in()
    assert (await api.get(LABELS)).status_code == 403
    assert sim.limits.account(next(iter(sim.world.installations))).banned


@pytest.mark.parametrize(
    ("kind", "status", "retry_after", "code"),
    [
        pytest.param("limit_403", 403, "30", None, id="403 with retry-after"),
        pytest.param("limit_429", 429, "30", None, id="429 with retry-after"),
        pytest.param("limit_bare_403", 403, None, None, id="403 without headers"),
        pytest.param("abuse_422", 422, None, "abuse", id="422 abuse"),
    ],
)
async def test_limits_in_each_of_github_s_ways(
    api: Api,
    sim: Simulator,
    clock: ManualClock,
    kind: str,
    status: int,
    retry_after: str | None,
    code: str | None,
) -> None:
    sim.faults.add(Fault(kind, method="POST", path="/labels", seconds=30))
    answer = await api.post(LABELS, {"labels": ["a"]})
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after)
    assert (answer.json().get("errors") or [{}])[0].get("code") == code
    assert ("x-ratelimit-remaining" in answer.headers) == (kind != "limit_bare_403")
    clock.advance(29)
    await api.post(LABELS, {"labels": ["a"]})
    assert rules(sim) == ["called while limited"]
    clock.advance(2)
    assert (await api.post(LABELS, {"labels": ["a"]})).status_code == 200


async def test_the_hourly_limit_tells_when_it_ends(api: Api, sim: Simulator, clock: ManualClock) -> None:
    sim.limits.exhaust(next(iter(sim.world.installations)))
    answer = await api.get(LABELS)
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (403, "0")
    clock.advance(int(answer.headers["x-ratelimit-reset"]) - clock.now().timestamp())
    await api.sign_in()
    assert (await api.get(LABELS)).status_code == 200
