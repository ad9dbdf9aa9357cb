"""The worker is killed at every I/O of every kind of action: GitHub shows the effect exactly once.

With `TRIAGEBOT_CAMPAIGN` set, each death is also tried with a GitHub that fails at each write.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.crash_driver import Workers, workers_on
from tests.support.github_kinds import KINDS, Kind
from tests.support.github_lab import lab_at

ENDS = ("applied", "unchanged")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workers]:
    folder: Path = tmp_path_factory.mktemp("crash")
    async with lab_at(folder) as lab, workers_on(lab) as workers:
        yield workers


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_killed_before_and_after_every_io(workers: Workers, kind: Kind) -> None:
    lab = workers.lab
    issue, action = await kind.prepare(lab)
    whole = await workers.run(lab.plan(issue, action))
    assert whole is not None
    assert kind.effect(lab, issue) == kind.once
    points = len(whole["io"]) + 1

    for fatal in range(1, points + 1):
        await lab.clock.sleep(600)  # the hour's 500 writes are for all of these together
        issue, action = await kind.prepare(lab)
        plan = lab.plan(issue, action)
        assert await workers.run(plan, fatal=fatal) is None
        end = await workers.settle(plan)
        where = f"killed before I/O {fatal} of {whole['io']}"
        assert kind.effect(lab, issue) == kind.once, where
        assert end["status"] in ENDS, where
    assert lab.breaches == []
