"""Measure label models on issues that they did not learn from: one model a repository, then the mean."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold, StratifiedKFold

from triagebot.core.errors import TriagebotError
from triagebot.core.history import PastIssue, judged
from triagebot.core.values import Label
from triagebot.memory import embedded, fitted
from triagebot.memory.labels import fit
from triagebot.ports import Embedder, LabelOpinion, Vectors

History = Mapping[str, Sequence[PastIssue]]
"""Issues by repository."""
PROMISES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class Task:
    """One repository's model to be measured: what it learns from, and what it is asked about."""

    repo: str
    past: Sequence[PastIssue]
    later: Sequence[PastIssue]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said of one issue, and the labels that people chose. `exclusive`: always exactly one."""

    repo: str
    yes: frozenset[str]
    opinions: tuple[LabelOpinion, ...]
    exclusive: bool
    seconds: float = 0.0


def two_files(train: History, test: History) -> list[Task]:
    """Return a task for each repository of `test`. Raises `TriagebotError` if `train` lacks one."""
    if missing := sorted(test.keys() - train.keys()):
        raise TriagebotError(f"The training file has no issues of {', '.join(missing)}.")
    return [Task(repo, train[repo], later) for repo, later in test.items()]


def later(train: History, share: float, *, refit: bool = False) -> list[Task]:
    """Return tasks to learn from the oldest issues of each repository and be asked about the newest `share`.

    With `refit` it learns anew on the way, as often as the service would (`fitted.due_after`), also from what it was asked about.
    """
    tasks = []
    for repo, issues in train.items():
        ordered = sorted(issues, key=lambda issue: (issue.created_at, issue.number))
        cut = round(len(ordered) * (1 - share))
        while cut < len(ordered):
            end = cut + fitted.due_after(cut) if refit else len(ordered)
            tasks.append(Task(repo, ordered[:cut], ordered[cut:end]))
            cut = end
    return tasks


def cross_validated(train: History, folds: int, *, seed: int = 0) -> list[Task]:
    """Return tasks so that each issue is asked about once, of a model of the other folds."""
    tasks = []
    for repo, issues in train.items():
        kinds = ["|".join(sorted(judged(issue).yes)) for issue in issues]
        even = min(kinds.count(kind) for kind in set(kinds)) >= folds
        splitter = (StratifiedKFold if even else KFold)(folds, shuffle=True, random_state=seed)
        for past, asked in splitter.split(kinds, kinds):
            tasks.append(Task(repo, [issues[at] for at in past], [issues[at] for at in asked]))
    return tasks


def evaluate(tasks: Sequence[Task], embedder: Embedder | None) -> dict[str, Any]:
    """Return the contract's figures, and the curve behind them."""
    begun = time.perf_counter()
    vectors = asyncio.run(_vectors(embedder, _all_issues(tasks)))
    embedded_at = time.perf_counter()
    answers: list[Answer] = []
    fits: list[float] = []
    for task in tasks:
        fit_seconds, of_task = _answers(task, vectors.get(task.repo, {}), embedder)
        fits.append(fit_seconds)
        answers += of_task
    return {
        **scores(answers),
        "fit_seconds": max(fits),
        "prediction_p50_ms": 1000 * statistics.median(answer.seconds for answer in answers),
        "embedding_seconds": embedded_at - begun,
        "seconds": time.perf_counter() - begun,
    }


def scores(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return macro-F1 by repository and over them, and what each promise would have put on."""
    repos = dict.fromkeys(answer.repo for answer in answers)
    per_repo = {repo: _macro_f1([a for a in answers if a.repo == repo]) for repo in repos}
    at_promise = _at(answers, 0.9)
    return {
        "macro_f1": statistics.fmean(per_repo.values()),
        "per_repo": per_repo,
        "coverage_at_precision": {"0.9": at_promise["issues"]},
        "achieved_precision": {"0.9": at_promise["precision"]},
        "curve": [_at(answers, promise) for promise in PROMISES],
        "per_label": _per_label(answers),
    }


def _all_issues(tasks: Sequence[Task]) -> dict[str, list[PastIssue]]:
    found: dict[str, dict[tuple[int, str], PastIssue]] = {}
    for task in tasks:
        for issue in (*task.past, *task.later):
            found.setdefault(task.repo, {})[issue.number, issue.text_digest] = issue
    return {repo: list(issues.values()) for repo, issues in found.items()}


_Places = Mapping[str, tuple[Any, Any]]
"""Vectors of a title and a body by the text's digest: numbers of two files may be the same."""


async def _vectors(
    embedder: Embedder | None, issues: Mapping[str, Sequence[PastIssue]]
) -> dict[str, _Places]:
    found: dict[str, _Places] = {}
    if embedder is None:
        return found
    for repo, some in issues.items():
        vectors = await embedded.vectors_of(embedder, some)
        found[repo] = {
            issue.text_digest: (vectors.titles[at], vectors.bodies[at]) for at, issue in enumerate(some)
        }
    return found


def _answers(task: Task, places: _Places, embedder: Embedder | None) -> tuple[float, list[Answer]]:
    """Return how long the fit took, and what the model said of each later issue."""
    chosen = [judged(issue).yes for issue in task.past]
    names = sorted({label for labels in chosen for label in labels})
    vectors = None
    if places and embedder is not None:
        numbers = np.array([issue.number for issue in task.past], np.int64)
        titles, bodies = (
            np.array([places[issue.text_digest][part] for issue in task.past]) for part in (0, 1)
        )
        vectors = Vectors(embedder.name, numbers, titles, bodies)
    begun = time.perf_counter()
    model = fit(task.past, vectors, [Label(name=name, description="") for name in names])
    fit_seconds = time.perf_counter() - begun
    answers = []
    for issue in task.later:
        title, body = places.get(issue.text_digest, (None, None))
        begun = time.perf_counter()
        opinions = model.opinions(issue, title, body) if model else ()
        taken = time.perf_counter() - begun
        exclusive = all(len(labels) == 1 for labels in chosen)
        answers.append(Answer(task.repo, judged(issue).yes, opinions, exclusive, taken))
    return fit_seconds, answers


def _macro_f1(answers: Sequence[Answer]) -> float:
    """Return the mean F1 of the labels that people chose; the likeliest label counts where there is always one."""
    names = sorted({label for answer in answers for label in answer.yes})
    truth = np.array([[name in answer.yes for name in names] for answer in answers])
    said = np.array([[name in _predicted(answer) for name in names] for answer in answers])
    return float(f1_score(truth, said, average="macro", zero_division=0)) if names else 0.0


def _predicted(answer: Answer) -> set[str]:
    if answer.exclusive:
        likeliest = sorted(answer.opinions, key=lambda opinion: -opinion.probability)[:1]
        return {opinion.label for opinion in likeliest}
    return {opinion.label for opinion in answer.opinions if opinion.probability >= 0.5}


def _at(answers: Sequence[Answer], promise: float) -> dict[str, Any]:
    """Return what would have been put on at this promise: `issues` is the share with a label at least."""
    put_on = [
        (opinion.label in answer.yes, answer)
        for answer in answers
        for opinion in answer.opinions
        if opinion.precision >= promise
    ]
    right = sum(hit for hit, _ in put_on)
    carried = sum(len(answer.yes) for answer in answers)
    return {
        "promised": promise,
        "labels": len(put_on),
        "right": right,
        "precision": right / len(put_on) if put_on else None,
        "issues": len({id(answer) for _, answer in put_on}) / len(answers) if answers else 0.0,
        "recall": right / carried if carried else 0.0,
    }


def _per_label(answers: Sequence[Answer]) -> dict[str, dict[str, Any]]:
    """Return, for each label that was put on at 0.9, how often, and how often that was right."""
    found: dict[str, dict[str, Any]] = {}
    for label, hit in _put_on(answers, 0.9):
        row = found.setdefault(label, {"put_on": 0, "right": 0})
        row["put_on"] += 1
        row["right"] += hit
    return dict(sorted(found.items(), key=lambda item: -item[1]["put_on"]))


def _put_on(answers: Sequence[Answer], promise: float) -> Iterator[tuple[str, bool]]:
    for answer in answers:
        for opinion in answer.opinions:
            if opinion.precision >= promise:
                yield opinion.label, opinion.label in answer.yes
