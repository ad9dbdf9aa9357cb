"""The tables of the world, how its things are found and named, and how a change becomes known.

Everything runs on one event loop and no act awaits, so each act is atomic without a lock. A change
counts once, when the outermost act ends: the version grows and its webhooks go out.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from triagebot.ports import Clock
from triagebot.simulator.gitstore import Signature
from triagebot.simulator.model import App, Event, Installation, Issue, Repo, Role, User

Who = User | str | None
Where = Repo | str
P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="State")

SMALL = 1_000
"""Issues of a repository whose lists are made anew for each page."""

ALL_PERMISSIONS = {
    "actions": "read",
    "metadata": "read",
    "issues": "write",
    "pull_requests": "write",
    "contents": "write",
    "checks": "write",
    "members": "read",
}
ALL_EVENTS = (
    "check_run",
    "issue_comment",
    "issues",
    "label",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "repository",
)


def act(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Mark a method as one change of the world."""

    @wraps(method)
    def change(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        self.depth += 1
        try:
            return method(self, *args, **kwargs)
        finally:
            self.depth -= 1
            if not self.depth:
                self.changed()

    return change


class State:
    """What exists. Look things up here; the acts that change it are in the subclasses."""

    def __init__(
        self,
        clock: Clock,
        *,
        base_url: str = "http://github.test",
        app_slug: str = "triagebot",
        permissions: Mapping[str, str] | None = None,
        events: Iterable[str] | None = None,
    ) -> None:
        self.clock = clock
        self.base_url = base_url
        self.version = 0
        self.depth = 0
        self.history: list[Any] | None = None
        self.emit: Callable[[str, dict[str, Any], Installation, Repo | None], None] = lambda *_: None
        self.last_ids: dict[str, int] = {}
        self.users: dict[str, User] = {}
        self.members: dict[str, set[int]] = {}
        self.teams: dict[str, dict[str, list[User]]] = {}
        self.repos: dict[str, Repo] = {}
        self.moved_repos: dict[str, Repo] = {}
        self.installations: dict[int, Installation] = {}
        self._derived: dict[tuple[int, str], tuple[int, Any]] = {}
        owner = self.user("triagebot-makers")
        self.app = App(
            id=self.new_id("app"),
            slug=app_slug,
            owner=owner,
            bot=self._new_user(f"{app_slug}[bot]", "Bot"),
            permissions=dict(ALL_PERMISSIONS if permissions is None else permissions),
            events=tuple(ALL_EVENTS if events is None else events),
            created_at=self.now(),
        )

    # --- time, names, identity ---

    def now(self) -> datetime:
        """Return the time as GitHub tells it: whole seconds, UTC."""
        return self.clock.now().astimezone(UTC).replace(microsecond=0)

    def new_id(self, kind: str) -> int:
        """Return the next id of a kind; kinds start far apart, so that a mixed-up id finds nothing."""
        starts = {
            "app": 1_000,
            "installation": 40_000,
            "user": 500_000,
            "repo": 7_000_000,
            "label": 20_000_000,
        }
        start = starts.get(kind, 100_000_000 + 100_000_000 * (sum(kind.encode()) % 19))
        self.last_ids[kind] = self.last_ids.get(kind, start) + 1
        return self.last_ids[kind]

    @staticmethod
    def node_id(prefix: str, number: int) -> str:
        """Return a global node id."""
        return f"{prefix}_kwDO{base64.urlsafe_b64encode(number.to_bytes(6, 'big')).decode()}"

    # --- looking up ---

    def user(self, who: User | str) -> User:
        """Return the user of that login, made on first mention."""
        if isinstance(who, User):
            return who
        return self.users.get(who.lower()) or self._new_user(who, "User")

    def person(self, who: Who) -> User | None:
        """Return the user, or None for nobody: a deleted account."""
        return None if who is None else self.user(who)

    def _new_user(self, login: str, kind: Any) -> User:
        user = User(self.new_id("user"), login, kind, name=login.title(), created_at=self.now())
        self.users[login.lower()] = user
        return user

    def repo(self, where: Where) -> Repo:
        """Return the repository `owner/name`; KeyError if there is none."""
        if isinstance(where, Repo):
            return where
        return self.repos[where.lower()]

    def issue(self, where: Where, number: int) -> Issue:
        """Return an issue, or the conversation of a pull request; KeyError if it is not there (any more)."""
        return self.repo(where).issues[number]

    def installation_of(self, repo: Repo) -> Installation | None:
        """Return the installation that covers a repository, suspended ones included."""
        for installation in self.installations.values():
            if not installation.deleted and self.covers(installation, repo):
                return installation
        return None

    def covers(self, installation: Installation, repo: Repo) -> bool:
        """Return True if the installation may see the repository."""
        return installation.account.id == repo.owner.id and (
            installation.repos is None or repo.id in installation.repos
        )

    def role(self, repo: Repo, user: User) -> Role:
        """Return what a user may do in a repository."""
        if user is repo.owner:
            return "admin"
        return repo.roles.get(user.id, "none" if repo.private else "read")

    def association(self, repo: Repo, user: User | None) -> str:
        """Return GitHub's `author_association`."""
        if user is None:
            return "NONE"
        if user is repo.owner:
            return "OWNER"
        if user.id in self.members.get(repo.owner.login, ()):
            return "MEMBER"
        if repo.roles.get(user.id, "none") != "none":
            return "COLLABORATOR"
        merged = self.derived(
            repo,
            "contributors",
            lambda: {i.user.id for i in repo.issues.values() if i.pull and i.pull.merged_at and i.user},
        )
        return "CONTRIBUTOR" if user.id in merged else "NONE"

    def signature(self, user: User | None) -> Signature:
        """Return the name in which a user commits now."""
        login = user.login if user else "ghost"
        ident = f"{user.id}+{login}" if user else login
        return Signature(
            user.name or login if user else login, f"{ident}@users.noreply.github.test", self.now()
        )

    def derived(self, repo: Repo, name: str, make: Callable[[], R]) -> R:
        """Return what `make` makes of a repository, made anew only after a change of the world.

        A page of a list of 50,000 must not sort them all. Small repositories are not worth it, and
        tests change their records without an act.
        """
        if len(repo.issues) < SMALL:
            return make()
        version, made = self._derived.get((repo.id, name), (-1, None))
        if version != self.version:
            made = make()
            self._derived[repo.id, name] = (self.version, made)
        return made  # type: ignore[no-any-return]

    # --- changing ---

    def changed(self) -> None:
        """Count one change, and remember the state after it where stale reads want it."""
        self.version += 1
        if self.history is not None:
            self.history.append(self.snapshot())

    def remember(self) -> None:
        """Keep every state from now on, so that a stale read can be answered from an earlier one."""
        if self.history is None:
            self.history = [self.snapshot()]

    def snapshot(self: S) -> S:
        """Return a copy of the world that nothing changes any more and that sends no webhooks."""
        kept = {"clock": self.clock, "emit": lambda *_: None, "history": None, "_derived": {}}
        twin = copy.copy(self)
        rest = {name: value for name, value in vars(self).items() if name not in kept}
        vars(twin).update(copy.deepcopy(rest), **kept)
        return twin

    def record(
        self,
        issue: Issue,
        event: str,
        actor: Who,
        *,
        via_app: bool = False,
        label: tuple[str, str] | None = None,
        assignee: User | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Event:
        """Write one entry into the issue's events and timeline."""
        entry = Event(
            id=self.new_id("event"),
            event=event,
            actor=self.person(actor),
            created_at=self.now(),
            via_app=via_app,
            label=label,
            assignee=assignee,
            extra=dict(extra or {}),
        )
        issue.events.append(entry)
        issue.timeline.append(entry)
        issue.updated_at = entry.created_at
        return entry

    def is_app(self, who: Who) -> bool:
        """Return True if this is the App's bot, whose writes are marked as made through the App."""
        return self.person(who) is self.app.bot
