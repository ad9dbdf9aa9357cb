"""`triagebot eval history`: gather, evaluate, write the page, and say in the terminal what it says first."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from triagebot import settings
from triagebot.app import history, history_page
from triagebot.app.history_words import headline, verdict
from triagebot.core.errors import TriagebotError
from triagebot.handlers.triage.labels import LabelConfig


@dataclass(frozen=True, slots=True)
class Asked:
    """What the report is to be about; None takes the default."""

    repo: str
    until: datetime | None = None
    file: Path | None = None
    config: Path | None = None
    precision: float | None = None


def run(asked: Asked, page: Path, err: Console) -> dict[str, Any]:
    """Write the page and return its figures as JSON can hold them."""
    if not os.access(page.absolute().parent, os.W_OK):  # said before the work, not after
        raise TriagebotError(f"{page} cannot be written: there is no such folder, or it is not yours.")
    config, source = asyncio.run(_config(asked, err))
    if asked.precision is not None:
        config = config.model_copy(update={"precision": asked.precision})
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        bar = progress.add_task("", total=None)

        def tell(step: str, done: int, of: int) -> None:
            progress.update(bar, description=step, completed=done, total=of)

        material = asyncio.run(_material(asked, tell))
        report = replace(history.evaluate(material, config, asked.until, tell), source=source)
    page.write_text(history_page.render(report), encoding="utf-8")
    found = verdict(report)
    for line in (
        f"Learned from {report.learned_from:,} issues before {report.until:%Y-%m-%d}.",
        *headline(report),
        f"{found.word} {found.text}",
        f"The whole report: {page}",
    ):
        err.print(Text(line))
    return report.as_json()


async def _config(asked: Asked, err: Console) -> tuple[LabelConfig, str]:
    """Return how labels are handled, and where that is from: a file, the repository as it is now, or the defaults."""
    if asked.config:
        return history.read_labels(asked.config), asked.config.name
    own = settings.load()
    if asked.file or own.github.app_id is None:
        return history.read_labels(None), "the defaults"
    try:
        return await history.configured(own, asked.repo), "the repository's configuration"
    except TriagebotError as error:
        err.print(Text(f"The repository's configuration cannot be read ({error}); the defaults are tried."))
        return history.read_labels(None), "the defaults"


async def _material(asked: Asked, tell: history.Tell) -> history.Material:
    if asked.file:
        return await history.from_file(settings.load(), asked.file, asked.repo, tell)
    return await history.stored(settings.load(), asked.repo)
