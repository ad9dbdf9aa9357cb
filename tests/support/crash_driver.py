"""Drives the worker process of `crash_worker`: gives it an action and the moment of its death."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.github_lab import Lab

from triagebot.core.actions import Plan

ROOT = Path(__file__).parents[2]
RESTARTS = 12


@dataclass
class Workers:
    """Starts one worker after another, all on one lab."""

    lab: Lab
    process: asyncio.subprocess.Process
    started: int = 0

    async def run(self, plan: Plan, *, fatal: int | None = None, every: bool = True) -> dict[str, Any] | None:
        """Run a worker; return what it said, or None if it was killed before its end.

        `fatal` counts every I/O, or only the writes to GitHub and the notes about them.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.started += 1
        order = {
            "url": self.lab.sim.url,
            "app_id": self.lab.sim.app_id,
            "key": self.lab.sim.private_key,
            "data_dir": str(self.lab.data_dir),
            "clock": str(self.lab.clock.path),
            "plan": plan.model_dump(mode="json"),
            "index": 0,
            "fatal": fatal,
            "every": every,
            "owner": f"worker-{self.started}",
        }
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        answer = json.loads(await self.process.stdout.readline())
        assert answer["killed"] or answer["result"], "the worker broke down: see its standard error"
        result: dict[str, Any] | None = answer["result"]
        return result

    async def settle(self, plan: Plan) -> dict[str, Any]:
        """Run workers until one ends with a receipt, as the job engine would, time passing between them."""
        for _ in range(RESTARTS):
            result = await self.run(plan)
            if result and "status" in result:
                return result
            await self.lab.clock.sleep(60)
        raise AssertionError(f"not settled after {RESTARTS} restarts: {result}")


@asynccontextmanager
async def workers_on(lab: Lab) -> AsyncIterator[Workers]:
    """Start the parent of the workers, and end it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.crash_worker",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield Workers(lab, process)
    finally:
        process.stdin.close()
        await process.wait()
