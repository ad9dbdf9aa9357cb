"""Reads a repository's past in bulk over REST: a hundred issues, or a hundred events, with one request.

See "List repository issues" and "List issue events for a repository" in GitHub's REST reference. GitHub
shows the newest events only, some 30,000 of them, and then answers 422; it does not say of which issue
another one is a duplicate.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from triagebot.core.errors import Refused
from triagebot.core.history import LabelChange, PastIssue, label_changes, past
from triagebot.core.values import IssueEvent
from triagebot.github import parse
from triagebot.github.client import PER_PAGE, GitHubClient, segment
from triagebot.github.outcome import Reply
from triagebot.ports import Allowance, ChangesPage, PastPage

DEEPEST = 300
"""The page of events behind which GitHub shows no more: a list that ends there may have been longer."""


class PastReader:
    """Reads one repository's past with its installation's token (`ports.HistoryReader`).

    Its answers are large and never asked for twice, so none is kept for a conditional request.
    """

    def __init__(self, client: GitHubClient, installation_id: int, owner: str, name: str) -> None:
        self._client, self._installation = client, installation_id
        self._path = f"/repos/{segment(owner)}/{segment(name)}/issues"

    async def newest_number(self) -> int:
        """Return the highest number of an issue or pull request; 0 if there is none."""
        reply = await self._get(self._path, state="all", sort="created", direction="desc", per_page="1")
        return max((parse.number(thing, "number") for thing in _things(reply)), default=0)

    async def issues(self, since: str, page: int) -> PastPage:
        """Return a page, from 1, of what was changed at `since` or later."""
        query = {"state": "all", "sort": "updated", "direction": "asc", "page": str(page)}
        if since:  # a second before: whether GitHub counts the moment itself is nowhere promised
            at = datetime.fromisoformat(since) - timedelta(seconds=1)
            query["since"] = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        reply = await self._get(self._path, **query, per_page=str(PER_PAGE))
        issues = [_past(thing) for thing in _things(reply)]
        return PastPage(issues, self._client.following(reply) is not None, _allowance(reply))

    async def changes(self, page: int) -> ChangesPage:
        """Return a page, from 1, of the repository's label changes, newest first."""
        try:
            reply = await self._get(f"{self._path}/events", page=str(page), per_page=str(PER_PAGE))
        except Refused as error:
            if error.status != 422 or page == 1:
                raise
            return ChangesPage({}, 0, 0, more=False, pages=page - 1, cut=True)
        things, more = _things(reply), self._client.following(reply) is not None
        ids = [parse.number(thing, "id") for thing in things] or [0]
        return ChangesPage(
            changes=_changes(things, self._client.app_id),
            newest=max(ids),
            oldest=min(ids),
            more=more,
            pages=_last_page(reply) or page,
            cut=not more and page >= DEEPEST,
            allowance=_allowance(reply),
        )

    async def _get(self, path: str, **query: str) -> Reply:
        return await self._client.send("GET", f"{path}?{httpx.QueryParams(query)}", self._installation)


def _things(reply: Reply) -> list[dict[str, Any]]:
    body = reply.json()
    return [thing for thing in body if isinstance(thing, dict)] if isinstance(body, list) else []


def _past(thing: dict[str, Any]) -> PastIssue:
    closed = parse.time(thing, "closed_at") if parse.text(thing, "closed_at") else None
    return replace(past(parse.issue(thing), None), closed_at=closed)


def _changes(things: list[dict[str, Any]], app_id: int) -> dict[int, tuple[LabelChange, ...]]:
    events: dict[int, list[IssueEvent]] = defaultdict(list)
    for thing in sorted(things, key=lambda thing: parse.number(thing, "id")):
        events[parse.number(parse.part(thing, "issue"), "number")].append(parse.issue_event(thing))
    found = {number: label_changes(some, app_id) for number, some in events.items() if number}
    return {number: changes for number, changes in found.items() if changes}


def _allowance(reply: Reply) -> Allowance | None:
    """Return what the answer says of the hourly limit, if it does."""
    said = [reply.headers.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining", "reset")]
    if not all(each.isdigit() for each in said):
        return None
    limit, remaining, reset = map(int, said)
    return Allowance(limit, remaining, datetime.fromtimestamp(reset, UTC))


def _last_page(reply: Reply) -> int:
    link = httpx.Response(200, headers={"link": reply.headers.get("link", "")}).links.get("last", {})
    number = httpx.URL(link.get("url", "")).params.get("page", "")
    return int(number) if number.isdigit() else 0
