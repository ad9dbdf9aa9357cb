"""Reads one repository at a time. Nothing in here can write."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from triagebot.core.errors import Gone, NotFound, Refused
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
from triagebot.github import archive, joblog, parse
from triagebot.github.client import PER_PAGE, GitHubClient, segment
from triagebot.github.download import download
from triagebot.github.identity import WhoAmI
from triagebot.ports import GitHubReader

_RAW = "application/vnd.github.raw+json"
_COMPARED = 300
_ANNOTATIONS = 500
_PERMISSIONS = {
    "admin": Permission.ADMIN,
    "maintain": Permission.MAINTAIN,
    "write": Permission.WRITE,
    "triage": Permission.TRIAGE,
    "read": Permission.READ,
}


class GitHubDoor:
    """The door to GitHub: hands out readers (`ports.GitHub`)."""

    def __init__(self, client: GitHubClient) -> None:
        self._client, self._who = client, WhoAmI(client)

    def reader(self, installation_id: int, owner: str, name: str) -> GitHubReader:
        """Return a reader bound to one repository."""
        return RepositoryReader(self._client, installation_id, owner, name, who=self._who)


class RepositoryReader:
    """Reads one repository with its installation's token (`ports.GitHubReader`)."""

    def __init__(
        self, client: GitHubClient, installation_id: int, owner: str, name: str, *, who: WhoAmI | None = None
    ) -> None:
        self._client, self._installation = client, installation_id
        self._owner, self._who = owner, who or WhoAmI(client)
        self.path = f"/repos/{segment(owner)}/{segment(name)}"

    async def issue(self, number: int) -> Issue:
        """Return the issue, or the issue half of a pull request; `Gone` if deleted or transferred."""
        try:
            reply = await self._client.get(self._installation, f"{self.path}/issues/{number}")
        except NotFound as error:
            raise Gone(f"The issue is gone, or the App may no longer see it: {error}", status=404) from error
        return parse.issue(reply.json())

    async def pull_request(self, number: int) -> PullRequest:
        """Return the pull request."""
        reply = await self._client.get(self._installation, f"{self.path}/pulls/{number}")
        return parse.pull_request(reply.json())

    async def labels(self) -> list[Label]:
        """Return every label that the repository defines."""
        found = await self._client.pages(self._installation, f"{self.path}/labels")
        return [parse.label(thing) for thing in found]

    async def comments(self, number: int) -> list[Comment]:
        """Return every comment of the issue or pull request, oldest first."""
        found = await self._client.pages(self._installation, f"{self.path}/issues/{number}/comments")
        return [parse.comment(thing) for thing in found]

    async def events(self, number: int) -> list[IssueEvent]:
        """Return who labelled, assigned, closed and reopened it, oldest first."""
        found = await self._client.pages(self._installation, f"{self.path}/issues/{number}/events")
        return [parse.issue_event(thing) for thing in found]

    async def permission(self, login: str) -> Permission:
        """Return what `login` may do here now; NONE for strangers. Never cached.

        `role_name` is finer than `permission`, but may be a custom role: then the other one counts.
        """
        path = f"{self.path}/collaborators/{segment(login)}/permission"
        try:
            reply = await self._client.send("GET", path, self._installation)
        except NotFound:
            return Permission.NONE
        body = reply.json()
        for key in ("role_name", "permission"):
            if (found := _PERMISSIONS.get(parse.text(body, key))) is not None:
                return found
        return Permission.NONE

    async def file(self, path: str, ref: str | None = None) -> bytes | None:
        """Return a file's content on `ref` (default: the default branch), or None if there is none."""
        return await self._content(self.path, path, ref)

    async def organisation_file(self, path: str) -> bytes | None:
        """Return a file of the owner's `.github` repository, or None if there is none or no access."""
        try:
            return await self._content(f"/repos/{segment(self._owner)}/.github", path, None)
        except Refused:
            return None

    async def pull_files(self, number: int) -> list[PullFile]:
        """Return the changed files; GitHub's list stops at 3,000."""
        found = await self._client.pages(self._installation, f"{self.path}/pulls/{number}/files")
        return [parse.pull_file(thing) for thing in found]

    async def folder(self, path: str) -> list[str]:
        """Return the paths of the files in a folder of the default branch; empty if there is none.

        GitHub lists at most 1,000.
        """
        try:
            reply = await self._client.get(self._installation, f"{self.path}/contents{_below(path)}")
        except NotFound:
            return []
        body = reply.json()
        found = body if isinstance(body, list) else []  # a file comes as an object
        return [parse.text(thing, "path") for thing in found if parse.text(thing, "type") == "file"]

    async def assignable(self, login: str) -> bool:
        """Return True if `login` can be assigned to issues here."""
        try:
            await self._client.send("GET", f"{self.path}/assignees/{segment(login)}", self._installation)
        except NotFound:
            return False
        return True

    async def team_members(self, team: str) -> list[str]:
        """Return the logins of a team of the owner; empty if there is none or no access.

        Members of the team's own teams count too. It takes the permission `members: read`.
        """
        path = f"/orgs/{segment(self._owner)}/teams/{segment(team)}/members"
        try:
            found = await self._client.pages(self._installation, path)
        except Refused:
            return []
        return [login for thing in found if (login := parse.text(thing, "login"))]

    async def reactions(self, comment_id: int) -> list[Reaction]:
        """Return every reaction to a comment of an issue or pull request; none if the comment is gone."""
        try:
            found = await self._client.pages(
                self._installation, f"{self.path}/issues/comments/{comment_id}/reactions"
            )
        except NotFound:
            return []
        return [parse.reaction(thing) for thing in found]

    async def reviews(self, number: int) -> list[Review]:
        """Return the submitted reviews of a pull request, oldest first."""
        me = await self._who.get(self._installation)
        found = await self._client.pages(self._installation, f"{self.path}/pulls/{number}/reviews")
        return [
            parse.review(thing, ours=me.made(parse.actor(parse.part(thing, "user")), parse.app_id(thing)))
            for thing in found
            if thing.get("state") != "PENDING"
        ]

    async def diff_comments(self, number: int) -> list[DiffComment]:
        """Return every comment on lines of a pull request's diff, oldest first."""
        me = await self._who.get(self._installation)
        found = await self._client.pages(self._installation, f"{self.path}/pulls/{number}/comments")
        return [
            parse.diff_comment(
                thing, ours=me.made(parse.actor(parse.part(thing, "user")), parse.app_id(thing))
            )
            for thing in found
        ]

    async def compare(self, base: str, head: str) -> Comparison | None:
        """Return what `head` changes against its merge base with `base`; None if either is unknown.

        The files come with the first page, and with no other, whatever its size.
        """
        path = f"{self.path}/compare/{segment(base)}...{segment(head)}"
        try:
            reply = await self._client.get(self._installation, path, params={"per_page": "1"})
        except NotFound:
            return None
        return parse.comparison(reply.json(), _COMPARED)

    async def archive(self, ref: str, *, max_bytes: int) -> AsyncGenerator[tuple[str, bytes], None]:
        """Yield (path, content) of the regular files of a commit. See `archive.files`."""
        path = f"{self.path}/tarball/{segment(ref)}"
        async with (
            download(self._client, self._installation, path) as pieces,
            aclosing(archive.files(pieces, max_bytes=max_bytes)) as found,
        ):
            async for entry in found:
                yield entry

    async def check_runs(self, ref: str) -> list[CheckRun]:
        """Return the latest check run of each name and App for a commit; empty if they may not be seen."""
        path = f"{self.path}/commits/{segment(ref)}/check-runs"
        try:
            found = await self._client.pages(self._installation, path, within="check_runs")
        except Gone:
            raise
        except Refused:
            return []
        latest = {
            (parse.text(parse.part(thing, "app"), "slug"), parse.text(thing, "name")): thing
            for thing in sorted(found, key=lambda thing: parse.number(thing, "id"))
        }
        return [parse.check_run(thing) for thing in latest.values()]

    async def check_annotations(self, check_run_id: int) -> list[CheckAnnotation]:
        """Return a check run's first annotations, at most 500."""
        path, pages = f"{self.path}/check-runs/{check_run_id}/annotations", _ANNOTATIONS // PER_PAGE
        found = await self._client.pages(self._installation, path, most=pages, cut=True)
        return [parse.check_annotation(thing) for thing in found]

    async def job_log(self, job_id: int, *, max_bytes: int) -> str | None:
        """Return the last `max_bytes` of a job's log as text; None if it is gone or may not be seen."""
        try:
            async with download(
                self._client, self._installation, f"{self.path}/actions/jobs/{job_id}/logs"
            ) as pieces:
                return await joblog.tail(pieces, max_bytes=max_bytes)
        except Refused:
            return None

    async def _content(self, repository: str, path: str, ref: str | None) -> bytes | None:
        try:
            reply = await self._client.get(
                self._installation,
                f"{repository}/contents{_below(path)}",
                params={"ref": ref} if ref else None,
                accept=_RAW,
            )
        except NotFound:
            return None
        if reply.headers.get("content-type", "").startswith("application/json"):
            return None  # a folder: a file comes as the raw media type that was asked for
        return reply.content


def _below(path: str) -> str:
    return "".join(f"/{segment(name)}" for name in path.split("/")) if path else ""
