"""The real service as a process of its own, started through the command line as an operator would."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from triagebot.core.errors import TriagebotError
from triagebot.settings import PREFIX

FOREIGN = ("OPENAI_", PREFIX)
FOREIGN_NAMES = frozenset({"APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"})
"""Settings of a real installation. The demo keeps them away from its service, so nothing leaves the computer."""

READY_SECONDS = 90.0
STOP_SECONDS = 30.0
TAIL_LINES = 15


class DemoFailed(TriagebotError):
    """The demo could not go on; the message says what happened and what to do."""


class Service:
    """A running `triagebot serve --role all`."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self._log = log

    async def ready(self) -> None:
        """Return when the web process takes deliveries and a worker lives."""
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client, asyncio.timeout(READY_SECONDS):
            while True:
                self.check()
                try:
                    if (await client.get(f"{self.url}/health/ready")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass  # it does not listen yet
                await asyncio.sleep(0.2)

    def check(self) -> None:
        """Raise `DemoFailed` with the end of the log if the process is gone."""
        if self.process.returncode is not None:
            raise DemoFailed(
                f"The service ended by itself (status {self.process.returncode}).\n{self.tail()}"
            )

    def tail(self) -> str:
        """Return the last lines of the service's log."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(["Its last words:", *(f"  {line}" for line in lines[-TAIL_LINES:])])

    async def stop(self) -> None:
        """Ask the service and its worker to end, and see that they did."""
        if self.process.returncode is None:
            self.process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()
        except TimeoutError:
            os.killpg(self.process.pid, signal.SIGKILL)  # its session: the service and its worker
            await self.process.wait()


@asynccontextmanager
async def running(folder: Path, settings: Mapping[str, str]) -> AsyncGenerator[Service]:
    """Run the service on a free loopback port with everything it keeps in `folder`, until the block ends.

    Nothing of the operator's environment or `.env` reaches it. It has a session of its own: Ctrl-C in
    the terminal ends the demo, and the demo ends the service in order.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = folder / "service.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "triagebot", "serve", "--role", "all", "--port", str(port)),
            cwd=folder,
            env=environment(folder, settings),
            stdin=asyncio.subprocess.PIPE,  # it ends when this closes, also if the demo is killed
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    service = Service(process, f"http://127.0.0.1:{port}", log)
    try:
        yield service
    finally:
        await service.stop()


async def learn(folder: Path, settings: Mapping[str, str], repo: str) -> AsyncGenerator[str]:
    """Run `triagebot learn` as an operator would, before or beside the service; yield what it says.

    Raises `DemoFailed` if it does not end well.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "triagebot", "learn", repo),
        cwd=folder,
        env=environment(folder, settings) | {"COLUMNS": "200"},  # the screen here wraps, or does not
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    said: list[str] = []
    assert process.stdout is not None  # it was asked for
    try:
        async for raw in process.stdout:
            said.append(raw.decode(errors="replace").rstrip())
            yield said[-1]
    finally:
        if not process.stdout.at_eof():  # the demo was ended
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
    if process.returncode:
        raise DemoFailed("\n".join([f"`triagebot learn {repo}` failed:", *said[-TAIL_LINES:]]))


def environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the service's environment: ours without anybody's settings, and with the demo's."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN) and name not in FOREIGN_NAMES
    }
    demo = {"DATA_DIR": str(folder), "LOG_FORMAT": "json", "PARENT_ON_STDIN": "1", **settings}
    return (
        kept
        | {"NO_PROXY": "127.0.0.1,localhost"}
        | {f"{PREFIX}{name}": value for name, value in demo.items()}
    )


def write_key(folder: Path, pem: str) -> Path:
    """Write the App's private key to a file that only its owner may read."""
    path = folder / "app.pem"
    path.touch(mode=0o600)
    path.write_text(pem)
    return path


def new_secret() -> str:
    """Return a webhook secret for this one run."""
    return secrets.token_urlsafe(32)
