"""A world with one repository, on a clock that moves by itself, and a client that is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.support.clock import ManualClock
from tests.support.github_api import Api, signed_in

from triagebot.simulator import Simulator

REPO = "octo/parser"
SOURCE = "".join(f"line {number}\n" for number in range(1, 41))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def sim(clock: ManualClock) -> AsyncIterator[Simulator]:
    async with Simulator.start(clock=clock, pacing=False) as simulator:
        simulator.world.add_repo(
            REPO,
            files={"README.md": "# parser\n", "src/app.py": SOURCE},
            roles={"mona": "write", "kay": "triage"},
        )
        yield simulator


@pytest.fixture
async def api(sim: Simulator) -> AsyncIterator[Api]:
    async with signed_in(sim) as client:
        yield client
