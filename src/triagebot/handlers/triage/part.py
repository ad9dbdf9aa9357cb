"""What each part of triage adds to the one plan and the one comment."""

from __future__ import annotations

from dataclasses import dataclass

from triagebot.core.actions import Action, Because
from triagebot.core.lessons import Lesson


@dataclass(frozen=True, slots=True)
class Part:
    """A part's actions, its lines of the comment (Markdown; "" says nothing), and what to remember.

    `note` says, for whoever looks later, why the part did nothing. `worth` is False for lines that do not
    justify a new comment but belong into one that exists. `evidence` is a Markdown list that is folded
    away, `origin` says in the footer where the lines come from, `undo` how to take them back, and `because`
    is the same evidence for `/bot why`.
    """

    actions: tuple[Action, ...] = ()
    lines: str = ""
    lessons: tuple[Lesson, ...] = ()
    note: str = ""
    worth: bool = True
    evidence: str = ""
    origin: str = ""
    undo: str = ""
    because: tuple[Because, ...] = ()
