"""A circuit breaker: leave an endpoint alone that keeps failing, then try it again with one call.

closed ── `threshold` failures in a row ──▶ open ── cooldown over ──▶ half-open
   ▲                                         ▲                          │
   └── success ──────────────────────────────┼── failure (cooldown × 2) ┘
                                             └── or an endpoint that names its own time (`hold`)

Half-open lets a single call through. Not thread-safe: one event loop owns it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from triagebot.ports import Clock

State = Literal["closed", "open", "half-open"]


@dataclass(frozen=True, slots=True)
class Pass:
    """The right to send one call. `trial` marks the single one of a half-open breaker."""

    trial: bool


class Breaker:
    """The breaker of one endpoint. Every pass is given back by exactly one of the outcomes."""

    def __init__(
        self,
        clock: Clock,
        *,
        threshold: int = 5,
        cooldown: timedelta = timedelta(seconds=30),
        longest: timedelta = timedelta(minutes=10),
    ) -> None:
        self._clock = clock
        self._threshold = threshold
        self._first_cooldown = self._cooldown = cooldown
        self._longest = longest
        self._failures = 0
        self._until: datetime | None = None
        self._trying = False

    @property
    def state(self) -> State:
        """Where the breaker stands now."""
        if self._until is None:
            return "closed"
        return "open" if self._clock.now() < self._until else "half-open"

    @property
    def until(self) -> datetime | None:
        """When an open breaker lets the next call through."""
        return self._until

    def enter(self) -> Pass | None:
        """Return a pass if a call may be sent now; half-open, the first caller gets the only one."""
        state = self.state
        if state == "open" or (state == "half-open" and self._trying):
            return None
        self._trying = state == "half-open"
        return Pass(trial=self._trying)

    def succeeded(self, given: Pass) -> None:
        """Note that the endpoint answered: close. A call from before the failures proves nothing."""
        if given.trial or self._until is None:
            self._failures, self._until, self._trying = 0, None, False
            self._cooldown = self._first_cooldown

    def failed(self, given: Pass) -> None:
        """Note that the endpoint did not answer; open after enough of it, or after a failed trial."""
        if given.trial:
            self._trying = False
            self._cooldown = min(self._cooldown * 2, self._longest)
            self._until = self._clock.now() + self._cooldown
        elif self._until is None:
            self._failures += 1
            if self._failures >= self._threshold:
                self._until = self._clock.now() + self._cooldown

    def hold(self, given: Pass, pause: timedelta) -> None:
        """Open for as long as the endpoint asked for, at most an hour."""
        self.abandoned(given)
        self._until = self._clock.now() + min(pause, timedelta(hours=1))

    def abandoned(self, given: Pass) -> None:
        """Note that the call ended without telling anything, because its caller gave up."""
        if given.trial:
            self._trying = False
