"""The job engine, DBOS: a job handed over is run to its end by some living worker.

The workflow has one fixed shape, "run this job", and no steps. What is planned and what is done is kept by
the store, where it is fenced; DBOS adds the queue, one job at a time for a subject, and running
a job again after its process died. So a job may be run more than once, and must be able to.
See docs/adr/0002.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID

from triagebot.settings import Settings
from triagebot.store.engine import sqlite_path

QUEUE: Final = "jobs"
VERSION: Final = "1"
"""Constant: DBOS runs only jobs of its own version, and would otherwise strand the queued ones at an upgrade."""
POLL_SECONDS = 0.1
MOST_RECOVERIES = 50
"""A job that is running each time the process dies is given up after so many deaths."""
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


class DbosJobs:
    """Runs jobs with DBOS (`ports.Jobs`). One in a process, started on the loop that the jobs run on."""

    def __init__(self, settings: Settings, *, worker_id: str, run: Callable[[str], Awaitable[None]]) -> None:
        self._settings = settings
        self._worker_id = worker_id
        self._run = run

    async def start(self) -> None:
        """Begin to run jobs, first of all those that this worker id left unfinished."""
        await asyncio.to_thread(_prepare, self._settings)
        _quieten()
        DBOS(config=_config(self._settings, self._worker_id))
        run = self._run

        @DBOS.workflow(name="job", max_recovery_attempts=MOST_RECOVERIES)
        async def workflow(job: str) -> None:
            await run(job)

        self._workflow = workflow
        DBOS.launch()  # on the loop's thread: this is how DBOS learns which loop the jobs run on
        await DBOS.register_queue_async(
            QUEUE,
            worker_concurrency=self._settings.workers,
            partition_concurrency=1,
            polling_interval_sec=POLL_SECONDS,
            on_conflict="always_update",
        )

    async def enqueue(self, job: str, subject_key: str) -> None:
        """Hand one job over; the same key again is a no-op."""
        with SetWorkflowID(job), SetEnqueueOptions(queue_partition_key=subject_key or job):
            await DBOS.enqueue_workflow_async(QUEUE, self._workflow, job)

    async def settled(self, job: str) -> bool:
        """Return True if the job has ended, well or badly."""
        status = await DBOS.get_workflow_status_async(job)
        return status is not None and status.status in _ENDED

    async def take_over(self, dead: Sequence[str]) -> int:
        """Let the living run what these worker ids left unfinished; return how many jobs that were.

        Doing it twice, or for a worker that lives after all, is harmless: the newer run fences the
        older one out.
        """
        # Private, and so kept in this one place: the public way is to start a process with the dead
        # one's id, which nothing here can do. tests/jobs/test_recovery.py holds its contract.
        handles = await asyncio.to_thread(DBOS._recover_pending_workflows, list(dead))  # noqa: SLF001
        return len(handles)

    async def forget(self, ended_before: datetime) -> int:
        """Delete the engine's record of jobs that ended before then; return how many."""
        total = 0
        while ended := await DBOS.list_workflows_async(
            status=list(_ENDED),
            completed_before=ended_before.isoformat(),
            limit=200,
            load_input=False,
            load_output=False,
        ):
            await DBOS.delete_workflows_async([one.workflow_id for one in ended])
            total += len(ended)
        return total

    async def stop(self) -> None:
        """Stop taking jobs and let go of the database. Jobs still running are left for the next start."""
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)


def _config(settings: Settings, worker_id: str) -> DBOSConfig:
    return {
        "name": "triagebot",
        "system_database_url": _address(settings),
        "sys_db_pool_size": 10,
        "application_version": VERSION,
        "executor_id": worker_id,
        "serializer": DBOSPortableJSONSerializer(),  # the default would unpickle what lies in the database
        "enable_otlp": False,
        "log_level": "WARNING",
        "scheduler_polling_interval_sec": 3600.0,  # no schedules here
    }


def _address(settings: Settings) -> str:
    if settings.sqlite:
        return f"sqlite:///{_sqlite_file(settings)}"
    url = settings.database_url or ""
    return "postgresql://" + url.split("://", 1)[1]


def _sqlite_file(settings: Settings) -> Path:
    """Return DBOS's own file: beside the deliveries, wherever the operator put those."""
    return sqlite_path(settings).with_name("jobs.sqlite")


def _prepare(settings: Settings) -> None:
    """Put DBOS's own SQLite file into WAL, which doubles its speed; the mode stays with the file."""
    if settings.sqlite:
        with contextlib.closing(sqlite3.connect(_sqlite_file(settings), timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode=WAL").close()


def _quieten() -> None:
    """Let the program's own log format print what DBOS warns of, instead of a handler that DBOS adds."""
    logger = logging.getLogger("dbos")
    if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        logger.addHandler(logging.NullHandler())
    logger.propagate = True
