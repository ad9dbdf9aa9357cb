"""GitHub's rate rules: what an installation may send, what it sent too much of, and what it hears then.

See "Best practices for using the REST API" and "Rate limits for the REST API": writes one at a time and
a second apart, 80 a minute and 500 an hour of content, 900 points a minute (a write is 5, a read 1),
100 at once, 5,000 an hour in all. GitHub bans who goes on calling while limited; so does this.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from triagebot.ports import Clock
from triagebot.simulator.api import ApiError
from triagebot.simulator.auth import Caller

Variant = Literal["retry_after_403", "retry_after_429", "bare_403", "abuse_422"]
VARIANTS: tuple[Variant, ...] = ("retry_after_403", "retry_after_429", "bare_403", "abuse_422")
SECONDARY = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)
ABUSE = "was submitted too quickly"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that an installation broke."""

    rule: str
    at: datetime
    installation_id: int
    request: str


@dataclass
class Account:
    """What one installation sent lately."""

    writes: deque[datetime] = field(default_factory=deque)
    points: deque[tuple[datetime, int]] = field(default_factory=deque)
    busy: int = 0
    writing: int = 0
    used: int = 0
    window: datetime | None = None
    limited_until: datetime | None = None
    ignored: int = 0
    banned: bool = False


class Limits:
    """Counts what installations send. `pacing` off counts nothing but the primary limit.

    `enforce` answers a breach with a limit instead of only noting it. `slack` seconds of jitter are
    forgiven between two writes. `breaches` is what tests read.
    """

    def __init__(
        self, clock: Clock, *, pacing: bool = True, enforce: bool = False, seed: int = 0, slack: float = 0.05
    ) -> None:
        self.clock = clock
        self.pacing = pacing
        self.enforce = enforce
        self.slack = slack
        self.hourly = 5_000
        self.ban_after = 10
        self.breaches: list[Breach] = []
        self._chance = random.Random(seed)  # noqa: S311  # a choice of answers, not a secret
        self._accounts: dict[int, Account] = {}

    def account(self, installation_id: int) -> Account:
        """Return what is known of an installation."""
        return self._accounts.setdefault(installation_id, Account())

    @contextmanager
    def admitted(self, caller: Caller, method: str, path: str) -> Iterator[None]:
        """Count a request while it runs; `ApiError` if it is over a limit."""
        if caller.installation is None:
            yield
            return
        account, write = self.account(caller.installation.id), method not in ("GET", "HEAD")
        self._check_blocked(account, caller.installation.id, write, f"{method} {path}")
        if write and self.pacing:
            self._check_write(account, caller.installation.id, f"{method} {path}")
        account.busy += 1
        account.writing += write
        try:
            if self.pacing:
                self._check_points(account, caller.installation.id, write, f"{method} {path}")
            yield
        finally:
            account.busy -= 1
            account.writing -= write

    def _check_blocked(self, account: Account, installation_id: int, write: bool, request: str) -> None:
        now = self.clock.now()
        if account.banned:
            raise ApiError(403, "This installation has been suspended for abuse.")
        if write and account.limited_until and now < account.limited_until:
            self._note("called while limited", installation_id, request)
            account.ignored += 1
            account.banned = account.ignored >= self.ban_after
            raise self._secondary("bare_403", account.limited_until)
        if account.window and now < account.window and account.used >= self.hourly:
            raise self.primary(account)

    def _check_write(self, account: Account, installation_id: int, request: str) -> None:
        now = self.clock.now()
        writes = account.writes
        while writes and writes[0] <= now - HOUR:
            writes.popleft()
        rules = {
            "more than one write at a time": account.writing > 0,
            "writes less than a second apart": bool(writes)
            and (now - writes[-1]).total_seconds() < 1 - self.slack,
            "over 80 writes a minute": sum(at > now - MINUTE for at in writes) >= 80,
            "over 500 writes an hour": len(writes) >= 500,
        }
        writes.append(now)
        self._judge([rule for rule, broken in rules.items() if broken], installation_id, request)

    def _check_points(self, account: Account, installation_id: int, write: bool, request: str) -> None:
        now = self.clock.now()
        account.points.append((now, 5 if write else 1))
        while account.points[0][0] <= now - MINUTE:
            account.points.popleft()
        rules = {
            "over 900 points a minute": sum(points for _, points in account.points) > 900,
            "over 100 at once": account.busy > 100,
        }
        self._judge([rule for rule, broken in rules.items() if broken], installation_id, request)

    def _judge(self, broken: list[str], installation_id: int, request: str) -> None:
        for rule in broken:
            self._note(rule, installation_id, request)
        if broken and self.enforce:
            raise self.limit(installation_id, self._chance.choice(VARIANTS))

    def _note(self, rule: str, installation_id: int, request: str) -> None:
        self.breaches.append(Breach(rule, self.clock.now(), installation_id, request))

    def limit(self, installation_id: int, variant: Variant, seconds: float = 60) -> ApiError:
        """Limit an installation from now on, and return the answer that says so in one of GitHub's ways."""
        account = self.account(installation_id)
        account.limited_until = self.clock.now() + timedelta(seconds=seconds)
        return self._secondary(variant, account.limited_until)

    def _secondary(self, variant: Variant, until: datetime) -> ApiError:
        seconds = max(1, round((until - self.clock.now()).total_seconds()))
        wait = {"Retry-After": str(seconds)}
        if variant == "abuse_422":
            error = {"resource": "IssueComment", "field": "body", "code": "abuse", "message": ABUSE}
            return ApiError(422, "Validation Failed", errors=[error])
        if variant == "bare_403":
            return ApiError(403, SECONDARY, extra={"bare": True})
        return ApiError(429 if variant == "retry_after_429" else 403, SECONDARY, headers=wait)

    def spend(self, caller: Caller) -> None:
        """Count one request against the hourly limit."""
        if caller.installation is None:
            return
        account, now = self.account(caller.installation.id), self.clock.now()
        if account.window is None or now >= account.window:
            account.window, account.used = now + HOUR, 0
        account.used += 1

    def exhaust(self, installation_id: int) -> ApiError:
        """Use the hourly limit up, and return the answer that says so."""
        account = self.account(installation_id)
        account.used = self.hourly
        account.window = account.window or self.clock.now() + HOUR
        return self.primary(account)

    def primary(self, account: Account) -> ApiError:
        """Return the answer to a request over the hourly limit."""
        return ApiError(403, "API rate limit exceeded for installation.", headers=self._headers(account))

    def overview(self, caller: Caller) -> dict[str, Any]:
        """Return what `GET /rate_limit` says."""
        account = self.account(caller.installation.id) if caller.installation else Account()
        return {
            "limit": self.hourly,
            "remaining": max(0, self.hourly - account.used),
            "reset": int((account.window or self.clock.now() + HOUR).timestamp()),
            "used": account.used,
            "resource": "core",
        }

    def headers(self, caller: Caller) -> dict[str, str]:
        """Return the `X-RateLimit-*` headers."""
        return self._headers(self.account(caller.installation.id) if caller.installation else Account())

    def _headers(self, account: Account) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.hourly),
            "X-RateLimit-Remaining": str(max(0, self.hourly - account.used)),
            "X-RateLimit-Reset": str(int((account.window or self.clock.now() + HOUR).timestamp())),
            "X-RateLimit-Used": str(account.used),
            "X-RateLimit-Resource": "core",
        }
