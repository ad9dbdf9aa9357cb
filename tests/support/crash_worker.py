"""A worker process that kills itself right before its k-th I/O. Run it with `python -m`.

The process imports everything once, then reads one JSON order a line and forks a child for each. The
child opens the database, takes the claim, applies one action as a real worker does, and writes its
result into a pipe, unless it comes to its k-th I/O (a request, or a call of the database) before that:
then it is gone, by SIGKILL. To die before the k-th I/O and after the one before it is the same death,
so k = 1 … n + 1 are all the points there are. A death right before a read leaves what one right after
it leaves, and a turn of the governor is the same for every action: without `every`, only the writes to
GitHub and the notes about them are counted.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from tests.support.github_lab import SECRETS, LabClock

from triagebot.core.actions import Plan
from triagebot.core.errors import TriagebotError
from triagebot.github.auth import AppJwt
from triagebot.github.client import GitHubClient
from triagebot.github.executor import ActionExecutor
from triagebot.github.governor import WriteGovernor
from triagebot.settings import Settings
from triagebot.store import Database, Pace, Store
from triagebot.store.engine import connect

PACE = Pace(held_at_most=timedelta(seconds=5))
"""A dead worker's turn is waited for shorter than in production, for the test's sake."""


LAZY = ("anyio._backends._asyncio", "httpcore", "sqlalchemy.dialects.sqlite.pysqlite")
"""What libraries import at first use: loaded once here instead of in every child."""


ASIDE = re.compile(
    r"GET |POST /app/installations/\d+/access_tokens$|(?:receipt|intent|made|check|reserve|finish)$"
)
"""Reads, which leave nothing behind but in the process itself, and the governor's turns."""


class Tripwire:
    """Counts I/O by name, and ends the process before the one it is set for."""

    def __init__(self, fatal: int | None, *, every: bool) -> None:
        self.fatal, self.every, self.names = fatal, every, list[str]()

    def step(self, name: str) -> None:
        if ASIDE.match(name) and not self.every:
            return
        self.names.append(name)
        if len(self.names) == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


class Wired:
    """A port whose every call goes over the tripwire."""

    def __init__(self, port: Any, wire: Tripwire) -> None:
        self._port, self._wire = port, wire

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **named: Any) -> Any:
            self._wire.step(name)
            return await getattr(self._port, name)(*args, **named)

        return call


class WiredTransport(httpx.AsyncBaseTransport):
    """Real HTTP whose every request goes over the tripwire."""

    def __init__(self, wire: Tripwire) -> None:
        self._wire = wire
        self._real = httpx.AsyncHTTPTransport(verify=False)  # plain HTTP: no certificates to load

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._wire.step(f"{request.method} {request.url.path}")
        return await self._real.handle_async_request(request)

    async def aclose(self) -> None:
        await self._real.aclose()


async def work(order: dict[str, Any]) -> dict[str, Any]:
    """Apply one action and say how it ended."""
    wire = Tripwire(order["fatal"], every=order["every"])
    clock = LabClock(Path(order["clock"]))
    settings = Settings(data_dir=Path(order["data_dir"]), _env_file=None)
    store = Store(Database(connect(settings), now=clock.now), pace=PACE)
    plan = Plan.model_validate(order["plan"])
    assert plan.target is not None
    claim = await store.claims.take(plan.target.key, plan.key, order["owner"])
    governor: Any = WriteGovernor(Wired(store.turns, wire), Wired(store.claims, wire), clock)  # type: ignore[arg-type]
    client = GitHubClient(
        app_id=order["app_id"],
        private_key=order["key"],
        clock=clock,
        api_url=order["url"],
        transport=WiredTransport(wire),
    )
    executor = ActionExecutor(client, Wired(store.ledger, wire), governor, secrets=SECRETS)  # type: ignore[arg-type]
    try:
        receipt = await executor.apply(plan, order["index"], claim)
        result: dict[str, Any] = {"status": receipt.status.value, "detail": receipt.detail}
    except TriagebotError as error:
        result = {"error": type(error).__name__, "detail": str(error)}
    wire.step("end")
    return result | {"io": wire.names[:-1]}


def child(order: dict[str, Any], pipe: int) -> None:
    """Work, answer, and leave without cleaning up, as the parent's things are still needed."""
    result = asyncio.run(work(order))
    os.write(pipe, json.dumps(result).encode())
    os._exit(0)


def main() -> None:
    """Fork a child for each order, and answer with what became of it."""
    for name in LAZY:
        importlib.import_module(name)
    gc.freeze()  # a child's collections then leave the parent's pages alone
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        AppJwt(order["app_id"], order["key"], LabClock(Path(order["clock"])))  # parses the key once for all
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            child(order, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print(json.dumps({"killed": killed, "result": json.loads(answer) if answer else None}), flush=True)


if __name__ == "__main__":
    main()
