"""Find earlier issues that may be the same: by words and by vectors, then ranked by all they share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from triagebot.core.history import PastIssue
from triagebot.memory import ranking
from triagebot.memory.targets import may_be
from triagebot.ports import History, Matrix, Vectors

BY_WORDS = 100
NEAR = 100
POOL = 96
"""Issues that are found by words, by vectors, and of both read and compared in full."""
FIRST_LOOK = 400
CROWD = 5
"""How many of the other candidates are a candidate's crowd."""
SAMPLE = 200
"""Issues of the repository, spread evenly, whose pairs tell which cosines an embedder gives."""
LEAST_SPREAD = 0.02
"""Cosines spread at least so much, however few issues there are or alike."""

Vector: TypeAlias = "npt.NDArray[np.float32]"
Own: TypeAlias = tuple[Vector, Vector]
"""The vectors of an issue's title and body."""


Result = TypeVar("Result")


class Compute(Protocol):
    """Runs what takes a processor, and waits for it: at once, or in a thread."""

    def __call__(self, work: Callable[[], Result]) -> Awaitable[Result]:
        """Return what `work` returns."""
        ...


Complete: TypeAlias = Callable[[Vectors, Sequence[PastIssue]], Awaitable[Vectors]]


async def at_once(work: Callable[[], Result]) -> Result:
    """Run it here and now."""
    return work()


@dataclass(frozen=True, slots=True)
class Ranked:
    """An earlier issue. `score` is comparable within one search; `chance` everywhere: see docs/adr/0009."""

    issue: PastIssue
    score: float
    chance: float

    @property
    def number(self) -> int:
        """The number of the earlier issue."""
        return self.issue.number


@dataclass(frozen=True, slots=True)
class Pool:
    """The earlier issues that are worth comparing in full, their words, and how `History.find` scored them."""

    candidates: Sequence[PastIssue]
    words: Mapping[int, Sequence[str]]
    lexical: Mapping[int, float]


async def earlier(
    history: History,
    repo_id: int,
    issue: PastIssue,
    vectors: Vectors | None,
    own: Own | None,
    *,
    compute: Compute = at_once,
    complete: Complete | None = None,
) -> list[Ranked]:
    """Return the earlier issues likeliest to be the same as `issue`, best first, at most `POOL`.

    `own` are the vectors of its title and its body, made by the embedder of `vectors`; without one of
    the two, words alone decide. Issues are compared with issues, pull requests with pull requests.
    `compute` runs what takes a processor; `complete` returns vectors in which the candidates have theirs,
    also those that came after `vectors` were loaded.
    """
    found = await gather(history, repo_id, issue, vectors, own, compute=compute)
    if vectors is not None and complete is not None:
        vectors = await complete(vectors, found.candidates)
    return await compute(partial(rank, issue, found, vectors, own))


async def gather(
    history: History,
    repo_id: int,
    issue: PastIssue,
    vectors: Vectors | None,
    own: Own | None,
    *,
    compute: Compute = at_once,
) -> Pool:
    """Return what `earlier` ranks."""
    lexical = dict(await history.find(repo_id, f"{issue.title}\n{issue.body}", limit=BY_WORDS))
    lexical.pop(issue.number, None)
    numbers = await compute(partial(shortlist, lexical, vectors, own, but=issue.number))
    known = await history.some(repo_id, numbers)
    candidates = [known[number] for number in numbers if number in known and may_be(issue, known[number])]
    words = await history.words(repo_id, [candidate.number for candidate in candidates])
    return Pool(candidates, words, lexical)


def shortlist(
    lexical: Mapping[int, float],
    vectors: Vectors | None,
    own: Own | None,
    *,
    but: int = 0,
    limit: int = POOL,
) -> list[int]:
    """Return the numbers worth a close look: found by words or near by vectors, best by both first."""
    by_words = sorted(lexical, key=lambda number: (-lexical[number], number))
    merit: dict[int, float] = {}
    for found in (
        by_words,
        near(vectors, own, limit=NEAR) if vectors is not None and own is not None else (),
    ):
        for place, number in enumerate(found):
            merit[number] = merit.get(number, 0.0) + 1 / (10 + place)
    merit.pop(but, None)
    return sorted(merit, key=lambda number: (-merit[number], number))[:limit]


def near(vectors: Vectors, own: Own, *, limit: int) -> list[int]:
    """Return the numbers of the issues whose title and body together are nearest to ours, nearest first.

    Together: the cosine of the sums. Only the `FIRST_LOOK` with the largest products are divided by
    their lengths, so that a search reads each matrix once.
    """
    if not len(vectors.numbers):
        return []
    asked = own[0] + own[1]
    products = vectors.titles @ asked
    products += vectors.bodies @ asked
    some = np.argpartition(-products, min(FIRST_LOOK, len(products)) - 1)[:FIRST_LOOK]
    lengths = np.linalg.norm(vectors.titles[some] + vectors.bodies[some], axis=1)
    order = np.argsort(-products[some] / np.maximum(lengths, 1e-6), kind="stable")[:limit]
    return [int(number) for number in vectors.numbers[some[order]]]


def rank(
    issue: PastIssue, found: Pool, vectors: Vectors | None = None, own: Own | None = None
) -> list[Ranked]:
    """Return the candidates best first. Words alone decide if none of them has vectors."""
    near_by = None if vectors is None or own is None else closeness(found.candidates, vectors, own)
    rows = ranking.features(issue, found.candidates, found.words, found.lexical, near_by)
    learned = ranking.weights(vectors=near_by is not None)
    ranked = [
        Ranked(candidate, float(score), float(chance))
        for candidate, score, chance in zip(
            found.candidates, learned.scores(rows), learned.chances(rows), strict=True
        )
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.number))


def closeness(candidates: Sequence[PastIssue], vectors: Vectors, own: Own) -> ranking.Closeness | None:
    """Return how near the candidates are.

    A candidate without vectors, as the newest may be, gets what half of the others are above. None if
    no candidate has any.
    """
    numbers = np.array([candidate.number for candidate in candidates], np.int64)
    if not len(numbers) or not len(vectors.numbers):
        return None
    places = np.minimum(np.searchsorted(vectors.numbers, numbers), len(vectors.numbers) - 1)
    there = vectors.numbers[places] == numbers
    if not there.any():
        return None
    titles: Matrix = vectors.titles[places]
    bodies: Matrix = vectors.bodies[places]
    title, body = own
    whole = _unit(titles + bodies)
    parts = np.stack([titles @ title, bodies @ title, titles @ body, bodies @ body])
    if not vectors.embedder.startswith(ranking.LEARNED_WITH):
        parts = _as_learned(parts, vectors)
    found = np.stack([*parts, whole @ _unit(title + body), _crowd(whole, there)], axis=1).astype(np.float64)
    found[~there] = np.median(found[there], axis=0)
    return ranking.Closeness(found[:, :4], found[:, 4], found[:, 5])


def _as_learned(parts: Matrix, vectors: Vectors) -> Matrix:
    """Return another embedder's cosines, a row for each part, as those of the embedder that weights were learned with.

    The cosines of two issues lie around 0.2 with one embedder, around 0.6 and closer together with another: read as they
    are, the latter would call everything the same. They are brought to the middle and spread that weights know.
    """
    if len(vectors.numbers) < 2:
        return np.zeros_like(parts)
    (mean, spread), (known_mean, known_spread) = usual(vectors).T, np.array(ranking.USUAL).T
    unusual = (parts - mean[:, None]) / np.maximum(spread, LEAST_SPREAD)[:, None]
    return np.asarray(known_mean[:, None] + known_spread[:, None] * unusual, np.float32)


def usual(vectors: Vectors) -> ranking.Numbers:
    """Return the mean and standard deviation of the cosines between issues of a repository, a row for each part.

    The parts are those of `ranking.Closeness`; two issues at least are needed.
    """
    some = np.unique(np.linspace(0, len(vectors.numbers) - 1, SAMPLE).astype(np.int64))
    titles, bodies, others = vectors.titles[some], vectors.bodies[some], ~np.eye(len(some), dtype=bool)
    across = titles @ bodies.T
    pairs = np.stack([each[others] for each in (titles @ titles.T, across, across.T, bodies @ bodies.T)])
    return np.stack([pairs.mean(axis=1), pairs.std(axis=1)], axis=1).astype(np.float64)


def _crowd(whole: Matrix, there: npt.NDArray[np.bool_]) -> Vector:
    """Return how near the `CROWD` nearest others are to each, on average; 0 where there are no others."""
    among = whole @ whole.T
    among[:, ~there] = -1
    np.fill_diagonal(among, -1)
    count = min(CROWD, int(there.sum()) - 1)
    if count < 1:
        return np.zeros(len(whole), np.float32)
    return np.asarray(np.partition(among, -count, axis=1)[:, -count:].mean(axis=1), np.float32)


def _unit(rows: Matrix) -> Matrix:
    """Return the rows with a length of 1."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-6), np.float32)
