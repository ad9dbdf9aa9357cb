"""Say whether the process runs, and whether deliveries would be stored and worked on.

Anyone may ask, so the checks run at most once a second, however many ask.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

Check = Callable[[], Awaitable[tuple[bool, str]]]
"""Finds out whether one thing works, and says in a few words how it is."""

FRESH = 1.0
"""Seconds for which a result stands."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    ok: bool
    detail: str


class Health:
    """Runs the checks that it was given, each for at most `patience` seconds."""

    def __init__(self, checks: Mapping[str, Check], *, patience: float = 2.0) -> None:
        self._checks = dict(checks)
        self._patience = patience
        self._findings: dict[str, Finding] = {}
        self._found_at = float("-inf")
        self._running = asyncio.Lock()

    async def findings(self) -> Mapping[str, Finding]:
        """Return what each check finds now, or found within the last second."""
        async with self._running:
            if time.monotonic() - self._found_at > FRESH:
                found = await asyncio.gather(*(self._find(name) for name in self._checks))
                self._findings = dict(zip(self._checks, found, strict=True))
                self._found_at = time.monotonic()
        return self._findings

    async def _find(self, name: str) -> Finding:
        try:
            async with asyncio.timeout(self._patience):
                return Finding(*await self._checks[name]())
        except TimeoutError:
            return Finding(ok=False, detail=f"no answer within {self._patience:g} s")
        except Exception as error:  # noqa: BLE001 - the last wall: a check that breaks is the finding
            _log.warning("health check broke", check=name, error=repr(error))
            return Finding(ok=False, detail=f"the check itself failed ({type(error).__name__}); see the log")
