"""One worker on a folder with a SQLite database: SQLite, and DBOS on it, take exactly one."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator
from pathlib import Path

from triagebot.core.errors import SettingsError

NAME = "worker.lock"
WAIT = 5.0
_POLL = 0.1


@contextlib.asynccontextmanager
async def only_worker(folder: Path, *, wait: float = WAIT) -> AsyncIterator[None]:
    """Hold the folder's lock for the block; wait a little for a worker that is just ending.

    The kernel gives the lock up with the process, however it ends. Raises `SettingsError` naming the
    process that holds it.
    """
    file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        await _acquire(file, folder, wait)
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(file)


def is_held(folder: Path) -> bool:
    """Return True if a worker holds the folder's lock now."""
    file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(file)


async def _acquire(file: int, folder: Path, wait: float) -> None:
    end = asyncio.get_running_loop().time() + wait
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if asyncio.get_running_loop().time() >= end:
                holder = os.pread(file, 32, 0).decode(errors="replace") or "unknown"
                raise SettingsError(
                    f"Another worker (process {holder}) works on {folder}; SQLite takes only one. Stop it "
                    "first, or set TRIAGEBOT_DATABASE_URL to a Postgres database for several workers."
                ) from None
        else:
            return
        await asyncio.sleep(_POLL)
