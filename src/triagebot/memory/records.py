"""Read files of issue and pair records: one JSON object a line, gzip or plain."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triagebot.core.errors import TriagebotError
from triagebot.core.history import LabelChange, PastIssue


class BadRecord(TriagebotError):
    """A line of a file of records that cannot be used; the message starts with FILE:LINE."""


def issues(path: Path) -> dict[str, list[PastIssue]]:
    """Return the file's issues by repository, each repository's in the file's order. Raises `BadRecord`.

    Changes made by actors named `*[bot]` or listed in `KNOWN_BOTS` count as a bot's; a record without
    `label_events` has changes that nobody read.
    """
    found: dict[str, list[PastIssue]] = {}
    for line, record in _records(path):
        try:
            found.setdefault(str(record["repo"]), []).append(_issue(record))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadRecord(f"{path}:{line}: not an issue record: {error!r}") from error
    return found


def pairs(path: Path) -> list[tuple[int, int]]:
    """Return the file's (later issue, the earlier one it is a duplicate of). Raises `BadRecord`."""
    found = []
    for line, record in _records(path):
        try:
            found.append((int(record["number"]), int(record["duplicate_of"])))
        except (KeyError, TypeError, ValueError) as error:
            raise BadRecord(f"{path}:{line}: not a pair record: {error!r}") from error
    return found


KNOWN_BOTS = frozenset({"DrahtBot", "k8s-ci-robot", "fejta-bot"})
"""Accounts that the record format does not tell from people's."""


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, _record(path, number, line)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadRecord(f"{path}: cannot be read: {error}") from error


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise BadRecord(f"{path}:{number}: not JSON: {error}") from error
    if not isinstance(record, dict):
        raise BadRecord(f"{path}:{number}: not a JSON object")
    return record


def _issue(record: dict[str, Any]) -> PastIssue:
    events = record.get("label_events")
    state = str(record.get("state") or "open").lower()
    return PastIssue(
        number=int(record["number"]),
        title=record["title"] or "",
        body=record["body"] or "",
        created_at=_time(record["created_at"]),
        labels=tuple(str(label) for label in record["labels"]),
        changes=None if events is None else tuple(_change(event) for event in events),
        state="open" if state == "open" else "closed",
    )


def _change(event: dict[str, Any]) -> LabelChange:
    actor = event.get("actor") or ""
    if event["action"] not in ("labeled", "unlabeled"):
        raise ValueError(event["action"])
    by_bot = actor.endswith("[bot]") or actor in KNOWN_BOTS
    return LabelChange(event["action"], str(event["label"]), _time(event["at"]), by_bot)


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
