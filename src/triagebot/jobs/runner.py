"""Run one job: plan, apply each action, say how it ended.

Everything here may be cut off anywhere and run again, by this worker or another: the plan is saved
before anything is applied and not made twice, each action's receipt is saved when it ends, and both are
refused to a worker whose claim on the subject was taken over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import structlog

from triagebot.core.actions import Plan, Receipt, Status
from triagebot.core.errors import (
    Fenced,
    Gone,
    ParserUnavailable,
    RateLimited,
    StoreUnavailable,
    TriagebotError,
    Unavailable,
)
from triagebot.ports import Agenda, Clock, Executor, Ledger, Plans, StoredDelivery, Work

Result = TypeVar("Result")
_log = structlog.get_logger()

STORE_PAUSE = 1.0
PAUSES = tuple(timedelta(seconds=s) for s in (1, 3, 10, 30, 120, 600, 1800, 3600, 7200, 14400, 28800))
"""Before each further try while GitHub is away: over fifteen hours in all."""
RATE_LIMITED_FOR = timedelta(days=3)
"""How long a delivery may be put off by rate limits alone."""


class Planning(Protocol):
    """What makes plans."""

    def handlers_for(self, stored: StoredDelivery) -> tuple[str, ...]:
        """Return the names of the handlers that have a job to do for this delivery."""

    async def plan(self, stored: StoredDelivery, name: str) -> Plan:
        """Return the plan of the handler `name`; `Unavailable` or `RateLimited` to be asked again later."""


@dataclass(frozen=True, slots=True)
class End:
    """How a job ended: well, with an `error`, or (for now) to be tried again; `counted` if that is a try."""

    error: str = ""
    retry_at: datetime | None = None
    counted: bool = True


@dataclass(frozen=True)
class Runner:
    """Runs jobs. `redact` takes secrets out of errors; `ended` hears of each end, for the metrics."""

    agenda: Agenda
    plans: Plans
    ledger: Ledger
    planning: Planning
    executor: Executor
    clock: Clock
    owner: str
    redact: Callable[[str], str] = str
    ended: Callable[[Work, End, timedelta], None] = lambda _work, _end, _took: None
    pauses: tuple[timedelta, ...] = PAUSES

    async def run(self, job: str) -> None:
        """Run a job to its end. Never raises: what goes wrong is written to the delivery.

        A job that has ended already, or whose subject another worker took over, is left alone.
        """
        with structlog.contextvars.bound_contextvars(job=job):
            try:
                work = await self._patiently(lambda: self.agenda.start(job, self.owner))
                if work is not None:
                    await self._run(work)
            except Fenced as error:
                _log.warning("stopped: another worker goes on", reason=str(error))

    async def lost(self, job: str) -> None:
        """Write down that the job engine gave a job up without an end, and have it tried again."""
        work = await self.agenda.start(job, self.owner)
        if work is not None:
            error = "The worker ended again and again while this was worked on."
            await self.agenda.finish(work.claim, error=error, retry_at=self._again(work, error).retry_at)

    async def _run(self, work: Work) -> None:
        began = self.clock.now()
        end = await self._end_of(work)
        await self._patiently(
            lambda: self.agenda.finish(
                work.claim, error=end.error, retry_at=end.retry_at, counted=end.counted
            )
        )
        self.ended(work, end, self.clock.now() - began)

    async def _end_of(self, work: Work) -> End:
        try:
            return await self._plan_and_apply(work)
        except Fenced:
            raise
        except RateLimited as error:
            return self._put_off(work, error)
        except (Unavailable, StoreUnavailable, ParserUnavailable) as error:
            return self._again(work, str(error))
        except TriagebotError as error:
            _log.warning("job failed", error=self.redact(str(error)))
            return End(error=self._text(error))
        except Exception as error:  # noqa: BLE001 - the last wall: a defect ends one job, not the worker
            _log.exception("job failed by a defect")
            return End(error=self._text(error))

    async def _plan_and_apply(self, work: Work) -> End:
        plan = await self.plans.plan(work.plan_key)
        if plan is None:
            made = await self.planning.plan(work.delivery, work.handler)
            plan = await self.plans.save_plan(made, work.claim)
        failed = []
        for index in range(len(plan.actions)):
            try:
                receipt = await self.executor.apply(plan, index, work.claim)
            except Gone as error:
                await self._refuse_rest(plan, index, work, str(error))
                break
            if receipt.status is Status.FAILED:
                failed.append(f"{receipt.kind}: {receipt.detail}")
        return End(error=self.redact("; ".join(failed)))

    async def _refuse_rest(self, plan: Plan, first: int, work: Work, why: str) -> None:
        """Settle what is left of a plan whose subject is gone."""
        for index in range(first, len(plan.actions)):
            receipt = Receipt(
                plan_key=plan.key,
                index=index,
                kind=plan.actions[index].kind,
                status=Status.REFUSED,
                detail=f"gone: {why}",
                at=self.clock.now(),
            )
            await self.ledger.settle(receipt, work.claim)

    def _put_off(self, work: Work, error: RateLimited) -> End:
        now = self.clock.now()
        if now - work.delivery.received_at > RATE_LIMITED_FOR:
            return End(error=self._text(error))
        retry_at = max(error.until, now + self.pauses[0])
        _log.info("put off by a rate limit", until=retry_at.isoformat())
        return End(error=self._text(error), retry_at=retry_at, counted=False)

    def _again(self, work: Work, error: str) -> End:
        error = self.redact(error)
        if work.tries >= len(self.pauses):
            _log.error("gave up", tries=work.tries, error=error)
            return End(
                error=f"Given up after {work.tries + 1} tries: {error} `triagebot deliveries retry` tries again."
            )
        retry_at = self.clock.now() + self.pauses[work.tries]
        _log.info("tried again later", error=error, retry_at=retry_at.isoformat())
        return End(error=error, retry_at=retry_at)

    def _text(self, error: Exception) -> str:
        return self.redact(f"{type(error).__name__}: {error}")

    async def _patiently(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Wait for as long as the database is away: a job in hand has nothing else to do."""
        while True:
            try:
                return await work()
            except StoreUnavailable as error:
                _log.warning("waiting for the database", error=str(error))
            await self.clock.sleep(STORE_PAUSE)


class Running:
    """The jobs that are running in this process, so that a stop can wait for them."""

    def __init__(self, run: Callable[[str], Awaitable[None]], ended: Callable[[], None]) -> None:
        self._run = run
        self._ended = ended
        self._tasks: set[asyncio.Task[object]] = set()
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, job: str) -> None:
        """Run a job; once closed, hold it back: it is begun again at the next start."""
        task = asyncio.current_task()
        assert task is not None
        if self._closed:
            raise asyncio.CancelledError
        self._tasks.add(task)
        self._idle.clear()
        try:
            await self._run(job)
        finally:
            self._tasks.discard(task)
            self._ended()
            if not self._tasks:
                self._idle.set()

    async def drain(self, limit: float) -> bool:
        """Begin nothing more and wait for what runs; after `limit` seconds cut it off. True if nothing was."""
        self._closed = True
        try:
            await asyncio.wait_for(self._idle.wait(), limit)
        except TimeoutError:
            for task in self._tasks:
                task.cancel()
            await self._idle.wait()
            return False
        return True
