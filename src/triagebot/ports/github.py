"""GitHub: one repository read, its past read in bulk, and the only writer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from triagebot.core.actions import Plan, Receipt
from triagebot.core.history import LabelChange, PastIssue
from triagebot.core.values import (
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
from triagebot.ports.work import Claim


class GitHubReader(Protocol):
    """Reads one repository with one installation's token. It cannot write.

    Every method raises `Unavailable`, `RateLimited`, or a `Refused`; lists are complete (all pages).
    """

    async def issue(self, number: int) -> Issue:
        """Return the issue, or the issue half of a pull request; `Gone` if deleted or transferred."""

    async def pull_request(self, number: int) -> PullRequest:
        """Return the pull request."""

    async def labels(self) -> list[Label]:
        """Return every label that the repository defines."""

    async def comments(self, number: int) -> list[Comment]:
        """Return every comment of the issue or pull request, oldest first."""

    async def events(self, number: int) -> list[IssueEvent]:
        """Return who labelled, assigned, closed and reopened it, oldest first."""

    async def permission(self, login: str) -> Permission:
        """Return what `login` may do here now; NONE for strangers. Never cached."""

    async def file(self, path: str, ref: str | None = None) -> bytes | None:
        """Return a file's content on `ref` (default: the default branch), or None if there is none."""

    async def organisation_file(self, path: str) -> bytes | None:
        """Return a file of the owner's `.github` repository, or None if there is none or no access."""

    async def pull_files(self, number: int) -> list[PullFile]:
        """Return the changed files; GitHub's list stops at 3,000."""

    async def folder(self, path: str) -> list[str]:
        """Return the paths of the files in a folder of the default branch; empty if there is none."""

    async def assignable(self, login: str) -> bool:
        """Return True if `login` can be assigned to issues here."""

    async def team_members(self, team: str) -> list[str]:
        """Return the logins of a team of the owner ("parsers"); empty if there is none or no access."""

    async def reactions(self, comment_id: int) -> list[Reaction]:
        """Return every reaction to a comment of an issue or pull request."""

    async def reviews(self, number: int) -> list[Review]:
        """Return the submitted reviews of a pull request, oldest first."""

    async def diff_comments(self, number: int) -> list[DiffComment]:
        """Return every comment on lines of a pull request's diff, oldest first."""

    async def compare(self, base: str, head: str) -> Comparison | None:
        """Return what `head` changes against its merge base with `base`; None if either is unknown."""

    def archive(self, ref: str, *, max_bytes: int) -> AsyncIterator[tuple[str, bytes]]:
        """Yield (path, content) of the regular files of the commit `ref`, from one download.

        Files above a megabyte, links, submodules and what `export-ignore` names are left out. Raises
        `ArchiveTooLarge` once the packed download exceeds `max_bytes`, or the unpacked one twenty times as
        much, `DownloadTooSlow` after minutes of waiting for it, and `NotFound` for an unknown commit; nothing
        is kept on disk or in memory meanwhile.
        """

    async def check_runs(self, ref: str) -> list[CheckRun]:
        """Return the latest check run of each name for a commit; empty if the App may not see them."""

    async def check_annotations(self, check_run_id: int) -> list[CheckAnnotation]:
        """Return a check run's annotations, at most 500."""

    async def job_log(self, job_id: int, *, max_bytes: int) -> str | None:
        """Return the last `max_bytes` of a job's log as text; None if it is gone or the App may not see it."""


class GitHub(Protocol):
    """The door to GitHub: one App, many installations."""

    def reader(self, installation_id: int, owner: str, name: str) -> GitHubReader:
        """Return a reader bound to one repository."""


class Executor(Protocol):
    """The only writer."""

    async def apply(self, plan: Plan, index: int, claim: Claim) -> Receipt:
        """Bring GitHub to the state of `plan.actions[index]` and return the saved receipt.

        Safe to call again after any crash. Raises `Unavailable` or `RateLimited` when the job should
        come back later, `Gone` when the rest of the plan is pointless, `Fenced` when another worker
        has taken the subject over. Every other end is a receipt.
        """


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many more requests GitHub takes from the installation before `resets_at`, of `limit` an hour."""

    limit: int
    remaining: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class PastPage:
    """Issues and pull requests, least recently changed first; `more` if others follow on the next page."""

    issues: Sequence[PastIssue]
    more: bool
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Label changes by issue number, each issue's oldest first, from the events `oldest` to `newest`.

    `pages` is how many there are now; `cut` if GitHub has older ones and shows none of them.
    """

    changes: Mapping[int, Sequence[LabelChange]]
    newest: int
    oldest: int
    more: bool
    pages: int = 1
    cut: bool = False
    allowance: Allowance | None = None


class HistoryReader(Protocol):
    """Reads one repository's past from GitHub in bulk. Raises as `GitHubReader` does."""

    async def newest_number(self) -> int:
        """Return the highest number of an issue or pull request; 0 if there is none."""

    async def issues(self, since: str, page: int) -> PastPage:
        """Return a page, from 1, of what was changed at `since` (ISO 8601, "" for ever) or later."""

    async def changes(self, page: int) -> ChangesPage:
        """Return a page, from 1, of the repository's label changes, newest first."""
