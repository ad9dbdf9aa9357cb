"""What two issues have in common, as numbers, and how much each number weighs (docs/adr/0009).

The weights were learned from the duplicates of other projects than the ones they are measured on
(`scripts/train_ranker.py`); they lie in `duplicate_weights.json` and hold for every repository.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import log, log1p, sqrt
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from triagebot.core.history import PastIssue
from triagebot.core.text import strip_hidden
from triagebot.core.words import words

Numbers: TypeAlias = "npt.NDArray[np.float64]"

READ = 4000
"""Characters of a body that are compared."""

FEATURES = (
    "lexical",
    "lexical_rank",
    "title_words",
    "body_words",
    "title_in_body",
    "body_in_title",
    "all_words",
    "names",
    "messages",
    "paths",
    "days",
    "length",
    "title_title",
    "title_body",
    "body_title",
    "body_body",
    "nearest",
    "vector_rank",
)
"""One column each. The last `FROM_VECTORS` are there only where both issues have vectors."""
FROM_VECTORS = 6

_NAME = re.compile(r"\w+(?:(?:::|\.|->)\w+)+|[A-Za-z]+_\w+|[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w+")
_MESSAGE = re.compile(r"(?i)\b(?:error|\w*exception|panicked|fatal|failed|cannot|assertion)\b")
_PATH = re.compile(r"(?:[\w.-]{1,80}/){1,20}[\w.-]{1,80}\.\w{1,8}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What is compared of one issue."""

    title: frozenset[str]
    body: frozenset[str]
    names: frozenset[str]
    messages: frozenset[str]
    paths: frozenset[str]
    length: int
    at: float

    @property
    def all(self) -> frozenset[str]:
        """The words of title and body."""
        return self.title | self.body


def read(issue: PastIssue) -> Reading:
    """Return what is compared of an issue, of its text as a person sees it."""
    title = strip_hidden(issue.title)[0]
    body = strip_hidden(issue.body[: 2 * READ])[0][:READ]
    said = [line for line in body.split("\n") if _MESSAGE.search(line)]
    return Reading(
        title=frozenset(words(title)),
        body=frozenset(words(body)),
        names=frozenset(_NAME.findall(f"{title}\n{body}")),
        messages=frozenset(words("\n".join(said))),
        paths=frozenset(_PATH.findall(body)),
        length=len(body),
        at=issue.created_at.timestamp(),
    )


def features(
    issue: PastIssue, candidates: Sequence[PastIssue], lexical: Mapping[int, float], cosines: Numbers | None
) -> Numbers:
    """Return a row of `FEATURES` for each candidate.

    `lexical` is what `History.find` returned; `cosines` has a row for each candidate: title to title,
    title to its body, body to its title, body to body (docs: `similar.cosines`). Without them the last
    `FROM_VECTORS` columns are missing. How rare a word is, is judged among the candidates: what all of
    them share tells none of them from the others.
    """
    one = read(issue)
    others = [read(candidate) for candidate in candidates]
    often = Counter(word for other in others for word in other.all)
    weight = {word: log((len(others) + 1) / (count + 0.5)) for word, count in often.items()}
    unknown = log((len(others) + 1) / 0.5)
    rare = (dict.fromkeys(one.all, unknown) | weight).__getitem__
    found = [lexical.get(candidate.number, 0.0) for candidate in candidates]
    best = max(found, default=0.0) or 1.0
    rows = np.array(
        [
            (score / best, rank, *_shared(one, other, rare))
            for score, rank, other in zip(found, _by_rank(found), others, strict=True)
        ],
        np.float64,
    ).reshape(len(candidates), len(FEATURES) - FROM_VECTORS)
    if cosines is None:
        return rows
    nearest = cosines.max(axis=1, keepdims=True, initial=-1.0)
    ranks = np.array(_by_rank(nearest[:, 0].tolist())).reshape(-1, 1)
    return np.hstack([rows, cosines, nearest, ranks])


def _shared(one: Reading, other: Reading, rare: Callable[[str], float]) -> tuple[float, ...]:
    return (
        _overlap(one.title, other.title, rare),
        _overlap(one.body, other.body, rare),
        _overlap(one.title, other.body, rare),
        _overlap(one.body, other.title, rare),
        _overlap(one.all, other.all, rare),
        _overlap(one.names, other.names, None),
        _overlap(one.messages, other.messages, rare),
        _overlap(one.paths, other.paths, None),
        log1p(abs(one.at - other.at) / 86400),
        abs(log((one.length + 50) / (other.length + 50))),
    )


def _overlap(one: frozenset[str], other: frozenset[str], weigh: Callable[[str], float] | None) -> float:
    """Return the cosine of two sets of words, from 0 to 1; without `weigh` every word counts the same."""
    shared = one & other
    if not shared:
        return 0.0
    if weigh is None:
        return len(shared) / sqrt(len(one) * len(other))
    return sum(map(weigh, shared)) / sqrt(sum(map(weigh, one)) * sum(map(weigh, other)))


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
