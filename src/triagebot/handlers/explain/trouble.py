"""What went wrong in one place: the lines that say so, and the code of this repository that they point to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from triagebot.core.markdown import code_span
from triagebot.core.text import cut
from triagebot.ports import Similar

AROUND = 6
"""Lines of code shown to a model on each side of the one that a log points to."""
NAMED = 8
"""Checks that are named in one sentence."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a file of this repository. `note` is Markdown on what is known of it; `code` the lines around it."""

    path: str
    line: int
    note: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failed check, or one pasted trace. `url` is the check's own page; `weight` as in `core.logs.Clue`.

    `also` are the other checks that failed with the same words; `elsewhere` is said where there are no spots.
    """

    name: str
    tool: str
    message: str
    lines: tuple[str, ...]
    spots: tuple[Spot, ...] = ()
    url: str = ""
    weight: int = 0
    note: str = ""
    diff: str = ""
    also: tuple[str, ...] = ()
    elsewhere: str = ""

    @property
    def evidence(self) -> str:
        """The lines in one text."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found in the commit `ref`; `nothing` says what to tell where there is no trouble, `fine` if that is good."""

    troubles: tuple[Trouble, ...] = ()
    ref: str = ""
    nothing: str = ""
    fine: bool = False
    notes: tuple[str, ...] = ()
    similar: tuple[Similar, ...] = field(default=())


def listed(names: Sequence[str]) -> str:
    """Return checks' names as Markdown, the first ones of many."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(code_span(cut(name, 60)) for name in names[:NAMED]) + more


def around(content: str, line: int) -> str:
    """Return the lines around one, with their numbers and a mark at it."""
    lines = content.split("\n")
    first, last = max(1, line - AROUND), min(len(lines), line + AROUND)
    return "\n".join(
        f"{'>' if number == line else ' '} {number} {cut(lines[number - 1], 200)}"
        for number in range(first, last + 1)
    )
