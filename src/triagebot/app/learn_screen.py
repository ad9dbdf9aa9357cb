"""What `triagebot learn` shows: a bar on a terminal, a line now and then elsewhere, and how it ended."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from triagebot.app.learn import Outcome

SECONDS = 10.0
"""Between two lines where there is no terminal."""


class Bar:
    """A bar for each phase on a terminal; lines where there is none."""

    def __init__(self, out: Console) -> None:
        self._out = out
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=out, disable=not out.is_terminal)
        self._task: Any = None
        self._text, self._said = "", 0.0

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def phase(self, text: str) -> None:
        """Say what begins."""
        self._text, self._said = text, time.monotonic()
        self._task = self._progress.add_task(text, total=None)
        if not self._out.is_terminal:
            self._out.print(Text(f"{text} …"))

    def at(self, done: int, of: int) -> None:
        """Say how far the phase is."""
        self._progress.update(self._task, completed=done, total=of or None, description=self._text)
        if not self._out.is_terminal and time.monotonic() - self._said >= SECONDS:
            self._said = time.monotonic()
            self._out.print(Text(f"{self._text}: {done:,} of {of:,}"))

    def waiting(self, why: str, until: datetime) -> None:
        """Say why nothing happens."""
        text = f"Waiting until {until:%H:%M} UTC: {why}."
        if self._out.is_terminal:
            self._progress.update(self._task, description=text)
        else:
            self._out.print(Text(text))


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as JSON can hold it."""
    return asdict(outcome)


def lines(outcome: Outcome) -> list[str]:
    """Return the outcome in plain words."""
    again = f"`triagebot learn {outcome.repo}`"
    known = f"{outcome.issues:,} issues and pull requests of {outcome.repo} are known"
    found = [f"{known}; {outcome.read:,} were read and {outcome.embedded:,} embedded now."]
    if outcome.interrupted:
        found.append(f"Stopped. All of that is kept; {again} goes on from here.")
        return found
    if outcome.cut:
        found.append(
            "GitHub shows only the newest label changes of so many. Labels on older issues count as set by people."
        )
    if outcome.learned_from:
        found.append("The label model is fitted; where there are many, it goes by the newest of them.")
    else:
        found.append("That is too little for a label model; until there is more, labels are only suggested.")
    found.append(f"{again} reads what has changed since.")
    return found
