"""Read a repository's past into the memory, page by page, and go on later where it was left.

Each page is saved together with how far it goes, so whatever ends this program, at most one page is read
again. A refresh is the same thing from where the last reading ended.

First come the issues, least recently changed first, each page asked for by the moment that the last one
ended with: an issue that changes meanwhile comes again at the end, and none is skipped. Then come the
label changes, newest first, because GitHub shows only so many: a pass goes from the newest back to where
the last complete pass began.

The bot's own work needs the same allowance from GitHub, so this leaves a fifth of it alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from triagebot.core.errors import RateLimited, Unavailable
from triagebot.core.history import PastIssue
from triagebot.ports import Allowance, ChangesPage, Clock, History, HistoryReader, PastPage, Progress

Page = TypeVar("Page", PastPage, ChangesPage)

RESERVE = 0.2
"""The share of the hourly limit that is left for everything else."""
APART = 0.35
"""Seconds between two requests: evenly what a command may read in a minute (`github.points.COMMAND`)."""
TRIES = 8
"""How often a page is asked for while GitHub does not answer: for about four minutes."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one page brought. `through` is how far the issues go; pages are those of the label changes."""

    phase: Literal["issues", "changes"]
    read: int
    through: str = ""
    page: int = 0
    pages: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Pass:
    """A pass over the events: back to `until`, from `top`, at `page`; `top` 0 before its first page."""

    until: int = 0
    top: int = 0
    page: int = 1

    def __str__(self) -> str:
        return f"{self.until}/{self.top}/{self.page}"

    @classmethod
    def parse(cls, text: str) -> _Pass:
        return cls(*map(int, text.split("/"))) if text else cls()


class Learner:
    """Reads one repository's past. `waiting` is told why and until when nothing happens."""

    def __init__(
        self,
        history: History,
        reader: HistoryReader,
        clock: Clock,
        *,
        repo_id: int,
        repo: str,
        apart: float = APART,
        waiting: Callable[[str, datetime], None] = lambda *_: None,
    ) -> None:
        self._history, self._reader, self._clock = history, reader, clock
        self._repo_id, self._repo = repo_id, repo
        self._apart, self._waiting = apart, waiting
        self._phase: Literal["issues", "changes", "done"] = "issues"
        self._page = 1
        self._next = clock.now()
        self._allowance: Allowance | None = None

    async def run(self) -> None:
        """Read until nothing is new."""
        while await self.step() is not None:
            pass

    async def step(self) -> Step | None:
        """Read and save one page; None when nothing is new since the last one.

        Raises `Unavailable` when GitHub has not answered for minutes, `Refused` for good, and
        `StoreUnavailable`. Each may be answered with another call.
        """
        progress = await self._history.progress(self._repo_id) or Progress(self._repo)
        progress = replace(progress, repo=self._repo)
        if self._phase == "issues":
            return await self._issues(progress)
        if self._phase == "changes":
            return await self._changes(progress)
        return None

    async def _issues(self, progress: Progress) -> Step:
        since = progress.issues_since
        page = await self._ask(lambda: self._reader.issues(since, self._page))
        through = max([since, *map(_changed_at, page.issues)])
        await self._history.save(self._repo_id, page.issues, replace(progress, issues_since=through))
        if not page.more:
            self._phase = "changes"
        # where more than a page was changed in one second, only the next page leads on
        self._page = 1 if through > since else self._page + 1
        return Step("issues", len(page.issues), through=through)

    async def _changes(self, progress: Progress) -> Step:
        at = _Pass.parse(progress.events_page)
        page = await self._ask(lambda: self._reader.changes(at.page))
        top = at.top or max(page.newest, at.until)
        if page.more and page.oldest > at.until:
            progress = replace(progress, events_page=str(_Pass(at.until, top, at.page + 1)))
        else:
            self._phase = "done"
            progress = replace(progress, events_page=str(_Pass(until=top)), complete_at=self._clock.now())
        await self._history.save_changes(self._repo_id, page.changes, progress)
        return Step(
            "changes",
            sum(map(len, page.changes.values())),
            through=progress.issues_since,
            page=at.page,
            pages=page.pages,
            cut=page.cut,
        )

    async def _ask(self, ask: Callable[[], Awaitable[Page]]) -> Page:
        """Ask GitHub for a page when it is time for it, again while it does not answer."""
        tries = 0
        while True:
            await self._hold_back()
            try:
                page = await ask()
            except RateLimited as limit:
                await self._wait_until("GitHub limits the rate", limit.until)
            except Unavailable:
                tries += 1
                if tries >= TRIES:
                    raise
                await self._clock.sleep(2**tries / 2)
            else:
                self._allowance = page.allowance
                return page

    async def _hold_back(self) -> None:
        left = self._allowance
        if left is not None and left.remaining <= left.limit * RESERVE:
            await self._wait_until(
                "the rest of this hour's requests is for the bot's own work", left.resets_at
            )
            self._allowance = None
        early = (self._next - self._clock.now()).total_seconds()
        if early > 0:
            await self._clock.sleep(early)
        self._next = self._clock.now() + timedelta(seconds=self._apart)

    async def _wait_until(self, why: str, until: datetime) -> None:
        seconds = (until - self._clock.now()).total_seconds()
        if seconds > 0:
            self._waiting(why, until)
            await self._clock.sleep(seconds + 1)


def _changed_at(issue: PastIssue) -> str:
    return "" if issue.updated_at is None else issue.updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
