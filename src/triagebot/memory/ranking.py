"""What two issues have in common, as numbers, and how much each number weighs (docs/adr/0009).

The weights were learned from the duplicates of other projects than the ones they are measured on
(`scripts/train_ranker.py`); they lie in `duplicate_weights.json` and hold for every repository.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from math import log, log1p, sqrt
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from triagebot.core.history import PastIssue
from triagebot.core.text import strip_hidden
from triagebot.core.words import distinct

Numbers: TypeAlias = "npt.NDArray[np.float64]"

READ = 4000
"""Characters of a body that are compared."""
REMEMBERED = 1_000
"""Readings that are kept, some 30 KB each: an issue is compared again and again."""

FEATURES = (
    "lexical",
    "title_words",
    "title_in_body",
    "body_in_title",
    "all_words",
    "messages",
    "days",
    "title_stands_out",
    "words_stand_out",
    "title_title",
    "title_body",
    "body_title",
    "body_body",
    "vector_rank",
    "vectors_stand_out",
)
"""One column each. The last `FROM_VECTORS` are there only where both issues have vectors."""
FROM_VECTORS = 6

_MESSAGE = ("error", "exception", "panicked", "fatal", "failed", "cannot", "assertion")


@dataclass(frozen=True, slots=True)
class Reading:
    """What is compared of one issue: distinct words of its title, its body, and of lines that tell of an error."""

    title: frozenset[str]
    body: frozenset[str]
    all: frozenset[str]
    messages: frozenset[str]
    at: float


def read(issue: PastIssue) -> Reading:
    """Return what is compared of an issue, of its text as a person sees it."""
    return _read(issue.title, issue.body[: 2 * READ], issue.created_at.timestamp())


@lru_cache(maxsize=REMEMBERED)
def _read(title_text: str, body_text: str, at: float) -> Reading:
    title = frozenset(distinct(strip_hidden(title_text)[0]))
    text = strip_hidden(body_text)[0][:READ]
    body = frozenset(distinct(text))
    said = [line for line in text.split("\n") if any(map(line.casefold().__contains__, _MESSAGE))]
    return Reading(title, body, title | body, frozenset(distinct("\n".join(said))), at)


def features(
    issue: PastIssue, candidates: Sequence[PastIssue], lexical: Mapping[int, float], cosines: Numbers | None
) -> Numbers:
    """Return a row of `FEATURES` for each candidate.

    `lexical` is what `History.find` returned; `cosines` has a row for each candidate: title to title,
    title to its body, body to its title, body to body (docs: `similar.cosines`). Without them the last
    `FROM_VECTORS` columns are missing. How rare a word is, is judged among the candidates: what all of
    them share tells none of them from the others.
    """
    if not candidates:
        return np.zeros((0, len(FEATURES) - (FROM_VECTORS if cosines is None else 0)))
    one = read(issue)
    others = [read(candidate) for candidate in candidates]
    often = Counter(chain.from_iterable(other.all for other in others))
    weight = dict.fromkeys(one.all, log((len(others) + 1) / 0.5))
    weight |= {word: log((len(others) + 1) / (count + 0.5)) for word, count in often.items()}
    squared = {word: value * value for word, value in weight.items()}
    found = np.array([lexical.get(candidate.number, 0.0) for candidate in candidates])
    rows = np.column_stack(
        [
            found / (found.max() or 1.0),
            np.array([_shared(one, other, weight) for other in others]),
            _standing_out(np.array([_overlap(one.title, other.title, squared) for other in others])),
            _standing_out(np.array([_overlap(one.all, other.all, squared) for other in others])),
        ]
    )
    if cosines is None:
        return rows
    ranks = _by_rank(cosines.max(axis=1).tolist())
    return np.column_stack([rows, cosines, ranks, _standing_out(cosines.mean(axis=1))])


def _shared(one: Reading, other: Reading, weight: Mapping[str, float]) -> tuple[float, ...]:
    return (
        _overlap(one.title, other.title, weight),
        _overlap(one.title, other.body, weight),
        _overlap(one.body, other.title, weight),
        _overlap(one.all, other.all, weight),
        _overlap(one.messages, other.messages, weight),
        log1p(abs(one.at - other.at) / 86400),
    )


def _overlap(one: frozenset[str], other: frozenset[str], weight: Mapping[str, float]) -> float:
    """Return the cosine of two sets of words, from 0 to 1, each word counting for its weight."""
    shared = one & other
    if not shared:
        return 0.0
    weigh = weight.__getitem__
    return sum(map(weigh, shared)) / sqrt(sum(map(weigh, one)) * sum(map(weigh, other)))


def _standing_out(values: Numbers) -> Numbers:
    """Return how many standard deviations each value is above the mean of all."""
    return np.asarray((values - values.mean()) / (values.std() + 1e-6), np.float64)


def _by_rank(scores: Sequence[float]) -> list[float]:
    """Return 1 for the best, falling with the rank; 0 for what scored nothing."""
    ordered = sorted(range(len(scores)), key=lambda i: -scores[i])
    ranks = [0.0] * len(scores)
    for rank, i in enumerate(ordered):
        ranks[i] = 5 / (5 + rank) if scores[i] > 0 else 0.0
    return ranks


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear ranking, and what turns its scores into chances.

    `score` weighs `FEATURES`, some with 0; `chance` weighs what `evidence` returns, plus `base`.
    """

    score: Numbers
    chance: Numbers
    base: float

    def scores(self, rows: Numbers) -> Numbers:
        """Return a score for each row: higher is likelier the same, comparable within one search."""
        return rows @ self.score

    def chances(self, rows: Numbers) -> Numbers:
        """Return for each row the probability that it is the same."""
        strength = evidence(rows, self.scores(rows)) @ self.chance + self.base
        return np.asarray(1 / (1 + np.exp(-np.clip(strength, -30, 30))), np.float64)


def evidence(rows: Numbers, scores: Numbers) -> Numbers:
    """Return what a chance rests on: the features, the score, and how far it stands out from the others."""
    if not len(rows):
        return np.zeros((0, rows.shape[1] + 3))
    lead = scores - scores.max()
    share = np.exp(lead) / np.exp(lead).sum()
    spread = (scores - np.median(scores)) / (scores.std() + 1e-6)
    return np.column_stack([rows, scores, share, spread])


@lru_cache
def weights(*, vectors: bool) -> Weights:
    """Return the weights that come with this program, for features with or without vectors."""
    text = files("triagebot.memory").joinpath("duplicate_weights.json").read_text(encoding="utf-8")
    found = json.loads(text)["with_vectors" if vectors else "words_only"]
    names = FEATURES if vectors else FEATURES[:-FROM_VECTORS]
    return Weights(
        np.array([found["score"].get(name, 0.0) for name in names]),
        np.array([found["chance"][name] for name in (*names, *EVIDENCE)]),
        float(found["base"]),
    )


EVIDENCE = ("score", "share", "spread")
"""What `evidence` adds to the features."""


def as_json(learned: Weights, names: Iterable[str]) -> dict[str, object]:
    """Return weights as `weights` reads them."""
    names = list(names)
    return {
        "score": {
            name: weight
            for name, weight in zip(names, learned.score.round(5).tolist(), strict=True)
            if weight
        },
        "chance": dict(zip((*names, *EVIDENCE), learned.chance.round(5).tolist(), strict=True)),
        "base": round(learned.base, 5),
    }
