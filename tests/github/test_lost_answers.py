"""GitHub fails at each write of each kind, done or not done: the effect is there once, or the job is back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.github_kinds import KINDS, Kind
from tests.support.github_lab import REPO, Lab, WriteFault, lab_at

from triagebot.core.actions import Receipt, Status, UpsertComment
from triagebot.core.errors import RateLimited, Unavailable
from triagebot.simulator.faults import Fault

LOST = {
    "done-then-5xx": {"kind": "error_after"},
    "done-then-reset": {"kind": "reset_after"},
    "not-done-5xx": {"kind": "error_before"},
    "not-done-reset": {"kind": "reset_before"},
    "5xx-done-5s-later": {"kind": "late_commit", "seconds": 5},
    "reset-done-12s-later": {"kind": "late_reset", "seconds": 12},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    folder: Path = tmp_path_factory.mktemp("lost")
    async with lab_at(folder) as lab:
        yield lab


async def settle(lab: Lab, kind: Kind, plan: object) -> Receipt:
    """Apply as the job engine would: again later, when GitHub cannot be reached."""
    for _ in range(8):
        try:
            return await lab.apply(plan)  # type: ignore[arg-type]
        except Unavailable:
            await lab.clock.sleep(30)
        except RateLimited as error:
            lab.clock.advance(error.until)
    raise AssertionError(f"{kind.name} does not settle")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_each_write_of_a_kind_is_lost(lab: Lab, kind: Kind, fault: dict[str, object]) -> None:
    lab.sim.faults.clear()
    issue, action = await kind.prepare(lab)
    start = len(lab.writes())
    await lab.do(issue, action)
    writes = len(lab.writes()) - start

    for nth in range(1, writes + 1):
        await lab.clock.sleep(900)
        issue, action = await kind.prepare(lab)
        struck = lab.sim.faults.add(WriteFault(path="^/repos/", nth=nth, **fault))  # type: ignore[arg-type]
        receipt = await settle(lab, kind, lab.plan(issue, action))
        await lab.clock.sleep(60)
        await lab.sim.clock.catch_up()  # type: ignore[attr-defined]
        assert struck.struck == 1
        assert kind.effect(lab, issue) == kind.once, f"write {nth} of {writes}"
        assert receipt.status == Status.APPLIED
        lab.sim.faults.clear()
    assert lab.breaches == []


@pytest.mark.asyncio(loop_scope="module")
async def test_a_comment_that_appears_after_it_was_written_again_is_taken_back(lab: Lab) -> None:
    lab.sim.faults.clear()
    issue = lab.issue()
    lost = lab.sim.faults.add(Fault("late_commit", "POST", "/comments$", seconds=21))
    patient = UpsertComment(slot="lab:summary", body="A summary.")
    receipt = await lab.do(issue, patient)
    await lab.clock.sleep(30)
    await lab.sim.clock.catch_up()  # type: ignore[attr-defined]
    assert (lost.struck, receipt.status, len(issue.comments)) == (1, Status.APPLIED, 2)

    # The next look at this comment after a crash finds the copy; here the next plan's edit is lost once.
    lab.sim.faults.add(Fault("error_after", "PATCH", "/comments/"))
    receipt = await lab.do(issue, UpsertComment(slot="lab:summary", body="A better summary."))
    bodies = [(each.body or "").partition("\n")[0] for each in issue.comments.values()]
    assert (receipt.status, bodies) == (Status.APPLIED, ["A better summary."])


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name != "react"], ids=lambda kind: kind.name)
async def test_reads_are_stale_right_after_a_lost_answer(lab: Lab, kind: Kind) -> None:
    """The write was done, its answer lost, and the first three reads after it do not show it."""
    lab.sim.faults.clear()
    await lab.clock.sleep(900)
    issue, action = await kind.prepare(lab)
    plan = lab.plan(issue, action)
    lab.sim.faults.add(WriteFault("error_after", path="^/repos/"))
    seen: list[str] = []

    def stale_after_the_loss(phase: str, record: object) -> None:
        if phase == "committed" and not seen:
            seen.append("lost")
            lab.sim.faults.add(
                Fault("stale", "GET", "^/repos/.*/(comments|reviews|check-runs|pulls|heads/)", times=3)
            )

    before, lab.sim.on_request = lab.sim.on_request, None
    lab.sim.on_request = lambda phase, record: (
        stale_after_the_loss(phase, record)
        if record.method != "GET" and record.path.startswith("/repos/")
        else None
    )
    try:
        receipt = await settle(lab, kind, plan)
    finally:
        lab.sim.on_request = before
    assert (receipt.status, kind.effect(lab, issue)) == (Status.APPLIED, kind.once)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_action_is_parked_when_every_answer_is_lost(lab: Lab) -> None:
    lab.sim.faults.clear()
    issue = lab.issue()
    lab.sim.faults.add(Fault("error_before", "POST", "/comments$", times=100))
    receipt = await lab.do(issue, UpsertComment(slot="lab:summary", body="A summary."))
    lab.sim.faults.clear()
    assert receipt.status == Status.FAILED
    assert "Parked: GitHub's answer was lost 3 times" in receipt.detail
    assert "triagebot deliveries retry" in receipt.detail
    assert (
        len([each for each in lab.writes() if each == f"POST /repos/{REPO}/issues/{issue.number}/comments"])
        == 3
    )


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("limit", ["limit_403", "limit_429", "limit_bare_403", "abuse_422"])
async def test_a_limit_sends_the_job_back_and_holds_everybody(lab: Lab, limit: str) -> None:
    lab.sim.faults.clear()
    await lab.clock.sleep(3600)
    lab.client = lab.new_client()
    async with lab.client:
        issue, other = lab.issue(), lab.issue()
        plan, breaches = (
            lab.plan(issue, UpsertComment(slot="lab:summary", body="A summary.")),
            len(lab.breaches),
        )
        lab.sim.faults.add(Fault(limit, "POST", "/comments$"))  # type: ignore[arg-type]
        with pytest.raises(RateLimited) as limited:
            await lab.apply(plan)
        assert limited.value.until >= lab.clock.now()
        async with lab.new_client() as another:  # another process would have a client of its own
            elsewhere = lab.plan(other, UpsertComment(slot="lab:summary", body="A summary."))
            claim = await lab.claim(elsewhere, "worker-2")
            receipt = await lab.executor(another).apply(elsewhere, 0, claim)
            assert lab.clock.now() >= limited.value.until
            assert receipt.status == Status.APPLIED
        assert (await lab.apply(plan)).status == Status.APPLIED
        assert (len(issue.comments), lab.breaches[breaches:]) == (1, [])
