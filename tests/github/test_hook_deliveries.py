"""Deliveries that nobody took are listed and sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.github_lab import Lab
from tests.support.receiver import listening

from triagebot.core.errors import NotFound
from triagebot.github.deliveries import HookDeliveries


async def test_missed_deliveries_are_listed_over_pages_and_sent_again(lab: Lab) -> None:
    lab.sim.hooks.url, lab.sim.hooks.down = f"{lab.sim.url}/nowhere", True
    await lab.clock.sleep(3600)
    start = lab.clock.now()
    for number in range(130):
        lab.issue(f"Issue {number}")
    await lab.sim.hooks.drained()
    deliveries = HookDeliveries(lab.client)
    missed = await deliveries.list(start)
    assert len({each.delivery_id for each in missed}) == 130
    assert {(each.event, each.succeeded, each.redelivery) for each in missed} == {("issues", False, False)}
    assert {each.installation_id for each in missed} == {lab.installation}
    assert await deliveries.list(start + timedelta(seconds=1)) == []

    await deliveries.redeliver(missed[0].id)
    await lab.sim.hooks.drained()
    again = [each for each in await deliveries.list(start) if each.redelivery]
    assert [each.delivery_id for each in again] == [missed[0].delivery_id]
    with pytest.raises(NotFound):
        await deliveries.redeliver(1)


@pytest.mark.parametrize(
    ("status", "refused"), [(401, True), (413, True), (502, False), (202, False), (None, False)]
)
async def test_an_answer_of_ours_that_refuses_is_told_from_an_absence(
    lab: Lab, status: int | None, refused: bool
) -> None:
    async with listening() as receiver:
        receiver.status, lab.sim.hooks.url = status, receiver.url
        start = lab.clock.now()
        lab.issue()
        await lab.sim.hooks.drained()
        tried = await HookDeliveries(lab.client).list(start)
    assert [each.refused for each in tried] == [refused]
