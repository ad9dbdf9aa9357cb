"""What a diff consists of, and the places in it that GitHub accepts a comment on."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from triagebot.core.values import Side

Status = Literal["added", "removed", "modified", "renamed", "copied"]


class DiffError(ValueError):
    """A text is not the diff that it should be. `line` is the text's line, from 1; None if it is about no line."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Line:
    r"""A line of a hunk: `old` and `new` are its numbers in the two files, from 1, None where it is in one only.

    `text` is without the line's "\n"; `newline` is False for a file's last line that has none.
    """

    kind: Literal[" ", "+", "-"]
    old: int | None
    new: int | None
    text: str
    newline: bool = True

    def number(self, side: Side) -> int | None:
        """Return where the line stands in that side's file."""
        return self.old if side == "LEFT" else self.new


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring lines. The counts are those of `lines`, also where the header of a cut hunk promised more.

    As git has it, a side with no lines starts at the line before, 0 at the beginning of the file. `section`
    is the text behind the second `@@`: mostly the function that the hunk is in.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: str
    lines: tuple[Line, ...]

    def numbers(self, side: Side) -> range:
        """Return the numbers of the side's lines in this hunk; each of them takes a comment."""
        start, count = (
            (self.old_start, self.old_count) if side == "LEFT" else (self.new_start, self.new_count)
        )
        return range(start, start + count) if count else range(start + 1, start + 1)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The lines `start_line`..`line` of a side that take one comment; `start_line` is None for a single line.

    On the RIGHT, a suggestion block in that comment replaces exactly these lines. The LEFT has no suggestions.
    """

    path: str
    side: Side
    line: int
    start_line: int | None = None

    @property
    def numbers(self) -> range:
        """The numbers of all its lines."""
        return range(self.line if self.start_line is None else self.start_line, self.line + 1)


@dataclass(frozen=True, slots=True)
class Shown:
    """The lines of a side that a diff shows, made for searching: `text` has a newline before and behind each.

    Line i has the number `numbers[i]`, and its newline stands at `starts[i]`. `reversed` is `text` backwards.
    """

    numbers: tuple[int, ...]
    starts: tuple[int, ...]
    text: str
    reversed: str


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What happened to one file. `old_path` is set where it was renamed or copied.

    `binary`: it has no lines. `missing`: GitHub left its lines out. `cut`: there are more changed lines
    than `hunks` has. Modes are octal ("100644"), None where unknown or where that side has no file.
    """

    path: str
    old_path: str | None
    status: Status
    hunks: tuple[Hunk, ...] = ()
    binary: bool = False
    missing: bool = False
    old_mode: str | None = None
    new_mode: str | None = None
    cut: bool = False
    shown: dict[tuple[Side, bool], Shown] = field(default_factory=dict, init=False, repr=False, compare=False)
    touched: dict[Side, frozenset[int]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What `locate` and `changed` keep between two findings; nobody else's."""

    def hunk(self, side: Side, line: int) -> Hunk | None:
        """Return the hunk that shows this line of the side."""
        at = bisect_right(self.hunks, line, key=lambda hunk: hunk.numbers(side).start) - 1
        return self.hunks[at] if at >= 0 and line in self.hunks[at].numbers(side) else None

    def anchor(self, side: Side, line: int, start_line: int | None = None) -> Anchor | None:
        """Return the place of a comment, or None where GitHub refuses one.

        It takes a comment on changed and unchanged lines that a hunk shows, and on several of them if they are
        of one hunk and one side, and `start_line` is before `line`.
        """
        hunk = self.hunk(side, line)
        if hunk is None:
            return None
        if start_line is not None and not (start_line < line and start_line in hunk.numbers(side)):
            return None
        return Anchor(self.path, side, line, start_line)

    def lines(self, anchor: Anchor) -> tuple[Line, ...]:
        """Return the lines that an anchor of this diff covers."""
        hunk, wanted = self.hunk(anchor.side, anchor.line), anchor.numbers
        if hunk is None:
            return ()
        above = wanted.start - hunk.numbers(anchor.side).start
        found: list[Line] = []
        for line in islice(hunk.lines, max(0, above), None):  # so many at least stand above it
            number = line.number(anchor.side)
            if number in wanted:
                found.append(line)
            if number == anchor.line:
                break
        return tuple(found)

    def changed(self, side: Side) -> frozenset[int]:
        """Return the numbers of the lines added (RIGHT) or removed (LEFT)."""
        if side not in self.touched:
            kind = "-" if side == "LEFT" else "+"
            lines = (line for hunk in self.hunks for line in hunk.lines if line.kind == kind)
            self.touched[side] = frozenset(line.number(side) or 0 for line in lines)
        return self.touched[side]
