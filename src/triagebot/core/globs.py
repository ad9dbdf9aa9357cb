"""Match paths with globs, in time linear in pattern times path, with no backtracking over the whole.

`*` stands for any characters of one segment, `?` for one, `**` for any number of segments. A pattern
describes the whole path from the root, so `*.md` is about the root only, as in actions/labeler and in
workflows' `paths`; files and folders that begin with a dot are like any other. `CODEOWNERS` reads its
patterns differently (`core/codeowners.py`) and matches their segments with the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LONGEST = 400
"""Characters of a pattern; a longer one matches nothing."""


def selects(patterns: Iterable[str], path: str) -> bool:
    """Return True if some pattern matches `path`, and none that begins with `!` does.

    Where all of them begin with `!`, everything else is meant.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for pattern in patterns:
        if pattern.startswith("!"):
            unwanted.append(pattern[1:])
        else:
            wanted.append(pattern)
    if any(matches(pattern, path) for pattern in unwanted):
        return False
    return any(matches(pattern, path) for pattern in wanted) or (bool(unwanted) and not wanted)


def matches(pattern: str, path: str) -> bool:
    """Return True if `pattern` describes `path`. A pattern that ends in a slash means all that is below."""
    if not pattern or len(pattern) > LONGEST:
        return False
    whole = pattern.removeprefix("./").lstrip("/")
    return segments_match((f"{whole}**" if whole.endswith("/") else whole).split("/"), path.split("/"))


def segments_match(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Return True if the segments of a pattern match those of a path; `**` stands for any number of them."""
    at = position = star = 0
    mark = -1
    while position < len(path):
        if at < len(pattern) and pattern[at] == "**":
            mark, star = at, position
            at += 1
        elif at < len(pattern) and _segment_matches(pattern[at], path[position]):
            at += 1
            position += 1
        elif mark >= 0:
            star += 1
            position, at = star, mark + 1
        else:
            return False
    return all(part == "**" for part in pattern[at:])


def _segment_matches(pattern: str, name: str) -> bool:
    """Match one segment: `*` stands for any characters, `?` for one."""
    at = position = star = 0
    mark = -1
    while position < len(name):
        if at < len(pattern) and pattern[at] == "*":
            mark, star = at, position
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[position]):
            at += 1
            position += 1
        elif mark >= 0:
            star += 1
            position, at = star, mark + 1
        else:
            return False
    return all(char == "*" for char in pattern[at:])
