"""Faults on purpose: by a script ("the 2nd POST of a comment is done, then the connection breaks") or by a seed."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

FaultKind = Literal[
    "error_before",  # 5xx, nothing done
    "error_after",  # 5xx, yet done
    "reset_before",  # connection broken, nothing done
    "reset_after",  # connection broken, yet done
    "late_commit",  # 5xx now; done after `seconds`, or when `Faults.release()` is called
    "late_reset",  # connection broken now; done as `late_commit`
    "delay",  # done, answered after `seconds`
    "stale",  # a read sees the world as it was `back` writes ago
    "unauthorized",  # 401, once
    "token_expired",  # 401, and the token stays dead
    "limit_403",  # secondary limit with Retry-After (`seconds`)
    "limit_429",
    "limit_bare_403",  # without any header
    "abuse_422",
    "limit_primary",  # the hourly limit is used up
]

UNHARMFUL: tuple[FaultKind, ...] = ("error_before", "error_after", "reset_before", "reset_after")


@dataclass
class Fault:
    """What goes wrong with which request. It strikes at the `nth` match and `times` times in a row.

    `path` is a regular expression searched in the path (without `/api/v3`); `status` is for 5xx kinds.
    """

    kind: FaultKind
    method: str = "*"
    path: str = ""
    nth: int = 1
    times: int = 1
    status: int = 502
    seconds: float | None = None
    back: int = 1
    matched: int = 0
    struck: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Count a request, and return True if the fault strikes it."""
        if self.method not in ("*", method) or not re.search(self.path, path):
            return False
        self.matched += 1
        if self.nth <= self.matched < self.nth + self.times:
            self.struck += 1
            return True
        return False


@dataclass
class Faults:
    """The faults to come. `remember` is told when a stale read will need the world's past."""

    remember: Callable[[], None]
    scripted: list[Fault] = field(default_factory=list)
    _release: asyncio.Event = field(default_factory=asyncio.Event)
    _chaos: tuple[random.Random, float, Sequence[FaultKind], str] | None = None

    def add(self, fault: Fault) -> Fault:
        """Put a fault on the script; returns it, so that `struck` can be read afterwards."""
        if fault.kind == "stale":
            self.remember()
        self.scripted.append(fault)
        return fault

    def chaos(
        self,
        seed: int,
        rate: float,
        kinds: Sequence[FaultKind] = UNHARMFUL,
        methods: str = "POST|PATCH|PUT|DELETE|GET",
    ) -> None:
        """Let every request fail with the chance `rate`, in one of `kinds`; the same seed, the same faults."""
        if "stale" in kinds:
            self.remember()
        self._chaos = (random.Random(seed), rate, tuple(kinds), methods)  # noqa: S311  # repeatable, not secret

    def clear(self) -> None:
        """Take back every fault that has not struck."""
        self.scripted.clear()
        self._chaos = None

    def pick(self, method: str, path: str) -> Fault | None:
        """Return the fault that strikes this request; all scripted ones count it."""
        struck = [fault for fault in self.scripted if fault.strikes(method, path)]
        if struck:
            return struck[0]
        if self._chaos:
            chance, rate, kinds, methods = self._chaos
            if re.fullmatch(methods, method) and chance.random() < rate:
                return Fault(chance.choice(kinds), seconds=1, struck=1)
        return None

    def release(self) -> None:
        """Let every late commit that waits happen now."""
        self._release.set()
        self._release = asyncio.Event()

    async def released(self) -> None:
        """Return at the next `release()`."""
        await self._release.wait()
