"""Read many open issues of one repository with few requests, for plans that are only looked at.

What a page of the list and the memory already say is not asked again: the issue itself, who changed its
labels, and what is the same for all issues. The rest is read one request at a time, with a pause between
them, so that the service beside it keeps its share of GitHub's limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

from triagebot.core.errors import RateLimited
from triagebot.core.history import LabelChange, PastIssue
from triagebot.core.values import (
    Actor,
    CheckAnnotation,
    CheckRun,
    Comment,
    Comparison,
    DiffComment,
    Issue,
    IssueEvent,
    Label,
    Permission,
    PullFile,
    PullRequest,
    Reaction,
    Review,
)
from triagebot.ports import Clock, GitHubReader

Result = TypeVar("Result")

APART = 0.35
"""Seconds between two requests: evenly what a command may read in a minute (`github.points.COMMAND`)."""


class SparingReader:
    """A `GitHubReader` over another one, for a run over many issues. Show it each page first."""

    def __init__(self, reader: GitHubReader, clock: Clock) -> None:
        self._reader, self._clock = reader, clock
        self._same: dict[tuple[object, ...], Any] = {}
        self._page: dict[int, Issue] = {}
        self._silent: set[int] = set()
        self._past: Mapping[int, PastIssue] = {}
        self._one = asyncio.Lock()
        self.asked = 0

    def show(self, page: Mapping[int, tuple[Issue, int]], past: Mapping[int, PastIssue]) -> None:
        """Take a page: each issue with how many of its comments may matter, and what the memory knows of them."""
        self._page = {number: issue for number, (issue, _) in page.items()}
        self._silent = {number for number, (_, comments) in page.items() if not comments}
        self._past = past

    async def issue(self, number: int) -> Issue:
        """Return the issue as the page shows it."""
        found = self._page.get(number)
        return found if found is not None else await self.ask(lambda: self._reader.issue(number))

    async def comments(self, number: int) -> list[Comment]:
        """Return the comments; none are asked for where none may matter."""
        return [] if number in self._silent else await self.ask(lambda: self._reader.comments(number))

    async def events(self, number: int) -> list[IssueEvent]:
        """Return the label changes that the memory knows, if the labels are still what came of them."""
        known, now = self._past.get(number), self._page.get(number)
        if known and known.changes is not None and now and _is_current(known, now):
            return [_event(change) for change in known.changes]
        return await self.ask(lambda: self._reader.events(number))

    async def labels(self) -> list[Label]:
        """Return every label that the repository defines."""
        return await self._once(("labels",), self._reader.labels)

    async def file(self, path: str, ref: str | None = None) -> bytes | None:
        """Return a file's content."""
        return await self._once(("file", path, ref), lambda: self._reader.file(path, ref))

    async def organisation_file(self, path: str) -> bytes | None:
        """Return a file of the owner's `.github` repository."""
        return await self._once(("shared", path), lambda: self._reader.organisation_file(path))

    async def folder(self, path: str) -> list[str]:
        """Return the paths of the files in a folder."""
        return await self._once(("folder", path), lambda: self._reader.folder(path))

    async def assignable(self, login: str) -> bool:
        """Return True if `login` can be assigned to issues here."""
        return await self._once(("assignable", login), lambda: self._reader.assignable(login))

    async def team_members(self, team: str) -> list[str]:
        """Return the logins of a team."""
        return await self._once(("team", team), lambda: self._reader.team_members(team))

    async def permission(self, login: str) -> Permission:
        """Return what `login` may do here."""
        return await self._once(("permission", login), lambda: self._reader.permission(login))

    async def pull_request(self, number: int) -> PullRequest:
        """Return the pull request."""
        return await self.ask(lambda: self._reader.pull_request(number))

    async def pull_files(self, number: int) -> list[PullFile]:
        """Return the changed files of a pull request."""
        return await self.ask(lambda: self._reader.pull_files(number))

    async def reactions(self, comment_id: int) -> list[Reaction]:
        """Return every reaction to a comment."""
        return await self.ask(lambda: self._reader.reactions(comment_id))

    async def reviews(self, number: int) -> list[Review]:
        """Return the submitted reviews of a pull request."""
        return await self.ask(lambda: self._reader.reviews(number))

    async def diff_comments(self, number: int) -> list[DiffComment]:
        """Return every comment on lines of a pull request's diff."""
        return await self.ask(lambda: self._reader.diff_comments(number))

    async def compare(self, base: str, head: str) -> Comparison | None:
        """Return what `head` changes against its merge base with `base`."""
        return await self.ask(lambda: self._reader.compare(base, head))

    def archive(self, ref: str, *, max_bytes: int) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the files of a commit; the one request that this takes is not waited for."""
        self.asked += 1
        return self._reader.archive(ref, max_bytes=max_bytes)

    async def check_runs(self, ref: str) -> list[CheckRun]:
        """Return the latest check run of each name for a commit."""
        return await self.ask(lambda: self._reader.check_runs(ref))

    async def check_annotations(self, check_run_id: int) -> list[CheckAnnotation]:
        """Return a check run's annotations."""
        return await self.ask(lambda: self._reader.check_annotations(check_run_id))

    async def job_log(self, job_id: int, *, max_bytes: int) -> str | None:
        """Return the end of a job's log."""
        return await self.ask(lambda: self._reader.job_log(job_id, max_bytes=max_bytes))

    async def _once(self, key: tuple[object, ...], ask: Callable[[], Awaitable[Result]]) -> Result:
        if key not in self._same:
            self._same[key] = await self.ask(ask)
        found: Result = self._same[key]
        return found

    async def ask(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        """Ask GitHub anything, one at a time; wait for as long as it wants when its limit is reached."""
        async with self._one:
            while True:
                await self._clock.sleep(APART)
                self.asked += 1
                try:
                    return await ask()
                except RateLimited as limit:
                    await self._clock.sleep(max(1.0, (limit.until - self._clock.now()).total_seconds()))


class SparingDoor:
    """A `GitHub` that hands out one reader, for one repository."""

    def __init__(self, reader: SparingReader) -> None:
        self._reader = reader

    def reader(self, installation_id: int, owner: str, name: str) -> GitHubReader:  # noqa: ARG002
        """Return the one reader."""
        return self._reader


def _is_current(known: PastIssue, now: Issue) -> bool:
    """Return True if the memory need not be asked again: nothing has happened to the issue, or not to its labels.

    A label that came and went since is missed; whoever applies what is planned here reads the events themselves.
    """
    if known.updated_at is not None and known.updated_at >= now.updated_at:
        return True
    labels = set(known.labels)
    for change in known.changes or ():
        if known.updated_at is not None and change.at > known.updated_at:  # ours, noted when it was put on
            (labels.add if change.action == "labeled" else labels.discard)(change.label)
    return labels == set(now.labels)


def _event(change: LabelChange) -> IssueEvent:
    actor = Actor(id=0, login="", type="Bot" if change.by_bot else "User")
    return IssueEvent(
        id=0,
        event=change.action,
        actor=actor,
        created_at=change.at,
        app_id=change.app_id,
        label=change.label,
    )
