"""Triage the issues that are open already: look at all of them, and have done what there is to do.

The look reads in bulk and writes nothing. With `apply`, each issue that there is something to do for
becomes a stored delivery (`jobs/backfill.py`), and the service's worker does the rest: planned afresh,
saved, paced. So killing this command anywhere loses only the look, and starting it again repeats nothing.
Where no worker runs, one runs for as long as this command.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from triagebot.app import serve, worker
from triagebot.app.clock import SystemClock
from triagebot.app.web import WORKER_SILENT
from triagebot.core.actions import Action, AddLabels, Assign, Plan, UpsertComment
from triagebot.core.errors import TriagebotError, Unavailable
from triagebot.core.lessons import Asked, Suggested
from triagebot.github.client import GitHubClient
from triagebot.github.open_issues import Home, OpenIssue, home, open_issues
from triagebot.github.reader import GitHubDoor
from triagebot.jobs.backfill import HANDLER, Place, delivery, labels_only, missing
from triagebot.jobs.lock import is_held
from triagebot.jobs.planner import Planner, read_config
from triagebot.jobs.sparing import SparingDoor, SparingReader
from triagebot.ports import Model
from triagebot.settings import Settings
from triagebot.store import Store, open_store
from triagebot.store.engine import sqlite_path

LOOK = 1.0
"""Seconds between two looks at how far the worker is."""
PAUSES = (1.0, 5.0, 30.0, 120.0)
"""Before GitHub is asked again about an issue that could not be read."""
UNSETTLED = ("stored", "queued", "running")


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for. `limit` is the most issues to look at, None for all."""

    apply: bool = False
    comments: bool = False
    model: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What triage would do for one issue; without `comments`, only the labels are put on."""

    number: int
    title: str
    url: str
    labels: tuple[str, ...] = ()
    related: tuple[int, ...] = ()
    asks: tuple[str, ...] = ()
    assign: tuple[str, ...] = ()
    comment: bool = False
    stored: bool = False


@dataclass
class Outcome:
    """How far a backfill came. `rows` are the issues that there is something to do for, newest first.

    `stored` deliveries are new, `known` were stored by an earlier backfill, `again` of those had failed.
    """

    repo: str
    looked_at: int = 0
    unread: int = 0
    rows: list[Row] = field(default_factory=list)
    stored: int = 0
    known: int = 0
    again: int = 0
    states: Counter[str] = field(default_factory=Counter)
    interrupted: bool = False

    @property
    def waiting(self) -> int:
        """How many deliveries of this repository's backfills have not ended."""
        return sum(self.states[state] for state in UNSETTLED)


class Screen(Protocol):
    """Where progress is shown."""

    def looking(self, done: int, of: int) -> None:
        """Say how many open issues were looked at, of about so many."""

    def working(self, done: int, of: int) -> None:
        """Say how many deliveries have ended."""

    def say(self, text: str) -> None:
        """Print a line."""


class _NoModels:
    """No language model: a look that is only a look pays nobody."""

    def bind(self, *, repo: str, job: str, tokens_per_day: int | None) -> Model | None:  # noqa: ARG002
        return None


async def run(settings: Settings, repo: str, options: Options, screen: Screen) -> Outcome:
    """Look at the repository's open issues and, if asked, have done what is to do.

    Ctrl-C ends it in order: the outcome says how far it came. Raises `TriagebotError` if the repository
    cannot be read or its configuration is wrong.
    """
    owner, slash, name = repo.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise TriagebotError(f"{repo!r} is not a repository: write OWNER/NAME.")
    store = open_store(settings)
    outcome = Outcome(repo)
    try:
        async with worker.planning(settings, store) as (planner, client):
            where = await home(client, owner, name)
            outcome.repo = f"{where.owner}/{where.name}"
            with _Hands(settings, store, screen) as hands, _interruptible(outcome):
                if options.apply:
                    await hands.ensure()
                await _Look(planner, client, store, where, options, screen, outcome).all()
                if options.apply:
                    await _follow(hands, store, _place(where).prefix, outcome, screen)
            if options.apply:
                outcome.states = Counter(await store.deliveries.counts(prefix=_place(where).prefix))
    finally:
        store.close()
    return outcome


async def withdraw(settings: Settings, repo: str) -> int:
    """Take back what backfills of the repository stored and nobody has begun; return how many."""
    store = open_store(settings)
    try:
        async with worker.planning(settings, store) as (_, client):
            owner, _, name = repo.partition("/")
            return await store.deliveries.withdraw(_place(await home(client, owner, name)).prefix)
    finally:
        store.close()


@contextmanager
def _interruptible(outcome: Outcome) -> Iterator[None]:
    """Turn the cancellation that Ctrl-C is into an outcome."""
    try:
        yield
    except asyncio.CancelledError:
        outcome.interrupted = True


class _Hands:
    """Sees to it that some worker runs while there is something to apply: the service's, else one of its own."""

    def __init__(self, settings: Settings, store: Store, screen: Screen) -> None:
        self._settings, self._store, self._screen = settings, store, screen
        self._stack = contextlib.ExitStack()
        self._own = False

    def __enter__(self) -> _Hands:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    async def ensure(self) -> None:
        """Start a worker if none lives."""
        if self._own or await self._lives():
            return
        serve.check_worker(self._settings)
        self._screen.say(
            "No worker runs, so one does until this command ends; it also works on what else waits."
        )
        self._stack.enter_context(serve.Supervised(self._settings, TRIAGEBOT_LOG_LEVEL="warning"))
        self._own = True

    async def _lives(self) -> bool:
        if self._settings.sqlite:  # exact, where a sign of life may be that of a worker just killed
            return is_held(sqlite_path(self._settings).parent)
        beat = await self._store.workers.last_beat()
        return beat is not None and datetime.now(UTC) - beat < WORKER_SILENT


@dataclass
class _Look:
    """One pass over the open issues."""

    planner: Planner
    client: GitHubClient
    store: Store
    where: Home
    options: Options
    screen: Screen
    outcome: Outcome

    def __post_init__(self) -> None:
        where = self.where
        reader = GitHubDoor(self.client).reader(where.installation_id, where.owner, where.name)
        self.reader = SparingReader(reader, SystemClock())
        self.planner = replace(self.planner, github=SparingDoor(self.reader))
        if not self.options.model:
            self.planner = replace(self.planner, models=_NoModels())

    async def all(self) -> None:
        """Look at every open issue, newest first, up to the limit."""
        await read_config(self.reader, self.planner.registry.config_model)
        async for page in open_issues(self.client, self.where):
            room = len(page) if self.options.limit is None else self.options.limit - self.outcome.looked_at
            await self._page(page[:room])
            if room < len(page):
                return

    async def _page(self, page: Sequence[OpenIssue]) -> None:
        past = await self.store.history.some(self.where.repo_id, [one.issue.number for one in page])
        self.reader.show({one.issue.number: (one.issue, one.comments) for one in page}, past)
        for one in page:
            plan = await self._plan(one)
            self.outcome.looked_at += 1
            if plan is None:
                self.outcome.unread += 1
            elif row := _row(one, plan, comments=self.options.comments or not self.options.apply):
                stored = self.options.apply and await self._store(one, plan)
                self.outcome.rows.append(replace(row, stored=stored))
            self.screen.looking(
                self.outcome.looked_at,
                max(self.outcome.looked_at, self.options.limit or self.where.open_issues),
            )
            await asyncio.sleep(0)  # so that Ctrl-C is heard

    async def _plan(self, one: OpenIssue) -> Plan | None:
        """Return what triage would do that is not so already; None if GitHub could not be read, again and again."""
        stored = delivery(_place(self.where), one.issue, comments=True, now=datetime.now(UTC))
        for pause in PAUSES:
            try:
                plan = await self.planner.plan(stored, HANDLER)
                return plan.model_copy(update={"actions": missing(plan.actions, one.issue)})
            except Unavailable:
                await asyncio.sleep(pause)
        return None

    async def _store(self, one: OpenIssue, plan: Plan) -> bool:
        """Store the delivery that has this done; True if it is new or tried again."""
        comments = self.options.comments
        actions = plan.actions if comments else labels_only(plan.actions)
        work = delivery(
            _place(self.where), one.issue, comments=comments, now=datetime.now(UTC), actions=actions
        )
        if await self.store.inbox.add(work):
            self.outcome.stored += 1
            return True
        self.outcome.known += 1
        again = await self.store.deliveries.retry(work.id)
        self.outcome.again += again
        return again


def _place(where: Home) -> Place:
    return Place(
        where.installation_id, where.repo_id, where.owner, where.name, where.default_branch, where.private
    )


def _row(one: OpenIssue, plan: Plan, *, comments: bool) -> Row | None:
    """Return what the plan comes to, or None if it is nothing; without `comments`, only its labels."""
    actions: tuple[Action, ...] = plan.actions if comments else labels_only(plan.actions)
    labels = tuple(name for action in actions if isinstance(action, AddLabels) for name in action.labels)
    assign = tuple(login for action in actions if isinstance(action, Assign) for login in action.assignees)
    comment = any(isinstance(action, UpsertComment) and action.create for action in actions)
    if not (labels or assign or comment):
        return None
    related = tuple(
        number for one in plan.lessons if isinstance(one, Suggested) and comments for number in one.numbers
    )
    asks = tuple(item for one in plan.lessons if isinstance(one, Asked) and comments for item in one.items)
    issue = one.issue
    return Row(issue.number, issue.title, issue.url, labels, related, asks, assign, comment)


async def _follow(hands: _Hands, store: Store, prefix: str, outcome: Outcome, screen: Screen) -> None:
    """Wait until every delivery of the repository's backfills has ended, in whichever worker."""
    while True:
        outcome.states = Counter(await store.deliveries.counts(prefix=prefix))
        total = sum(outcome.states.values())
        screen.working(total - outcome.waiting, total)
        if not outcome.waiting:
            return
        await hands.ensure()
        await asyncio.sleep(LOOK)
