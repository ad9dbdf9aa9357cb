"""Made-up pasts of repositories, of any size, the same each time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from triagebot.core.history import LabelChange, PastIssue

START = datetime(2020, 1, 1, tzinfo=UTC)
LABELS = ("bug", "enhancement", "question", "docs", "area/parser", "area/cli")
_SENTENCE = (
    "the parser crashes with an empty file when it reads from a pipe and the terminal is "
    "narrow while version works as documented but raises an exception after an update of the "
    "cache on Windows expected output should list every entry instead of stopping at line "
    "regression install docs typo feature colour wrong slow search"
)
_WORDS = _SENTENCE.split()


def past(count: int, *, seed: int = 1, body_words: int = 60) -> Iterator[PastIssue]:
    """Yield issues and pull requests, numbered from 1, that people and a bot have labelled."""
    dice = random.Random(seed)
    for number in range(1, count + 1):
        created = START + timedelta(hours=number)
        label, other = dice.sample(LABELS, 2)
        changes = [LabelChange("labeled", label, created + timedelta(minutes=5))]
        if dice.random() < 0.3:
            changes.append(LabelChange("labeled", other, created + timedelta(minutes=6), by_bot=True))
            if dice.random() < 0.5:
                changes.append(LabelChange("unlabeled", other, created + timedelta(minutes=9)))
        labels = [label] if len(changes) != 2 else [label, other]
        closed = created + timedelta(hours=dice.randrange(1, 500)) if dice.random() < 0.7 else None
        yield PastIssue(
            number=number,
            title=" ".join(dice.choices(_WORDS, k=7)),
            body=" ".join(dice.choices(_WORDS, k=dice.randrange(body_words * 2))),
            created_at=created,
            labels=tuple(labels),
            changes=tuple(changes),
            state="closed" if closed else "open",
            state_reason=("completed" if dice.random() < 0.9 else "duplicate") if closed else None,
            updated_at=closed or created + timedelta(minutes=30),
            closed_at=closed,
            is_pull_request=dice.random() < 0.2,
        )
