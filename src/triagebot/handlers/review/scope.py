"""Which of the changed files are looked at, the most important first, and which are not, and why.

A path and the listing alone decide, before anything is read or parsed: a pull request may have
thousands of files. What is left out is kept by reason, because the review says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from triagebot.core import globs
from triagebot.core.file_kinds import FileKind, kind_of
from triagebot.core.values import PullFile

LISTED = 3_000
"""GitHub's list of changed files ends here. See "List pull requests files" in its REST reference."""
MINIFIED = 500
"""Characters a line, on average, from which nobody wrote the file by hand."""


class Left(StrEnum):
    """Why a file was not read, in the review's words."""

    IGNORED = "named by `review.ignore`"
    GENERATED = "generated, vendored, minified or a lock file"
    BINARY = "binary, or without a text that GitHub shows"
    LARGE = "too large for GitHub to show the change"
    DELETED = "deleted"
    UNCHANGED = "renamed or moved, with the same content"
    SEEN = "unchanged since the last review"
    BEGUN = "so long that only its beginning was read"
    ROOM = "more than one review reads"


@dataclass(frozen=True, slots=True)
class Scope:
    """The files to look at, the most important first, and the others by reason.

    `unasked` were not asked for; `unknown` are the words of who asked that name no changed file.
    """

    chosen: tuple[PullFile, ...]
    left: Mapping[Left, tuple[str, ...]]
    unasked: int = 0
    unknown: tuple[str, ...] = ()


def select(files: Sequence[PullFile], *, ignore: Sequence[str], paths: Sequence[str]) -> Scope:
    """Return what of `files` to look at. `ignore` are globs; `paths` what a person asked for, empty for all."""
    chosen: list[PullFile] = []
    left: dict[Left, list[str]] = {}
    unasked = 0
    unknown = set(paths)
    for file in files:
        asked = {word for word in paths if _names(word, file.path)}
        unknown -= asked
        if paths and not asked:
            unasked += 1
        elif reason := Left.IGNORED if globs.selects(ignore, file.path) else _unreadable(file):
            left.setdefault(reason, []).append(file.path)
        else:
            chosen.append(file)
    chosen.sort(key=_importance)
    reasons = {reason: tuple(names) for reason, names in left.items()}
    return Scope(tuple(chosen), reasons, unasked, tuple(word for word in paths if word in unknown))


def _names(word: str, path: str) -> bool:
    """Return True if a person's word names `path`: itself, its folder, or a pattern; `.` is everything."""
    one = word.removeprefix("./") or "."
    return one == "." or globs.matches(one, path) or f"{path}/".startswith(f"{one.strip('/')}/")


_RANKS: Mapping[FileKind, int] = {"code": 0, "schema": 0, "ci": 0, "tests": 1, "dependencies": 2, "docs": 2}
_LAST = 3  # settings, and what nothing is known of
_SECURITY = re.compile(
    r"auth|crypt|secur|token|passw|session|permission|login|sql|secret|sandbox|serial|upload|sanit|escape"
    r"|^\.github/(?:workflows|actions)/",
    re.IGNORECASE,
)
_SAYS_GENERATED = re.compile(
    r"@generated\b|\bcode generated\b[^\n]{0,80}\bdo not edit\b|\bauto-?generated\b", re.IGNORECASE
)


def _unreadable(file: PullFile) -> Left | None:
    """Return why the file cannot or need not be read, or None."""
    if file.status == "removed":
        return Left.DELETED
    if file.patch is None:
        if file.additions or file.deletions:
            return Left.LARGE
        return Left.UNCHANGED if file.status in ("renamed", "copied", "unchanged") else Left.BINARY
    if kind_of(file.path) in ("lock", "generated") or _machine_made(file.patch):
        return Left.GENERATED
    return None


def _machine_made(patch: str) -> bool:
    lines = patch.count("\n") + 1
    return len(patch) / lines > MINIFIED or _SAYS_GENERATED.search(patch[:600]) is not None


def _importance(file: PullFile) -> tuple[int, bool, int, str]:
    """Return a key that sorts the most important file first; the path makes the order certain."""
    rank = _RANKS.get(kind_of(file.path), _LAST)
    return (rank, not _SECURITY.search(file.path), -(2 * file.additions + file.deletions), file.path)
