"""The connection to the database: who may write when, and what its failures are called.

SQLite takes one writer at a time. All writes of this program go through one thread, which puts
whatever waits into one transaction (one fsync), each in a savepoint of its own. Between programs the
lock is polled, because SQLite's own waiting backs off to 100 ms and would be seen in the intake. A
worker that has much to write would all the same hold the lock nearly always, so there is a gate before
it: the intake stays in the gate until it has written, everybody else only passes through. The intake
then waits for one transaction of the worker's at most.
Postgres needs none of that: writes run side by side in a small pool of threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from psycopg.errors import TransactionRollback
from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event, exc, make_url

from triagebot.core.errors import SettingsError, StoreUnavailable
from triagebot.settings import Settings

Result = TypeVar("Result")
Work = Callable[[Connection], Result]

PATIENCE = 4.0
"""Seconds to wait for a locked database. Twice this stays under the 10 s that GitHub waits for an answer."""
POLL = 0.001
BATCH = 64
POSTGRES_THREADS = 8
DEADLOCKS = 5
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_UNAVAILABLE = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)


def utc_now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


class Database:
    """Runs functions in transactions, off the event loop."""

    def __init__(self, engine: Engine, *, now: Callable[[], datetime] = utc_now, first: bool = False) -> None:
        """Take `engine`; `first` is for the process whose writes others should wait for: the intake."""
        self.engine = engine
        self.now = now
        self.sqlite = engine.dialect.name == "sqlite"
        self._threads = ThreadPoolExecutor(2 if self.sqlite else POSTGRES_THREADS, thread_name_prefix="store")
        self._writer = _Writer(engine, first=first) if self.sqlite else None
        self._watch: PoolProxiedConnection | None = None

    async def write(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction and return its result once that is durable.

        Raises `StoreUnavailable` when the database is locked, full or away: then nothing was kept.
        Any error of `work` undoes what it wrote and is raised as it is.
        """
        if self._writer is not None:
            return await asyncio.wrap_future(self._writer.submit(work))
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transact, work)

    async def read(self, work: Work[Result]) -> Result:
        """Run `work`, which must not write, on a snapshot."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transact, work)

    async def version(self) -> int | None:
        """Return a number that grows with each commit of anybody; None where only a query can tell."""
        if not self.sqlite:
            return None
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._data_version)

    def close(self) -> None:
        """Finish what was submitted, then close every connection."""
        if self._writer is not None:
            self._writer.close()
        self._threads.shutdown()
        if self._watch is not None:
            self._watch.close()
        self.engine.dispose()

    def _transact(self, work: Work[Result]) -> Result:
        """Run one transaction, again if Postgres undid it in favour of another."""
        for _ in range(DEADLOCKS):
            try:
                with naming_failures(), self.engine.begin() as connection:
                    return work(connection)
            except StoreUnavailable as error:
                if not isinstance(getattr(error.__cause__, "orig", None), TransactionRollback):
                    raise
        raise StoreUnavailable(
            "The database undid this again and again in favour of others; nothing was kept."
        )

    def _data_version(self) -> int:
        with naming_failures():
            if self._watch is None:
                self._watch = self.engine.raw_connection()
            cursor = self._watch.cursor()
            cursor.execute("PRAGMA data_version")
            return int(cursor.fetchall()[0][0])


class _Writer:
    """The one thread that writes to SQLite."""

    def __init__(self, engine: Engine, *, first: bool) -> None:
        self._engine = engine.execution_options(writes=True)
        self._gate = Gate(Path(f"{engine.url.database}.gate"), first=first)
        self._most = BATCH if first else 1  # the intake waits for as long as a transaction of ours takes
        self._inbox: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Result]) -> Future[Result]:
        future: Future[Result] = Future()
        if not self._thread.is_alive():
            raise StoreUnavailable("The database was closed; nothing was kept.")
        self._inbox.put((work, future))
        return future

    def close(self) -> None:
        self._inbox.put(None)
        self._thread.join()
        self._gate.close()

    def _run(self) -> None:
        while (first := self._inbox.get()) is not None:
            batch = [first]
            with contextlib.suppress(queue.Empty):
                while len(batch) < self._most:
                    item = self._inbox.get_nowait()
                    if item is None:
                        self._inbox.put(None)
                        break
                    batch.append(item)
            self._commit([pair for pair in batch if pair[1].set_running_or_notify_cancel()])

    def _commit(self, batch: list[tuple[Work[Any], Future[Any]]]) -> None:
        """Write the batch in one transaction; the results are given out only after the commit."""
        ends: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._gate.entered(), naming_failures(), self._engine.begin() as connection:
                for work, future in batch:
                    ends.append((future, *_attempt(connection, work)))
        except BaseException as error:  # noqa: BLE001 - last wall of this thread: every waiter is told
            for _, future in batch:
                future.set_exception(error)
            return
        for future, result, failure in ends:
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(result)


class Gate:
    """Lets one process go first. The kernel opens it when a process dies in it."""

    def __init__(self, path: Path, *, first: bool) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        self._first = first

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Wait until nobody is in the gate; who goes first stays in it for the block."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        if not self._first:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        try:
            yield
        finally:
            if self._first:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def _attempt(connection: Connection, work: Work[Any]) -> tuple[Any, BaseException | None]:
    """Run `work` in a savepoint, so that its failure undoes only itself."""
    try:
        with connection.begin_nested():
            return work(connection), None
    except _UNAVAILABLE:
        raise  # the whole transaction is lost: locked, disk full
    except Exception as error:  # noqa: BLE001 - handed to the one who waits for this work
        return None, error


@contextlib.contextmanager
def naming_failures() -> Iterator[None]:
    """Turn the driver's "not now" into `StoreUnavailable`."""
    try:
        yield
    except _UNAVAILABLE as error:
        cause = getattr(error, "orig", None) or error
        raise StoreUnavailable(
            f"The database cannot be used now ({str(cause).strip()}); nothing was kept. Check that its disk "
            "has space and that it is running; the same request works again once it does."
        ) from error


def connect(settings: Settings) -> Engine:
    """Return an engine for the operator's database; makes the data directory, but no tables.

    Raises `SettingsError` for an address that is neither SQLite nor Postgres, and for a folder that is not there.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The data directory cannot be made: {error}. Set TRIAGEBOT_DATA_DIR.") from None
    if settings.sqlite:
        return _sqlite_of_operator(sqlite_path(settings))
    return postgres_engine(settings.database_url or "")


def _sqlite_of_operator(path: Path) -> Engine:
    try:
        return sqlite_engine(path)
    except OSError as error:
        raise SettingsError(
            f"The database cannot be made in the folder {path.parent} ({error.strerror}); nothing was kept. Make the "
            "folder so that this program may write there, or change TRIAGEBOT_DATABASE_URL."
        ) from None


def sqlite_path(settings: Settings) -> Path:
    """Return the file that holds the deliveries."""
    if settings.database_url is None:
        return settings.data_dir / "triagebot.sqlite"
    name = make_url(settings.database_url).database
    if not name or name == ":memory:":
        raise SettingsError("A database in memory loses deliveries; give TRIAGEBOT_DATABASE_URL a file.")
    return Path(name)


def sqlite_engine(path: Path, *, patience: float = PATIENCE) -> Engine:
    """Return an engine on one file: WAL, every commit synced, only its owner may read it."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 0.003}, pool_size=5, max_overflow=0)

    def begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        writes = connection.get_execution_options().get("writes")
        _patiently(driver, "BEGIN IMMEDIATE" if writes else "BEGIN", patience)

    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", begin)
    return engine


def postgres_engine(url: str) -> Engine:
    """Return an engine on a Postgres server; synchronous_commit is left as the server has it."""
    try:
        address = make_url(url)
    except exc.ArgumentError:
        address = None
    if address is None or address.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError(
            "TRIAGEBOT_DATABASE_URL names neither SQLite nor Postgres. Write postgresql://USER:PASSWORD@HOST/NAME, "
            "or leave it unset for SQLite in the data directory."
        )
    return create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_size=POSTGRES_THREADS,
        max_overflow=2,
        pool_timeout=PATIENCE,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 4,
            "options": "-c lock_timeout=8000 -c idle_in_transaction_session_timeout=30000 -c timezone=UTC",
        },
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # this module begins transactions itself
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "journal_size_limit=67108864",
        "cache_size=-16000",
    ):
        _patiently(connection, f"PRAGMA {pragma}", PATIENCE)


def _patiently(connection: sqlite3.Connection, statement: str, patience: float) -> None:
    """Execute `statement`, polling for up to `patience` seconds while another program holds the lock."""
    end = time.monotonic() + patience
    while True:
        try:
            connection.execute(statement).close()
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode & 0xFF) not in _BUSY or time.monotonic() > end:
                raise StoreUnavailable(
                    f"The database cannot be used now ({error}); nothing was kept. "
                    "Another program holds it, or its disk is full."
                ) from error
        else:
            return
        time.sleep(POLL)
