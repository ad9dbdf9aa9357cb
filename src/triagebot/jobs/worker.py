"""One worker process: takes jobs, runs them, watches its siblings, keeps house, and ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from triagebot.core.errors import StoreUnavailable
from triagebot.jobs.dispatcher import STALE, Dispatcher
from triagebot.jobs.engine import DbosJobs
from triagebot.jobs.lock import only_worker
from triagebot.jobs.reaper import BEAT, SILENT, Reaper, worker_id
from triagebot.jobs.runner import PAUSES, End, Planning, Runner, Running
from triagebot.jobs.sweep import MissedDeliveries, Sweep
from triagebot.ports import Clock, Executor, Work
from triagebot.settings import Settings
from triagebot.store import Store
from triagebot.store.engine import sqlite_path

_log = structlog.get_logger()

DRAIN_SECONDS = 15.0
AFTER_A_FAILURE = 1.0
HOUSEKEEPING = timedelta(minutes=10)
SWEEP_LOOK = timedelta(seconds=30)
ENGINE_KEEPS = timedelta(hours=1)


@dataclass(frozen=True)
class Timing:
    """How patient a worker is; shorter in tests."""

    drain: float = DRAIN_SECONDS
    beat: timedelta = BEAT
    silent: timedelta = SILENT
    stale: timedelta = STALE
    pauses: tuple[timedelta, ...] = PAUSES


Step = Callable[[], Awaitable[object]]
Loop = tuple[str, Step, timedelta]


@dataclass(frozen=True)
class Parts:
    """What a worker is made of. `missed` None: no sweep; `ended` hears of each job's end.

    `background` is what else goes on beside the jobs: a name, a step, and the pause after it. A step that
    fails is logged and taken again; it is cancelled when the worker ends.
    """

    settings: Settings
    store: Store
    planning: Planning
    executor: Executor
    clock: Clock
    missed: MissedDeliveries | None = None
    redact: Callable[[str], str] = str
    ended: Callable[[Work, End, timedelta], None] = lambda _work, _end, _took: None
    background: Sequence[Loop] = ()
    timing: Timing = Timing()


async def work(parts: Parts, *, stop: asyncio.Event | None = None) -> None:
    """Work until SIGTERM or SIGINT (or `stop`), then let running jobs end, for a limited time.

    What is cut off then, or by any harder end, is begun again by the next worker. Raises `SettingsError`
    if another worker has the SQLite database.
    """
    async with contextlib.AsyncExitStack() as stack:
        if parts.settings.sqlite:
            await stack.enter_async_context(only_worker(sqlite_path(parts.settings).parent))
        stop = stop or stack.enter_context(_stopped_by_signals())
        await _work(parts, stop)


async def _work(parts: Parts, stop: asyncio.Event) -> None:
    me, store, clock = worker_id(parts.settings), parts.store, parts.clock
    runner = _runner(parts, me)
    woken = asyncio.Event()
    running = Running(runner.run, woken.set)
    jobs = DbosJobs(parts.settings, worker_id=me, run=running.run)
    reaper = Reaper(store.workers, me, jobs.take_over, clock, parts.timing.silent)

    async def window() -> int:
        workers = 1 if parts.settings.sqlite else await reaper.living()
        return parts.settings.workers * workers

    dispatcher = Dispatcher(
        store.agenda,
        store.deliveries,
        jobs,
        parts.planning,
        clock,
        window=window,
        version=store.database.version,
        lost=runner.lost,
        stale=parts.timing.stale,
        woken=woken,
    )
    await reaper.beat()
    await jobs.start()
    _log.info("worker started", worker=me)
    try:
        async with asyncio.TaskGroup() as group:
            loops = [group.create_task(_forever(*loop)) for loop in _loops(parts, dispatcher, reaper, jobs)]
            await stop.wait()
            for task in loops:
                task.cancel()
        _log.info("worker stopping: no new jobs")
    finally:
        drained = await running.drain(parts.timing.drain)
        await jobs.stop()
    await _retire(store, me)
    _log.info("worker stopped", drained=drained)


async def _retire(store: Store, worker_id: str) -> None:
    """Have the jobs that this worker still holds taken over at once."""
    try:
        await store.workers.retire(worker_id)
    except StoreUnavailable as error:  # its silence will say the same, only later
        _log.warning("the worker could not say that it ends", error=str(error))


def _runner(parts: Parts, owner: str) -> Runner:
    store = parts.store
    return Runner(
        agenda=store.agenda,
        plans=store.plans,
        ledger=store.ledger,
        planning=parts.planning,
        executor=parts.executor,
        clock=parts.clock,
        owner=owner,
        redact=parts.redact,
        ended=parts.ended,
        pauses=parts.timing.pauses,
    )


def _loops(parts: Parts, dispatcher: Dispatcher, reaper: Reaper, jobs: DbosJobs) -> list[Loop]:
    """Return what goes on beside the jobs: a name, a step, and the pause after it."""
    clock, timing = parts.clock, parts.timing

    async def keep_house() -> None:
        await parts.store.retention.forget(keep_days=parts.settings.keep_days, now=clock.now())
        await jobs.forget(clock.now() - ENGINE_KEEPS)

    loops: list[Loop] = [
        ("dispatch", dispatcher.step, timedelta(0)),
        ("reconcile", dispatcher.reconcile, timing.stale / 2),
        ("heartbeat", reaper.beat, timing.beat),
        ("housekeeping", keep_house, HOUSEKEEPING),
    ]
    if not parts.settings.sqlite:
        loops.append(("reap", reaper.reap, timing.beat))
    if parts.missed is not None:
        sweep = Sweep(parts.missed, parts.store.deliveries, parts.store.marks, clock)
        loops.append(("sweep", sweep.if_due, SWEEP_LOOK))
    return [*loops, *parts.background]


async def _forever(name: str, step: Step, pause: timedelta) -> None:
    """Take the step again and again; a failure is logged and tried again, and ends nothing else."""
    while True:
        wait = pause.total_seconds()
        try:
            await step()
        except Exception:  # noqa: BLE001 - last wall: the worker must outlive a busy database or GitHub's absence
            _log.exception("a loop of the worker failed; it goes on", loop=name)
            wait = max(wait, AFTER_A_FAILURE)
        await asyncio.sleep(wait)


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[asyncio.Event]:
    """Give an event that SIGTERM and SIGINT set."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
