"""The pages that people browse: what the bot did is seen here, not read in a log.

No script, no foreign asset. Text that users wrote is Markdown rendered without raw HTML and then
sanitised, because the simulator shows hostile text too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from triagebot.simulator import conversation
from triagebot.simulator.markdown import render, title
from triagebot.simulator.model import Issue, Repo
from triagebot.simulator.world import World

CSP = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
TEMPLATES = Path(__file__).parent / "templates"


def router(world: Callable[[], World]) -> APIRouter:
    """Return the pages' routes."""
    pages = Pages(world)
    routes = APIRouter()
    routes.add_api_route("/", pages.home, include_in_schema=False)
    routes.add_api_route("/style.css", pages.style, include_in_schema=False)
    for kind in ("issues", "pulls"):
        routes.add_api_route(f"/{{owner}}/{{name}}/{kind}", pages.listing, include_in_schema=False)
    for kind in ("issues", "pull"):
        routes.add_api_route(f"/{{owner}}/{{name}}/{kind}/{{number}}", pages.thread, include_in_schema=False)
    return routes


class Pages:
    """Renders the world as it is now."""

    def __init__(self, world: Callable[[], World]) -> None:
        self._world = world
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.filters |= {"ink": ink, "when": when, "stamp": stamp, "titled": title}
        self._templates.globals |= {"markdown": render, "rows": conversation.rows}

    def _show(self, template: str, status: int = 200, **values: Any) -> Response:
        text = self._templates.get_template(template).render(world=self._world(), **values)
        return HTMLResponse(text, status, HEADERS)

    async def home(self) -> Response:
        """List the repositories."""
        repos = [
            (repo, count(repo, pulls=False, state="open"), count(repo, pulls=True, state="open"))
            for repo in self._world().repos.values()
            if repo.fork_of is None
        ]
        return self._show("home.html", repos=repos)

    async def style(self) -> Response:
        """Return the one style sheet."""
        return Response((TEMPLATES / "style.css").read_text(), media_type="text/css")

    async def listing(self, request: Request, owner: str, name: str) -> Response:
        """List a repository's issues or pull requests."""
        repo = self._world().repos.get(f"{owner}/{name}".lower())
        if repo is None:
            return self._show("missing.html", 404)
        pulls = request.url.path.endswith("/pulls")
        state = "closed" if request.query_params.get("state") == "closed" else "open"
        shown = [
            issue for issue in repo.issues.values() if bool(issue.pull) is pulls and issue.state == state
        ]
        counts = {each: count(repo, pulls=pulls, state=each) for each in ("open", "closed")}
        shown.sort(key=lambda issue: issue.number, reverse=True)
        return self._show("list.html", repo=repo, pulls=pulls, state=state, issues=shown, counts=counts)

    async def thread(self, request: Request, owner: str, name: str, number: str) -> Response:
        """Show one issue or pull request with its whole story."""
        repo = self._world().repos.get(f"{owner}/{name}".lower())
        key = int(number) if number.isdigit() else 0
        if repo and (moved := repo.moved_issues.get(key)):
            return RedirectResponse(link(moved))
        issue = repo.issues.get(key) if repo else None
        if repo is None or issue is None:
            return self._show("missing.html", 404)
        if request.url.path != link(issue):
            return RedirectResponse(link(issue))
        return self._show(
            "thread.html",
            repo=repo,
            issue=issue,
            story=conversation.story(self._world(), issue),
            threads=conversation.threads(issue),
            checks=conversation.checks(issue),
            files=self._world().changes(issue) if issue.pull else [],
        )


def link(issue: Issue) -> str:
    """Return a thread's path."""
    return f"/{issue.repo.full_name}/{'pull' if issue.pull else 'issues'}/{issue.number}"


def count(repo: Repo, *, pulls: bool, state: str) -> int:
    """Return how many issues, or pull requests, are in a state."""
    return sum(bool(issue.pull) is pulls and issue.state == state for issue in repo.issues.values())


def ink(color: str) -> str:
    """Return `dark` or `light`, whichever can be read on a label's colour."""
    try:
        red, green, blue = (int(color[at : at + 2], 16) for at in (0, 2, 4))
    except ValueError:
        return "dark"
    return "dark" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "light"


def when(time: datetime) -> str:
    """Return a time as people read it."""
    return time.strftime("%-d %b %Y, %H:%M")


def stamp(time: datetime) -> str:
    """Return a time as machines read it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
