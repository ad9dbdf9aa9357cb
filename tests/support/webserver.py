"""Run the web application on a real server and a real SQLite store, here or in a process of its own.

The listening socket is made before the server, so a client can connect at once and nobody has to wait.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from tests.support.webclient import SECRET

from triagebot.core.errors import StoreUnavailable
from triagebot.ports import Inbox
from triagebot.settings import Settings
from triagebot.store import Store, open_store
from triagebot.web.connection import BoundedConnection
from triagebot.web.health import Check
from triagebot.web.server import create_app, server
from triagebot.web.webhook import Timing

__all__ = ["StoreUnavailable", "Timing"]

ROOT = Path(__file__).parents[2]


def wants(event: str) -> bool:
    """Want what the first handler wants."""
    return event in ("issues.opened", "issues.edited", "issues.reopened")


def settings(folder: Path) -> Settings:
    """Return settings for a SQLite store in `folder`."""
    return Settings(_env_file=None, data_dir=folder, database_url=None)


def application(
    inbox: Inbox,
    *,
    secrets: tuple[bytes, ...] = (SECRET,),
    checks: Mapping[str, Check] | None = None,
    depths: Callable[[], object] | None = None,
    local: bool = True,
    timing: Timing | None = None,
) -> FastAPI:
    """Return the application around an inbox."""

    async def nothing() -> Mapping[str, int]:
        return {}

    return create_app(
        inbox=inbox,
        secrets=secrets,
        wants=wants,
        checks=checks or {},
        depths=depths or nothing,  # type: ignore[arg-type]
        version="1.2.3",
        local=local,
        timing=timing,
    )


@contextlib.contextmanager
def store(folder: Path) -> Iterator[Store]:
    """Open the store in `folder` and close it at the end."""
    opened = open_store(settings(folder))
    try:
        yield opened
    finally:
        opened.close()


@contextlib.contextmanager
def locked(opened: Store) -> Iterator[None]:
    """Hold the lock that every writer to the database needs."""
    path = opened.database.engine.url.database
    assert path is not None
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@asynccontextmanager
async def serving(
    app: FastAPI, *, connection: type[BoundedConnection] = BoundedConnection
) -> AsyncIterator[int]:
    """Serve `app` in this event loop; gives the port."""
    listener = _listener()
    running = server(app, host="127.0.0.1", port=0, connection=connection)
    task = asyncio.create_task(running.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        running.should_exit = True
        await task


@dataclass(frozen=True, slots=True)
class Process:
    """A web process and its port."""

    process: subprocess.Popen[bytes]
    port: int

    def memory(self, field: str) -> int:
        """Return a field of the process's status in bytes: VmRSS now, VmHWM the most so far."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024
        raise KeyError(field)


@contextlib.contextmanager
def web_process(folder: Path) -> Iterator[Process]:
    """Run the web process on a store in `folder`; it is killed at the end if it still runs."""
    listener = _listener()
    port = listener.getsockname()[1]
    with listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.webserver", str(folder), str(listener.fileno())],
            cwd=ROOT,
            pass_fds=[listener.fileno()],
        )
    try:
        yield Process(process, port)
    finally:
        process.kill()
        process.wait()


def _listener() -> socket.socket:
    # The protocol is named because asyncio sets TCP_NODELAY only then, and answers take 40 ms without it.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    return listener


def main() -> None:
    """Serve on an inherited socket until a signal comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("descriptor", type=int)
    arguments = parser.parse_args()
    with store(arguments.folder) as opened:
        app = application(opened.inbox)
        listener = socket.socket(fileno=arguments.descriptor)
        server(app, host="127.0.0.1", port=0).run(sockets=[listener])


if __name__ == "__main__":
    main()
