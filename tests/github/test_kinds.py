"""Every kind of action: brought about once, however often it is applied."""

from __future__ import annotations

import pytest
from tests.support.github_kinds import KINDS, Kind
from tests.support.github_lab import Lab

from triagebot.core.actions import Status


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_kind_is_applied_once(lab: Lab, kind: Kind) -> None:
    issue, action = await kind.prepare(lab)
    assert kind.effect(lab, issue) == kind.before
    plan = lab.plan(issue, action)
    first = await lab.apply(plan)
    assert (first.status, kind.effect(lab, issue)) == (Status.APPLIED, kind.once), first

    sent = len(lab.sim.requests)
    assert await lab.apply(plan) == first  # the saved receipt, without a call
    assert len(lab.sim.requests) == sent

    again = await lab.do(issue, action)  # another plan that wants the same
    assert (again.status, kind.effect(lab, issue)) == (Status.UNCHANGED, kind.once), again
    assert lab.breaches == []
