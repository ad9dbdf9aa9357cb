"""What a backfill found, for people and for programs: a table, a CSV file, a page, JSON."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from triagebot.app import page
from triagebot.app.backfill_rows import Options, Outcome, Row

SHOWN = 40
"""Rows in the table; the files and the JSON hold all of them."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Bar:
    """Progress on a terminal; nothing but the lines said where there is none."""

    def __init__(self, out: Console) -> None:
        self._out = out
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=out, transient=True, disable=not out.is_terminal)
        self._task = self._progress.add_task("looking", total=None)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def looking(self, done: int, of: int) -> None:
        """Show how many open issues were looked at, of about so many."""
        self._progress.update(self._task, description="looking at open issues", completed=done, total=of)

    def working(self, done: int, of: int) -> None:
        """Show how many deliveries have ended."""
        self._progress.update(
            self._task, description="working, at the pace GitHub allows", completed=done, total=of
        )

    def say(self, text: str) -> None:
        """Print a line."""
        self._out.print(Text(text))


def show(out: Console, outcome: Outcome, options: Options) -> None:
    """Print what there is to do, and what became of it."""
    if outcome.rows:
        out.print(_table(outcome.rows[:SHOWN]))
        if len(outcome.rows) > SHOWN:
            out.print(Text(f"… and {len(outcome.rows) - SHOWN} more; --csv or --html writes all of them."))
    for line in lines(outcome, options):
        out.print(Text(line))


def lines(outcome: Outcome, options: Options) -> list[str]:
    """Return the result in plain words."""
    found = [summary(outcome, options)]
    for why, times in outcome.unread.most_common(3):
        found.append(f"Left out {times}, which could not be read or planned: {why}")
    again = f"`triagebot backfill {outcome.repo}{' --apply' if options.apply else ''}`"
    if not options.apply:
        if outcome.interrupted:
            found.append(f"Stopped before the end; nothing was changed. {again} starts over.")
        elif outcome.rows:
            found.append(
                "Nothing was changed. --apply puts the labels on; --comments also writes the comments."
            )
        return found
    done, failed = outcome.states["done"], outcome.states["failed"]
    found.append(
        f"Stored {outcome.stored} deliveries; {outcome.known} were stored by an earlier backfill. In all, {done} are done, "
        f"{outcome.waiting} wait and {failed} failed."
    )
    if failed:
        found.append(
            "`triagebot deliveries list --state failed` shows why; the next backfill tries them again."
        )
    if outcome.interrupted:
        found.append(
            f"Stopped. The {outcome.waiting} that wait are kept, and a running service does them; "
            f"`triagebot backfill {outcome.repo} --withdraw` takes them back. {again} goes on from here; nothing is done twice."
        )
    return found


def summary(outcome: Outcome, options: Options) -> str:
    """Return one sentence: so many issues, so many labels."""
    labels = sum(len(row.labels) for row in outcome.rows)
    labelled = sum(bool(row.labels) for row in outcome.rows)
    text = f"Looked at {outcome.looked_at:,} open issues: {labels:,} labels for {labelled:,} of them"
    if options.comments or not options.apply:
        related = sum(bool(row.related) for row in outcome.rows)
        asks = sum(bool(row.asks) for row in outcome.rows)
        text += f", possibly related issues for {related:,}, something to ask the author for {asks:,}"
    return f"{text}."


def as_json(outcome: Outcome, options: Options) -> dict[str, Any]:
    """Return the outcome as JSON can hold it."""
    return {
        "repo": outcome.repo,
        "applied": options.apply,
        "looked_at": outcome.looked_at,
        "unread": dict(outcome.unread),
        "stored": outcome.stored,
        "known": outcome.known,
        "states": dict(outcome.states),
        "interrupted": outcome.interrupted,
        "rows": [
            {
                "number": row.number,
                "title": row.title,
                "url": row.url,
                "labels": list(row.labels),
                "related": list(row.related),
                "asks": list(row.asks),
                "assign": list(row.assign),
                "comment": row.comment,
                "stored": row.stored,
            }
            for row in outcome.rows
        ],
    }


def as_csv(outcome: Outcome) -> str:
    """Return the rows as CSV. A cell that a spreadsheet would run as a formula begins with an apostrophe."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(("number", "title", "url", "labels", "possibly related", "asks for", "assigns"))
    for row in outcome.rows:
        cells = (
            row.title,
            row.url,
            ", ".join(row.labels),
            ", ".join(f"#{number}" for number in row.related),
            ", ".join(row.asks),
            ", ".join(row.assign),
        )
        table.writerow((row.number, *(_inert(cell) for cell in cells)))
    return written.getvalue()


def as_html(outcome: Outcome, options: Options) -> str:
    """Return the rows as one page."""
    return page.render(
        "backfill.html.j2",
        repo=outcome.repo,
        applied=options.apply,
        day=page.day(datetime.now(UTC)),
        summary=summary(outcome, options),
        rows=[_shown(row) for row in outcome.rows],
    )


def _shown(row: Row) -> dict[str, Any]:
    return {
        "number": row.number,
        "title": page.title(row.title),
        "url": page.link(row.url),
        "labels": row.labels,
        "related": row.related,
        "asks": row.asks,
    }


def _table(rows: list[Row]) -> Table:
    table = Table("issue", "title", "labels", "possibly related", "would ask for")
    for row in rows:
        related = ", ".join(f"#{number}" for number in row.related)
        cells = (
            f"#{row.number}",
            page.title(row.title, 60),
            ", ".join(row.labels),
            related,
            ", ".join(row.asks),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
