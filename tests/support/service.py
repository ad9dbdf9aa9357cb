"""The real service in real processes, in front of the simulator: what a maintainer would have installed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

from triagebot import settings
from triagebot.ports import StoredDelivery
from triagebot.simulator import Simulator
from triagebot.store import open_store

WAIT = 120.0
"""Seconds after which a test that waits for the service fails, with the service's log."""


@dataclass
class Service:
    """The processes of one installation of triagebot. `environment` is the operator's settings."""

    simulator: Simulator
    folder: Path
    environment: dict[str, str]
    port: int
    log: IO[bytes]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, role: str = "all", name: str | None = None, **extra: str) -> subprocess.Popen[bytes]:
        """Start one process. A worker's `name` is what it is known by, also after a restart."""
        name = name or role
        identity = {"TRIAGEBOT_DATA_DIR": str(self.folder / name)} if role == "worker" else {}
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "triagebot", "serve", "--role", role, "--port", str(self.port)],
            env=self.environment | identity | extra,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        return self.running[name]

    def kill(self, name: str, *, alone: bool = False) -> None:
        """End a process with SIGKILL, and unless `alone` also what it started."""
        child = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            (os.kill if alone else os.killpg)(child.pid, signal.SIGKILL)
        child.wait()

    def stop(self) -> None:
        """End every process in order; raise if one does not end well."""
        for child in self.running.values():
            child.terminate()
        statuses = {name: child.wait(timeout=60) for name, child in self.running.items()}
        self.running.clear()
        assert set(statuses.values()) <= {0}, (statuses, self.tail())

    async def ready(self) -> None:
        """Return once the service takes deliveries and a worker lives."""
        async with httpx.AsyncClient() as client:

            async def answers() -> bool:
                try:
                    return (await client.get(f"{self.url}/health/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await self.until(answers)

    async def settled(self, *, at_least: int = 1) -> list[StoredDelivery]:
        """Return all deliveries once GitHub has sent what it had and every one of them has ended."""
        store = open_store(settings.load(_env_file=None, **self.own_settings))
        found: list[StoredDelivery] = []
        try:

            async def ended() -> bool:
                await self.simulator.hooks.drained()
                found[:] = await store.deliveries.list(limit=10_000)
                return len(found) >= at_least and all(
                    one.state in ("done", "ignored", "failed") for one in found
                )

            await self.until(ended)
        finally:
            store.close()
        return found

    @property
    def own_settings(self) -> dict[str, str]:
        url = self.environment.get("TRIAGEBOT_DATABASE_URL")
        return {"data_dir": str(self.folder / "all")} | ({"database_url": url} if url else {})

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait for a condition of the running service; fail with its log if it never comes."""
        try:
            async with asyncio.timeout(WAIT):
                # another process is waited for, which sets no event here
                while not await condition():  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"not within {WAIT:g} s; the service's log:\n{self.tail()}") from None

    def tail(self, characters: int = 6_000) -> str:
        return Path(self.log.name).read_text(errors="replace")[-characters:]


@contextlib.asynccontextmanager
async def service(
    simulator: Simulator, folder: Path, *, database_url: str | None = None, **extra: str
) -> AsyncIterator[Service]:
    """Give the settings of an installation in front of `simulator`; start its processes yourself."""
    key = folder / "app.pem"
    key.write_text(simulator.private_key)
    port = free_port()
    simulator.hooks.url = f"http://127.0.0.1:{port}/webhook"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TRIAGEBOT_DATA_DIR": str(folder / "all"),
        "TRIAGEBOT_GITHUB__APP_ID": str(simulator.app_id),
        "TRIAGEBOT_GITHUB__PRIVATE_KEY_PATH": str(key),
        "TRIAGEBOT_GITHUB__WEBHOOK_SECRET": simulator.webhook_secret,
        "TRIAGEBOT_GITHUB__API_URL": simulator.url,
        "TRIAGEBOT_LOG_LEVEL": "info",
        **({"TRIAGEBOT_DATABASE_URL": database_url} if database_url else {}),
        **extra,
    }
    with (folder / "service.log").open("wb") as log:
        mine = Service(simulator, folder, environment, port, log)
        try:
            yield mine
        finally:
            for name in list(mine.running):
                mine.kill(name)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
