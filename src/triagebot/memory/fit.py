"""Learn a repository's models from its history, and store them: what the worker's child does.

The models of before stay in place until the new ones are stored, each in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from triagebot.core.history import PastIssue, too_young
from triagebot.core.values import Label
from triagebot.memory import fitted, labels, voices, voices_fit
from triagebot.ports import History, StoredModel, Vectors

NEWEST = 6_000
"""How many issues, the newest, the label model learns from: habits change, and fitting takes time and memory.
So many, of 2,300 characters, took 39 s of processor time and 420 MB."""
BATCH = 1_000
MOST_EMBEDDED = 0.9
"""The share of those issues with vectors from which vectors are used; with fewer, words alone."""


async def fit_labels(
    history: History, repo_id: int, named: Sequence[Label], *, embedder: str | None, now: datetime
) -> StoredModel | None:
    """Fit the label model for the labels that the repository has, and store it.

    Issues that people had no time to label yet are left out: without a label they would speak against each.
    None, and nothing stored, while the history teaches too little.
    """
    known, count = await _newest(history, repo_id)
    issues = [issue for issue in known if not too_young(issue, now)]
    vectors = await _vectors(history, repo_id, embedder, issues)
    model = labels.fit(issues, vectors, named)
    if model is None:
        return None
    body = model.to_bytes()
    stored = StoredModel(
        version=fitted.version(vectors.embedder if vectors else None, body),
        learned_from=count,
        newest=max(issue.number for issue in known),
        fitted_at=now,
        body=body,
    )
    await history.save_model(repo_id, "labels", stored)
    return stored


async def fit_voices(history: History, repo_id: int, *, now: datetime) -> StoredModel | None:
    """Fit how far the language model's voice counts, and store it; None if none was ever heard.

    A voice that has not earned a weight is stored as such, and so loses what it had.
    """
    heard = await history.heard(repo_id)
    if not heard:
        return None
    issues = await history.some(repo_id, sorted({number for number, _ in heard}))
    found = voices_fit.fit(heard, issues)
    body = voices.NOTHING if found is None else voices.to_bytes(found)
    stored = StoredModel(fitted.version(None, body), len(heard), heard[-1][0], now, body)
    await history.save_model(repo_id, "voices", stored)
    return stored


async def carried(history: History, repo_id: int) -> list[Label]:
    """Return the labels that issues carry, for when the repository itself cannot be asked for its labels."""
    issues, _ = await _newest(history, repo_id)
    return names(issues)


def names(issues: Iterable[PastIssue]) -> list[Label]:
    """Return the labels that these issues carry, by name."""
    return [Label(name) for name in sorted({label for issue in issues for label in issue.labels})]


async def _newest(history: History, repo_id: int) -> tuple[list[PastIssue], int]:
    """Return the newest issues by number, and how many are known in all."""
    found: list[PastIssue] = []
    count = after = 0
    while batch := await history.issues(repo_id, after=after, limit=BATCH):
        after, count = batch[-1].number, count + len(batch)
        found = [*found, *batch][-NEWEST:]
    return found, count


async def _vectors(
    history: History, repo_id: int, embedder: str | None, issues: Sequence[PastIssue]
) -> Vectors | None:
    """Return the vectors of these issues and no others; None if too few of them have any."""
    if embedder is None or not issues:
        return None
    known = await history.vectors(repo_id, embedder, after=min(issue.number for issue in issues) - 1)
    wanted = np.isin(known.numbers, [issue.number for issue in issues])
    if wanted.sum() < MOST_EMBEDDED * len(issues):
        return None
    return Vectors(embedder, known.numbers[wanted], known.titles[wanted], known.bodies[wanted])
