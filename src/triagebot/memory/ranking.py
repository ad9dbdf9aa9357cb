"""What two issues have in common, as numbers, and how much each number weighs (docs/adr/0009).

The weights were learned from the duplicates of other projects than the ones they are measured on
(`scripts/train_ranker.py`); they lie in `duplicate_weights.json` and hold for every repository.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain, count
from math import log
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from triagebot.core.history import PastIssue
from triagebot.core.text import strip_hidden
from triagebot.core.words import distinct, findable

Numbers: TypeAlias = "npt.NDArray[np.float64]"
Places: TypeAlias = tuple["npt.NDArray[np.int64]", "npt.NDArray[np.int64]"]

READ = 4000
"""Characters of the asked issue's body in which lines that tell of an error are looked for."""
LENGTH = 20
"""Words that are added to every length, so that the shortest issues are not the likeliest."""

FEATURES = (
    "lexical",
    "lexical_for_length",
    "title_words",
    "title_in_text",
    "text_in_title",
    "all_words",
    "messages",
    "messages_found",
    "days",
    "title_stands_out",
    "words_stand_out",
    "rare_words_stand_out",
    "title_title",
    "title_body",
    "body_title",
    "body_body",
    "vector_rank",
    "vectors_stand_out",
    "nearer_than_crowd",
)
"""One column each. The last `FROM_VECTORS` are there only where both issues have vectors."""
FROM_VECTORS = 7

LEARNED_WITH = "all-MiniLM-L6-v2"
"""How the names of the embedder begin that the weights were learned with."""
USUAL = ((0.129, 0.121), (0.159, 0.124), (0.159, 0.124), (0.257, 0.148))
"""Mean and standard deviation of its cosines between issues of one repository: titles, title to body and back, bodies.
The middle of rust-lang/rust, Titanium, SeaMonkey (`scripts/train_ranker.py` prints them) and the demo's two projects."""

_MESSAGE = ("error", "exception", "panicked", "fatal", "failed", "cannot", "assertion")


@dataclass(frozen=True, slots=True)
class Closeness:
    """How near each candidate's vectors are, a row each: cosines, 1 for the same direction.

    `parts` are title to title, title to its body, body to its title, body to body. `whole` compares titles
    and bodies together, and `crowd` is the mean of that over the candidate's nearest other candidates: what is
    near to everything tells nothing by being near.
    """

    parts: Numbers
    whole: Numbers
    crowd: Numbers


class Texts:
    """The words of the candidates as numbers, so that sums over all candidates are sums of columns.

    `every` and `titles` hold (the candidate, the word) of each word in the text and in the title.
    """

    def __init__(self, found: Sequence[Collection[str]]) -> None:
        """Number the words of `found`, which has an entry for each candidate, as `History.words` returns them."""
        known: defaultdict[str, int] = defaultdict(count().__next__)
        rows = np.repeat(np.arange(len(found)), [len(words) for words in found])
        words = np.fromiter(map(known.__getitem__, chain.from_iterable(found)), np.int64, len(rows))
        self.known = dict(known)
        plain = np.arange(len(known))
        in_title = np.zeros(len(known), bool)
        for word, place in self.known.items():
            if word[0] == "=":
                in_title[place], plain[place] = True, self.known.get(word[1:], place)
        titles = in_title[words]
        self.every: Places = rows[~titles], words[~titles]
        self.titles: Places = rows[titles], plain[words[titles]]
        self.candidates = len(found)
        often = np.bincount(self.every[1], minlength=len(known))
        self.rarity = np.log((len(found) + 1) / (often + 0.5))
        self.unknown = log((len(found) + 1) / 0.5)

    def shared(
        self, asked: Collection[str], places: Places, *, squared: bool = False
    ) -> tuple[Numbers, Numbers]:
        """Return for each candidate the cosine of two sets of words, and the share of `asked` that it has.

        Both from 0 to 1, each word counting for its rarity among the candidates, or for the square of that.
        """
        power = 2 if squared else 1
        weights = self.rarity**power
        there = [self.known[word] for word in asked if word in self.known]
        mine = np.zeros(len(weights))
        mine[there] = weights[there]
        whole = mine.sum() + self.unknown**power * (len(asked) - len(there))
        both = self._sums(mine, places)
        theirs = self._sums(weights, places)
        return both / np.sqrt(np.maximum(whole * theirs, 1e-9)), both / max(whole, 1e-9)

    def lengths(self) -> Numbers:
        """Return how many words each candidate has."""
        return self._sums(np.ones(len(self.known)), self.every)

    def _sums(self, values: Numbers, places: Places) -> Numbers:
        rows, words = places
        return np.asarray(np.bincount(rows, values[words], minlength=self.candidates), np.float64)


def features(
    issue: PastIssue,
    candidates: Sequence[PastIssue],
    words: Mapping[int, Collection[str]],
    lexical: Mapping[int, float],
    closeness: Closeness | None,
) -> Numbers:
    """Return a row of `FEATURES` for each candidate.

    `words` and `lexical` are what `History.words` and `History.find` returned. Without `closeness` the last
    `FROM_VECTORS` columns are missing. How rare a word is, is judged among the candidates: what all of them
    share tells none of them from the others.
    """
    if not candidates:
        return np.zeros((0, len(FEATURES) - (FROM_VECTORS if closeness is None else 0)))
    scores = np.array([lexical.get(candidate.number, 0.0) for candidate in candidates])
    rows = np.column_stack(
        [
            scores / (scores.max() or 1.0),
            *_by_words(issue, Texts([words.get(candidate.number, ()) for candidate in candidates]), scores),
        ]
    )
    ages = [abs((issue.created_at - one.created_at).total_seconds()) / 86400 for one in candidates]
    rows = np.insert(rows, FEATURES.index("days"), np.log1p(ages), axis=1)
    if closeness is None:
        return rows
    ranks = _by_rank(closeness.parts.max(axis=1).tolist())
    stand_out = _standing_out(closeness.parts.mean(axis=1)), _standing_out(closeness.whole - closeness.crowd)
    return np.column_stack([rows, closeness.parts, ranks, *stand_out])


def _by_words(issue: PastIssue, texts: Texts, scores: Numbers) -> Iterator[Numbers]:
    """Yield the columns between "lexical" and the vectors', but "days"."""
    title, body, every, messages = _read(issue)
    all_words = texts.shared(every, texts.every)[0]
    yield scores / np.sqrt(texts.lengths() + LENGTH)
    yield texts.shared(title, texts.titles)[0]
    yield texts.shared(title, texts.every)[0]
    yield texts.shared(body, texts.titles)[0]
    yield all_words
    yield from texts.shared(messages, texts.every)
    yield _standing_out(texts.shared(title, texts.titles, squared=True)[0])
    yield _standing_out(all_words)
    yield _standing_out(texts.shared(every, texts.every, squared=True)[0])


def _read(issue: PastIssue) -> tuple[Collection[str], ...]:
    """Return the words of an issue's title, of its body, of both, and of lines that tell of an error."""
    kept = findable(issue.title, issue.body)
    text = strip_hidden(issue.body[: 2 * READ])[0][:READ]
    said = [line for line in text.split("\n") if any(map(line.casefold().__contains__, _MESSAGE))]
    return (
        [word[1:] for word in kept if word[0] == "="],
        distinct(text),
        [word for word in kept if word[0] != "="],
        distinct("\n".join(said)),
    )


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
