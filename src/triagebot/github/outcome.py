"""Sort every answer of GitHub, and every failure to get one, by its effect.

What matters after a call is not its status but whether it was done: not done, done, refused for
good, or unknown. See "Best practices for using the REST API" and "Rate limits for the REST API" in
GitHub's documentation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from triagebot.core.errors import (
    GitHubError,
    Gone,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)

DEFAULT_WAIT = timedelta(seconds=60)
"""How long GitHub asks to wait after a limit that came without headers, at least."""

_LONGEST_WAIT = timedelta(hours=2)
_LIMIT_WORDS = ("rate limit", "abuse detection", "temporarily blocked from content creation")
_GONE_WORDS = (
    "is locked",
    "conversation is locked",
    "locked conversation",
    "was archived",
    "is archived",
    "has been suspended",
    "was suspended",
    "is suspended",
    "access blocked",
)
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A 2xx answer, or one from the cache that GitHub confirmed with 304."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """Return the decoded body; None if there is none."""
        return json.loads(self.content) if self.content else None


def from_exception(error: Exception, what: str, *, writes: bool) -> GitHubError:
    """Return the error for a call that got no answer. `what` names the call, as `POST /path`."""
    text = f"{what}: {type(error).__name__}"
    if isinstance(error, _NOT_SENT):
        return Unavailable(f"GitHub cannot be reached ({text}). Nothing was sent.")
    if writes:
        return OutcomeUnknown(f"GitHub's answer was lost ({text}). The write may have been done.")
    return Unavailable(f"GitHub did not answer ({text}).")


def from_answer(
    status: int, headers: Mapping[str, str], content: bytes, what: str, *, writes: bool, now: datetime
) -> GitHubError | None:
    """Return the error that an answer stands for, or None for a 2xx or a 304."""
    if 200 <= status < 300 or status == 304:
        return None
    words, codes = _words(content)
    text = f"{what}: {status} {words}".strip()
    if _limited(status, headers, words, codes):
        return RateLimited(f"GitHub limits the rate ({text}).", until=_until(headers, now), status=status)
    if status >= 500 or status == 408:
        if writes:
            return OutcomeUnknown(f"GitHub failed ({text}). The write may have been done.", status=status)
        return Unavailable(f"GitHub failed ({text}).", status=status)
    return _refusal(status, words, text)


def states_a_wait(headers: Mapping[str, str]) -> bool:
    """Return True if GitHub said itself how long to wait."""
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"


def _refusal(status: int, words: str, text: str) -> GitHubError:
    lowered = words.lower()
    if status == 404:
        return NotFound(f"GitHub does not know it, or the App may not see it ({text}).", status=status)
    if status in (301, 302, 307, 308, 410, 451):
        return Gone(f"It was moved or deleted ({text}).", status=status)
    if status in (403, 423) and any(phrase in lowered for phrase in _GONE_WORDS):
        return Gone(f"It takes no more changes ({text}).", status=status)
    if status == 401:
        return Unavailable(
            f"GitHub does not accept the App's credentials ({text}). Check the App's id, its private key "
            "and this computer's clock.",
            status=status,
        )
    return Refused(f"GitHub refused: {words or status} ({what_of(text)}).", status=status)


def what_of(text: str) -> str:
    """Return the `METHOD /path` part of an error's text."""
    return text.partition(": ")[0]


def _limited(status: int, headers: Mapping[str, str], words: str, codes: frozenset[str]) -> bool:
    lowered = words.lower()
    if status == 429:
        return True
    if status == 403:
        return states_a_wait(headers) or any(phrase in lowered for phrase in _LIMIT_WORDS)
    return status == 422 and ("abuse" in codes or "was submitted too quickly" in lowered)


def _until(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return when to call again: as told, else after a minute. Nonsense counts as not told."""
    if (after := headers.get("retry-after")) is not None:
        try:
            wait = timedelta(seconds=float(after))
        except (ValueError, OverflowError):
            try:
                wait = parsedate_to_datetime(after).astimezone(UTC) - now
            except (ValueError, OverflowError, TypeError):
                wait = DEFAULT_WAIT
        return now + min(max(wait, timedelta(seconds=1)), _LONGEST_WAIT)
    if headers.get("x-ratelimit-remaining") == "0":
        try:
            reset = datetime.fromtimestamp(int(headers.get("x-ratelimit-reset", "")), UTC)
        except (ValueError, OverflowError, OSError):
            return now + DEFAULT_WAIT
        return min(max(reset, now + timedelta(seconds=1)), now + _LONGEST_WAIT)
    return now + DEFAULT_WAIT


def _words(content: bytes) -> tuple[str, frozenset[str]]:
    """Return what an error's body says, in one line of at most 500 characters, and its error codes."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return "", frozenset()
    if not isinstance(body, dict):
        return "", frozenset()
    parts = [str(body.get("message") or "")]
    codes = set()
    errors = body.get("errors")
    for error in errors if isinstance(errors, list) else [errors] if errors else []:
        if isinstance(error, dict):
            codes.add(str(error.get("code")))
            parts.append(" ".join(str(error[key]) for key in ("field", "code", "message") if error.get(key)))
        else:
            parts.append(str(error))
    return " ".join("; ".join(part for part in parts if part).split())[:500], frozenset(codes)
