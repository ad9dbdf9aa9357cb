r"""A file whose lines are searched for and replaced."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

MOST_LOOKED_AT = 20
"""Places whose indentation is compared; lines that stand at more places than that name none of them."""
SHORTEST_PART = 8
"""Characters, without white space, of a part of lines that names a place: fewer may stand there once by chance."""

_GOES_ON = re.compile(r"[^\w)\]}'\"`;]$|\b(?:and|or|not|in|is|do|then|else)$")
"""How a line ends whose next one is indented more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the lines were found, from 0.

    `more` is the white space that the file's lines have and the search's lack, `less` the other way round.
    Where the search is a part of them, `before` and `behind` are what stands around it.
    """

    start: int
    count: int
    more: str = ""
    less: str = ""
    before: str = ""
    behind: str = ""


def lines_of(text: str) -> list[str]:
    r"""Return the lines of an edit's text without their ends; one newline at its end is not a line of its own."""
    text = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    return [line.removesuffix("\r") for line in text.split("\n")]


def replacing(text: str) -> list[str]:
    """Return the lines of a replacement: of nothing, there are none."""
    return lines_of(text) if text else []


def _bare(line: str) -> str:
    return line.removesuffix("\r")


class Sought:
    """A file as edits so far have left it. `lines` are without their newlines, but with the carriage return before it."""

    def __init__(self, text: str, *, edited: bool = False) -> None:
        self.lines = text.split("\n")
        self.closed = not self.lines[-1]  # the last line has an end
        if self.closed:
            self.lines.pop()
        self.size = len(text)
        self.edited = edited
        self._forms: dict[Callable[[str], str], str] = {}

    @property
    def empty(self) -> bool:
        """True if there is nothing in it to search for."""
        return not any(line.strip() for line in self.lines)

    def text(self) -> str:
        """Return the file."""
        return "\n".join(self.lines) + ("\n" if self.closed and self.lines else "")

    def find(self, search: str) -> list[Place]:
        """Return where the lines stand, by the first comparison that finds any: none, one, or more than one place."""
        wanted = lines_of(search)
        for form in (_bare, str.rstrip):
            if starts := self._starts(wanted, form, 2):
                return [Place(start, len(wanted)) for start in starts]
        if not any(map(str.strip, wanted)):
            return []
        starts = self._starts(wanted, str.strip, MOST_LOOKED_AT + 1)
        if len(starts) > MOST_LOOKED_AT:
            return [Place(start, len(wanted)) for start in starts]
        places = [self._shifted(start, wanted) for start in starts]
        return [place for place in places if place is not None] or self._inside(wanted)

    def replace(self, place: Place, search: str, replacement: str) -> bool:
        """Put the replacement where the search was found; False if it cannot be indented as the file is."""
        old, new = lines_of(search), replacing(replacement)
        if place.before or place.behind or _lost_at_first(place, new):
            around = place.before or place.more, place.behind
            self._splice(place.start, place.start + place.count, _put_between(around, new))
            return True
        above = 0
        while above < min(len(old), len(new)) and old[above] == new[above]:
            above += 1
        below = 0
        while below < min(len(old), len(new)) - above and old[-1 - below] == new[-1 - below]:
            below += 1
        fresh = [_indented(line, place) for line in new[above : len(new) - below]]
        if None in fresh:
            return False
        start, end = place.start + above, place.start + place.count - below
        self._splice(start, end, [line for line in fresh if line is not None])
        return True

    def _starts(self, wanted: list[str], form: Callable[[str], str], most: int) -> list[int]:
        """Return the first places, at most so many, where the lines stand in this form."""
        text = self._forms.get(form)
        if text is None:
            text = self._forms[form] = "\n".join(["", *map(form, self.lines), ""])
        needle = "\n".join(["", *map(form, wanted), ""])
        found: list[int] = []
        at, counted, line = text.find(needle), 0, 0
        while at >= 0 and len(found) < most:
            line += text.count("\n", counted, at)
            counted = at
            found.append(line)
            at = text.find(needle, at + 1)
        return found

    def _shifted(self, start: int, wanted: list[str]) -> Place | None:
        """Return the place if all its lines are indented more than `wanted`, or less, by the same white space."""
        pairs = [
            (_indent(line), _indent(sought))
            for line, sought in zip(self.lines[start : start + len(wanted)], wanted, strict=True)
            if sought.strip()
        ]
        here, there = pairs[0]
        more, less = here[: max(0, len(here) - len(there))], there[: max(0, len(there) - len(here))]
        if all(less + here == more + there for here, there in pairs):
            return Place(start, len(wanted), more, less)
        return None

    def _inside(self, wanted: list[str]) -> list[Place]:
        """Return where the search is a part of lines, from a word's start to a word's end.

        Nothing where so many places would have to be looked at that one of them would be chance.
        """
        sought = "\n".join(wanted)
        if sum(map(len, sought.split())) < SHORTEST_PART or not (wanted[0].strip() and wanted[-1].strip()):
            return []
        text = "\n".join(map(_bare, self.lines))
        places: list[Place] = []
        at = text.find(sought)
        for _ in range(MOST_LOOKED_AT):
            if at < 0:
                return places
            end = at + len(sought)
            if not (_in_a_word(text, at) or _in_a_word(text, end)):
                first, last = text.rfind("\n", 0, at) + 1, text.find("\n", end)
                before, behind = text[first:at], text[end : last if last >= 0 else None]
                start = text.count("\n", 0, at)
                places.append(Place(start, len(wanted), before=before, behind=behind))
            at = text.find(sought, at + 1)
        return places if len(places) > 1 else []

    def _splice(self, start: int, end: int, fresh: list[str]) -> None:
        carriage = self._carriage(start, end)
        lines = [line + carriage for line in fresh]
        if end == len(self.lines) and not self.closed:
            if not lines:
                self.closed = True  # the line before keeps its end
            else:
                lines[-1] = lines[-1].removesuffix(carriage)
                if start == end:
                    self.lines[-1] += carriage
        self.lines[start:end] = lines
        self.size += sum(map(len, lines)) + len(lines)
        self.edited = True
        self._forms.clear()

    def _carriage(self, start: int, end: int) -> str:
        """Return what stands before the newline: of the lines replaced, else of one beside them."""
        ended = len(self.lines) - (not self.closed)
        shown = next((at for at in (start, start - 1, end, start - 2) if 0 <= at < ended), None)
        return "\r" if shown is not None and self.lines[shown].endswith("\r") else ""


def _in_a_word(text: str, at: int) -> bool:
    return bool(re.fullmatch(r"\w\w", text[max(0, at - 1) : at + 1]))


def _lost_at_first(place: Place, new: list[str]) -> bool:
    """Return True if only the first line of the replacement lacks the indentation of the one line it replaces.

    Language models write a text without the white space it begins with, and go on as the file does.
    """
    if place.count != 1 or not place.more or len(new) < 2 or not new[1].startswith(place.more):
        return False
    return not _GOES_ON.search(new[0].rstrip()) or len(_indent(new[1])) > len(place.more)


def _put_between(around: tuple[str, str], new: list[str]) -> list[str]:
    text = around[0] + "\n".join(new) + around[1]
    return text.split("\n") if text.strip() else []


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _indented(line: str, place: Place) -> str | None:
    """Return the line as it is written at the place; None if it lacks the white space that goes."""
    if not line.strip():
        return line
    return place.more + line.removeprefix(place.less) if line.startswith(place.less) else None
