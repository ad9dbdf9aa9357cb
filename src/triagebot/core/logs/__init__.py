"""Find the lines of a build's or a test's log that say why it failed.

The last line of a log says that something failed, seldom what. So every line is compared with the shapes
in which tools report errors (`shapes.py`); each has a weight, from "this is what is wrong" down to "so
the job ended". Of those with the most weight the first one counts: the rest often follows from it.

Linear in the log: lines are cut, every pattern is bounded, and none looks further than a few dozen lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from triagebot.core.logs.shapes import SHAPES, Shape
from triagebot.core.logs.traces import Place, places

MOST_LINES = 150_000
"""Lines of a log that are looked at, the last ones."""
LONGEST_LINE = 600
MOST = 200
"""So many clues are found; a log with more repeats itself."""
EXCERPT = 24
"""Lines of a clue at most."""

_STAMP = re.compile(r"\ufeff?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)? ?")
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]{0,30}[A-Za-z]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\))")
_UNTELLING = re.compile(r"[\s=_\-*#~.|]*")


@dataclass(frozen=True, slots=True)
class Clue:
    """Lines that say why. `at` counts the log's lines from 0, `places` are the lines of code they name, the nearest first.

    `weight` is 4 for a mistake that a tool has pointed at, 3 for a cause, 2 for a plain "error", and 1
    for what only follows from it (an exit code).
    """

    tool: str
    weight: int
    at: int
    message: str
    lines: tuple[str, ...]
    places: tuple[Place, ...] = ()


def read(text: str) -> list[str]:
    """Return a log's lines without time stamps, colours, and what a progress bar has overwritten."""
    lines = text.split("\n")[-MOST_LINES:]
    return [_clean(line) for line in lines]


def clues(text: str, *, most: int = 5) -> list[Clue]:
    """Return what the log says of why it failed, the most telling first; empty if it says nothing known."""
    lines = read(text)
    found: list[Clue] = []
    at = 0
    while at < len(lines) and len(found) < MOST:
        clue = _clue_at(lines, at)
        if clue is not None:
            found.append(clue)
            # A traceback's own lines are no further clues; what only follows must not hide what comes next.
            at = max(at + 1, clue.at + len(clue.lines)) if clue.weight >= 3 else at + 1
        else:
            at += 1
    found.sort(key=lambda clue: (-clue.weight, clue.at))
    kept: dict[str, Clue] = {}
    for clue in found:
        kept.setdefault(clue.message, clue)
    return list(kept.values())[:most]


def _clean(line: str) -> str:
    line = line.rstrip("\r").rpartition("\r")[2][: 8 * LONGEST_LINE]
    line = _STAMP.sub("", line, count=1) if line[:1] in "\ufeff0123456789" else line
    if "\x1b" in line:
        line = _ESCAPE.sub("", line)
    return line.rstrip()[:LONGEST_LINE]


def _clue_at(lines: Sequence[str], at: int) -> Clue | None:
    line = lines[at]
    if len(line) < 4:
        return None
    for shape in SHAPES:
        if shape.hint not in line:
            continue
        match = shape.pattern.match(line)
        if match is None or not _followed(shape, lines, at):
            continue
        start, end = _extent(shape, lines, at)
        excerpt = tuple(lines[start:end])
        said = excerpt[-1] if shape.last else match.groupdict().get("message")
        message = " ".join((said or _next_telling(lines, at, said is not None)).split())
        return Clue(
            shape.tool, shape.weight, start, message[:300], excerpt, _places(shape, lines, at, excerpt)
        )
    return None


def _followed(shape: Shape, lines: Sequence[str], at: int) -> bool:
    """Return True if what must stand near the line does."""
    if shape.needs is None:
        return True
    return any(shape.needs.match(line) for line in lines[at + 1 : at + 1 + shape.within])


def _extent(shape: Shape, lines: Sequence[str], at: int) -> tuple[int, int]:
    """Return the lines that belong to the clue: some before, and after it those up to its end."""
    start = at
    while start > max(0, at - shape.before) and lines[start - 1].strip():
        start -= 1
    end = at + 1
    last = min(len(lines), at + EXCERPT)
    while end < last and shape.end is not None and not shape.end.match(lines[end]):
        end += 1
    if shape.inclusive and end < last:
        end += 1
    while end > at + 1 and _UNTELLING.fullmatch(lines[end - 1]):
        end -= 1
    return start, end


def _next_telling(lines: Sequence[str], at: int, skip: bool) -> str:
    """Return the line itself or, if its message is on a later one, the next that says something."""
    for line in lines[at + 1 : at + 8] if skip else ():
        if not _UNTELLING.fullmatch(line):
            return line.strip()
    return lines[at].strip()


def _places(shape: Shape, lines: Sequence[str], at: int, excerpt: Sequence[str]) -> tuple[Place, ...]:
    found = places(excerpt)
    if shape.heading is not None:  # the file is named once, above its mistakes
        for line in reversed(lines[max(0, at - 200) : at]):
            if match := shape.heading.match(line):
                position = shape.pattern.match(lines[at])
                number = position["line"] if position else "0"
                return (Place(match["path"], int(number)), *found)
    return tuple(found)
