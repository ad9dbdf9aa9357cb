"""What the demo shows while it runs: lines as things happen, and how many deliveries are settled."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.status import Status

Who = Literal["us", "child", "person", "bot"]
STYLES: dict[Who, str] = {"us": "bold", "child": "dim", "person": "", "bot": "green"}
QUIET_SECONDS = 10.0
"""Without a terminal, the count is printed as a line at most so often."""


class Screen:
    """Lines with the time since the start; on a terminal a status line below them, else plain lines."""

    def __init__(self, console: Console, model: str | None) -> None:
        self._console = console
        self._model = model or "none (the `local` extra is not installed): labels come from rules alone"
        self._began = time.monotonic()
        self._counted_at = self._began
        self._count = ""
        self._status: Status | None = (
            Status("starting the service", console=console) if console.is_terminal else None
        )

    def __enter__(self) -> Screen:
        self._console.print(
            f"[bold]triagebot demo[/]: everything happens on this computer. Model: {escape(self._model)}"
        )
        if self._status:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def say(self, text: str, *, who: Who = "us") -> None:
        """Print one line about something that happened."""
        indent = {"bot": "    → ", "child": "    "}.get(who, "")
        style = STYLES[who]
        shown = f"[{style}]{escape(indent + text)}[/]" if style else escape(indent + text)
        self._console.print(f"[dim]{time.monotonic() - self._began:5.1f}s[/]  {shown}")

    def count(self, settled: int, total: int) -> None:
        """Show how many deliveries are settled."""
        text = f"{settled} of {total} deliveries settled"
        if self._status:
            self._status.update(text)
        elif text != self._count and time.monotonic() - self._counted_at >= QUIET_SECONDS:
            self._counted_at = time.monotonic()
            self.say(f"{text}", who="us")
        self._count = text

    def end(self) -> None:
        """Take the status line away."""
        if self._status:
            self._status.stop()
            self._status = None
