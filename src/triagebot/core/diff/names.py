"""File names as `git diff` writes them: prefixed with `a/` and `b/`, and in quotes like a C string if odd."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"((?:[^"\\]|\\(?:[abtnvfr"\\]|[0-3][0-7]{2}))*)"')
_ESCAPE = re.compile(rb"\\(?:([0-3][0-7]{2})|(.))")
_CONTROL = dict(zip(b"abtnvfr", b"\a\b\t\n\v\f\r", strict=True))


def unquote(name: str) -> str | None:
    """Return the name that git wrote, None if no name is written like this.

    Escaped bytes that are not UTF-8 become U+FFFD, as in GitHub's JSON.
    """
    if not name.startswith('"'):
        return name or None
    quoted = _QUOTED.fullmatch(name)
    if quoted is None:
        return None
    raw = _ESCAPE.sub(_byte, quoted[1].encode("utf-8", "replace"))
    return raw.decode("utf-8", "replace") or None


def same_name(pair: str) -> str | None:
    """Return the name that stands twice in `a/NAME b/NAME`; None if that is two names, or something else.

    A name may hold spaces and ` b/`, so the line is only unambiguous because both halves are as long.
    """
    half = len(pair) // 2
    old, new = unquote(pair[:half]), unquote(pair[half + 1 :])
    if pair[half : half + 1] != " " or not old or not new:
        return None
    return new[2:] or None if old[:2] == "a/" and new[:2] == "b/" and old[2:] == new[2:] else None


def _byte(escape: re.Match[bytes]) -> bytes:
    if escape[1]:
        return bytes([int(escape[1], 8)])
    code = escape[2][0]
    return bytes([_CONTROL.get(code, code)])
