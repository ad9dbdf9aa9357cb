"""Faults: what was done, what was answered, and what is seen afterwards."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from tests.support.clock import ManualClock
from tests.support.github_api import Api

from triagebot.simulator import Fault, Issue, RequestRecord, Simulator

COMMENTS = "/repos/octo/parser/issues/1/comments"


@pytest.fixture(autouse=True)
def issue(sim: Simulator) -> Issue:
    return sim.world.open_issue("octo/parser", "hubot", "Crash")


@pytest.mark.parametrize(
    ("kind", "answer", "done"),
    [
        pytest.param("error_before", 502, False, id="5xx before"),
        pytest.param("error_after", 502, True, id="5xx after"),
        pytest.param("reset_before", None, False, id="reset before"),
        pytest.param("reset_after", None, True, id="reset after"),
        pytest.param("unauthorized", 401, False, id="401"),
        pytest.param("delay", 201, True, id="late answer"),
    ],
)
async def test_only_the_nth_matching_request_is_struck(
    api: Api, sim: Simulator, issue: Issue, kind: str, answer: int | None, done: bool
) -> None:
    fault = sim.faults.add(Fault(kind, method="POST", path=r"/issues/\d+/comments$", nth=2, seconds=30))
    assert (await api.post(COMMENTS, {"body": "one"})).status_code == 201
    if answer is None:
        with pytest.raises(httpx.TransportError):
            await api.post(COMMENTS, {"body": "two"})
    else:
        assert (await api.post(COMMENTS, {"body": "two"})).status_code == answer
    assert (await api.post(COMMENTS, {"body": "three"})).status_code == 201
    assert [each.body for each in issue.comments.values()] == (
        ["one", "two", "three"] if done else ["one", "three"]
    )
    assert fault.struck == 1
    assert [each.fault for each in sim.requests if each.method == "POST" and each.is_write] == [
        None,
        kind,
        None,
    ]


async def test_an_expired_token_stays_dead(api: Api, sim: Simulator) -> None:
    sim.faults.add(Fault("token_expired", path="/comments"))
    assert [(await api.get(COMMENTS)).status_code for _ in range(2)] == [401, 401]
    await api.sign_in()
    assert (await api.get(COMMENTS)).status_code == 200


async def test_a_late_commit_happens_when_it_is_released(api: Api, sim: Simulator, issue: Issue) -> None:
    sim.faults.add(Fault("late_commit", method="POST", path="/comments"))
    assert (await api.post(COMMENTS, {"body": "late"})).status_code == 502
    assert (await api.get(COMMENTS)).json() == []
    sim.faults.release()
    assert [each["body"] for each in (await api.get(COMMENTS)).json()] == ["late"]


async def test_a_late_commit_happens_at_its_time() -> None:
    clock = ManualClock(auto=False)
    async with (
        Simulator.start(clock=clock, pacing=False) as sim,
        httpx.AsyncClient(base_url=sim.url) as client,
    ):
        sim.world.add_repo("octo/parser")
        issue = sim.world.open_issue("octo/parser", "hubot", "Crash")
        api = Api(sim, client)
        await api.sign_in()
        sim.faults.add(Fault("late_reset", method="POST", path="/comments", seconds=20))
        with pytest.raises(httpx.TransportError):
            await api.post(COMMENTS, {"body": "late"})
        clock.advance(19)
        assert (await api.get(COMMENTS)).json() == []
        clock.advance(2)
        assert [each["body"] for each in (await api.get(COMMENTS)).json()] == ["late"]
        assert len(issue.comments) == 1


async def test_a_stale_read_sees_the_past_as_often_as_told(api: Api, sim: Simulator) -> None:
    sim.faults.add(Fault("stale", method="GET", path="/comments", back=1, times=2))
    await api.post(COMMENTS, {"body": "one"})
    assert (await api.get(COMMENTS)).json() == []
    await api.post(COMMENTS, {"body": "two"})
    assert [each["body"] for each in (await api.get(COMMENTS)).json()] == ["one"]
    assert [each["body"] for each in (await api.get(COMMENTS)).json()] == ["one", "two"]


async def test_the_same_seed_makes_the_same_faults(api: Api, sim: Simulator) -> None:
    async def outcome() -> list[int]:
        sim.faults.chaos(7, 0.5, ("error_before", "error_after", "unauthorized"))
        return [(await api.get(COMMENTS)).status_code for _ in range(30)]

    first = await outcome()
    assert first == await outcome()
    assert len(set(first)) == 3
    sim.faults.clear()
    assert (await api.get(COMMENTS)).status_code == 200


async def test_an_observer_sees_each_request_before_and_after_its_commit(
    api: Api, sim: Simulator, issue: Issue
) -> None:
    seen: list[tuple[str, int, int]] = []

    def observe(phase: str, record: RequestRecord) -> None:
        seen.append((phase, len(issue.comments), record.status))

    sim.on_request = observe
    await api.post(COMMENTS, {"body": "one"})
    assert seen == [("received", 0, 0), ("committed", 1, 0), ("answered", 1, 201)]
    assert sim.count("POST", "comments$") == 1


async def test_a_client_that_gives_up_does_not_undo(api: Api, sim: Simulator, issue: Issue) -> None:
    held = asyncio.Event()

    async def hold(phase: str, record: RequestRecord) -> None:
        if phase == "committed":
            await held.wait()

    sim.on_request = hold
    with pytest.raises(httpx.ReadTimeout):
        await api.post(COMMENTS, {"body": "one"}, timeout=0.05)
    held.set()
    sim.on_request = None
    assert [each["body"] for each in (await api.get(COMMENTS)).json()] == ["one"]
