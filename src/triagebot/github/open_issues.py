"""Find a repository and list its open issues, page by page and never all at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import httpx

from triagebot.core.errors import NotFound, TriagebotError
from triagebot.core.values import Issue
from triagebot.github import parse
from triagebot.github.client import AS_APP, PER_PAGE, GitHubClient, segment
from triagebot.github.outcome import Reply

Patiently = Callable[[Callable[[], Awaitable[Reply]]], Awaitable[Reply]]

NOT_INSTALLED = "The App is not installed on {name}, or there is no such repository. Install it first: its page on GitHub has a button."


@dataclass(frozen=True, slots=True)
class Home:
    """A repository that the App is installed on. `open_issues` counts pull requests, too."""

    installation_id: int
    repo_id: int
    owner: str
    name: str
    default_branch: str
    private: bool
    open_issues: int


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """An open issue as a page of the list shows it."""

    issue: Issue
    comments: int


async def home(client: GitHubClient, owner: str, name: str) -> Home:
    """Return the repository; raise `TriagebotError` if the App is not installed there."""
    base = f"/repos/{segment(owner)}/{segment(name)}"
    try:
        installation = parse.number((await client.get(AS_APP, f"{base}/installation")).json(), "id")
        found = (await client.get(installation, base)).json()
    except NotFound:
        raise TriagebotError(NOT_INSTALLED.format(name=f"{owner}/{name}")) from None
    owner, _, name = parse.text(found, "full_name").partition("/")
    return Home(
        installation_id=installation,
        repo_id=parse.number(found, "id"),
        owner=owner,
        name=name,
        default_branch=parse.text(found, "default_branch") or "main",
        private=found.get("private") is True,
        open_issues=parse.number(found, "open_issues_count"),
    )


async def home_of(client: GitHubClient, repo_id: int, repo: str) -> Home:
    """Return the repository that was last called `repo`; raise `TriagebotError` if another one is now."""
    found = await home(client, *repo.split("/", 1))
    if found.repo_id != repo_id:
        raise TriagebotError(
            f"{repo} is another repository now. Deliveries of the one that was so called tell its new name."
        )
    return found


async def open_issues(
    client: GitHubClient, where: Home, patiently: Patiently
) -> AsyncIterator[list[OpenIssue]]:
    """Yield the open issues in pages, newest first, without pull requests and none twice.

    Each page is asked for through `patiently`, which may wait and ask again.

    An issue that is closed meanwhile moves the later ones forward, so one may be missed; the next
    backfill finds it.
    """
    query = {"state": "open", "sort": "created", "direction": "desc", "per_page": str(PER_PAGE)}
    path = f"/repos/{segment(where.owner)}/{segment(where.name)}/issues"
    url: str | None = f"{path}?{httpx.QueryParams(query)}"
    lowest: int | None = None
    while url is not None:
        # Not `get`: a page that was read is never asked for again.
        reply = await patiently(partial(client.send, "GET", url, where.installation_id))
        things = [thing for thing in reply.json() if "pull_request" not in thing]
        found = [OpenIssue(parse.issue(thing), parse.number(thing, "comments")) for thing in things]
        fresh = [one for one in found if lowest is None or one.issue.number < lowest]
        if fresh:
            lowest = min(one.issue.number for one in fresh)
            yield fresh
        url = client.following(reply)
