"""What speaks for each label of an issue: a linear model of its text, its neighbours, the label's own words.

Labels with at least `ENOUGH` examples get a linear model. All labels are compared with the nearest earlier
issues that carry them, and with the words of their name and description. None of it is a probability yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from triagebot.core.values import Label
from triagebot.memory import features, linear
from triagebot.memory.features import Counted, Floats, Space
from triagebot.memory.text import Reading
from triagebot.ports import Matrix

ENOUGH = 8
NEAREST = 15
KEPT = 10_000
"""How many of the newest issues are kept as neighbours."""
SKETCH = 256
"""Length of the sketch of an issue's words that stands in for vectors where there is no embedder."""

SIGNALS = ("linear", "votes", "closest", "named", "prior")


@dataclass(frozen=True, slots=True)
class Seen:
    """Issues oldest first, ready to learn from: `yes` (issues, labels) is what people decided.

    `titles` and `bodies` are None without an embedder, and zero rows where an issue has no vector. `by_kinds`
    says that the vectors are of an embedder that `memory.kinds` knows.
    """

    numbers: npt.NDArray[np.int64]
    readings: Sequence[Reading]
    counts: Sequence[Counted]
    titles: Matrix | None
    bodies: Matrix | None
    yes: npt.NDArray[np.bool_]
    by_kinds: bool

    def part(self, start: int, stop: int) -> Seen:
        """Return the issues from `start` up to before `stop`."""
        return Seen(
            self.numbers[start:stop],
            self.readings[start:stop],
            [counted.part(start, stop) for counted in self.counts],
            None if self.titles is None else self.titles[start:stop],
            None if self.bodies is None else self.bodies[start:stop],
            self.yes[start:stop],
            self.by_kinds,
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was learned from the issues seen. `weights` has a row of zeros for a label without a linear model."""

    space: Space
    weights: Floats
    bias: Floats
    examples: npt.NDArray[np.int64]
    learned_from: int
    naming: Any
    places: npt.NDArray[np.int8]
    numbers: npt.NDArray[np.int64]
    carried: Any

    def signals(self, rows: Any) -> tuple[npt.NDArray[np.float64], Floats]:
        """Return `SIGNALS` of every label for each row (rows, labels, signals), and likeness to the neighbours.

        The likeness is (rows, neighbours), -1 to 1.
        """
        score = np.asarray(rows @ self.weights.T) + self.bias
        likeness = place(self.space, rows) @ self._unit_places().T
        votes, closest = self._neighbours(likeness)
        words = rows[:, : self.space.starts[1]]
        named = np.asarray((words.astype(bool).astype(np.float32) @ self.naming.T).todense())
        prior = _log_odds((self.examples + 0.5) / (self.learned_from + 1.0))
        filled = np.broadcast_to(prior, score.shape)
        together = np.stack([score, votes, closest, named, filled], axis=2)
        return together.astype(np.float64), np.asarray(likeness, np.float32)

    def _unit_places(self) -> Floats:
        return np.asarray(self.places.astype(np.float32) / 127, np.float32)

    def _neighbours(self, likeness: Floats) -> tuple[Floats, Floats]:
        """Return, of each label, the log odds of its share of the nearest, and the likeness of the closest."""
        carried = np.asarray(self.carried.todense(), dtype=np.float32)
        total = np.zeros((len(likeness), carried.shape[1]), np.float32)
        closest = np.zeros_like(total)
        if not carried.shape[0]:
            return total, closest
        nearest = np.argsort(-likeness, axis=1)[:, :NEAREST]
        for row, found in enumerate(nearest):
            weight = np.maximum(likeness[row, found], 0) ** 4 + 1e-6
            share = weight @ carried[found] / weight.sum()
            total[row] = _log_odds((share * len(found) + 0.2) / (len(found) + 0.4))
            closest[row] = (np.maximum(likeness[row], 0)[:, None] * carried).max(axis=0)
        return total, closest

    def like(self, likeness: Floats, label: int, most: int) -> tuple[int, ...]:
        """Return the numbers of the nearest neighbours that carry the label; `likeness` is one row."""
        carriers = self.carried[:, [label]].nonzero()[0]
        order = carriers[np.argsort(-likeness[carriers], kind="stable")][:most]
        return tuple(int(self.numbers[at]) for at in order if likeness[at] > 0.2)


def learn(seen: Seen, labels: Sequence[Label]) -> Evidence:
    """Return what these issues teach of `labels`."""
    space = features.learn_space(seen.counts, seen.readings, seen.bodies, by_kinds=seen.by_kinds)
    rows = space.rows_of(seen.counts, seen.readings, seen.titles, seen.bodies)
    examples = seen.yes.sum(axis=0)
    taught = np.flatnonzero((examples >= ENOUGH) & (examples < len(seen.yes)))
    weights = np.zeros((len(labels), space.size), np.float32)
    bias = np.zeros(len(labels), np.float32)
    tokens = [slice(*ends) for ends in pairwise(space.starts[: len(features.BLOCKS) + 1])]
    weights[taught], bias[taught] = linear.learn(rows, seen.yes[:, taught], tokens=tokens)
    newest = slice(max(0, len(seen.yes) - KEPT), None)
    return Evidence(
        space=space,
        weights=weights.astype(np.float16).astype(np.float32),
        bias=bias,
        examples=examples.astype(np.int64),
        learned_from=len(seen.yes),
        naming=_naming(labels, space),
        places=np.round(place(space, rows[newest]) * 127).astype(np.int8),
        numbers=seen.numbers[newest],
        carried=sp.csr_array(seen.yes[newest]),
    )


def place(space: Space, rows: Any) -> Floats:
    """Return where each issue lies (rows, dimensions), of length 1: of its vectors, or of its words' sketch."""
    if space.dimensions:
        start = space.starts[-2]
        titles = rows[:, start : start + space.dimensions].toarray()
        found = titles + rows[:, start + space.dimensions :].toarray()
    else:
        size = space.starts[1]
        where = np.random.default_rng(0).integers(0, SKETCH, size)
        sign = np.random.default_rng(1).choice(np.array([-1, 1], np.float32), size)
        sketch = sp.csr_array((sign, where, np.arange(size + 1)), shape=(size, SKETCH))
        found = (rows[:, :size] @ (sketch * space.rarities[0][:, None])).toarray()
    length = np.linalg.norm(found, axis=1, keepdims=True)
    length[length == 0] = 1
    return np.asarray(found / length, dtype=np.float32)


def _naming(labels: Sequence[Label], space: Space) -> Any:
    """Return, for each label, how much each word of its name and description counts; together 1."""
    vocabulary, rarity = space.vocabularies[0], space.rarities[0]
    table = sp.lil_array((len(labels), len(rarity)), dtype=np.float32)
    for row, label in enumerate(labels):
        named = dict.fromkeys(features.words(label.name), 2.0)
        for word in features.words(label.description or ""):
            named.setdefault(word, 1.0)
        total = sum(named.values()) * float(rarity.max(initial=1.0))
        for word, weight in named.items():
            if word in vocabulary:
                table[row, vocabulary[word]] = weight * rarity[vocabulary[word]] / total
    return table.tocsr()


def _log_odds(share: Any) -> Any:
    return np.log(share / (1 - share))


def arrays(evidence: Evidence) -> Mapping[str, npt.NDArray[Any]]:
    """Return everything as arrays without Python objects."""
    carried, naming = evidence.carried.tocoo(), evidence.naming.tocoo()
    return {
        **evidence.space.to_arrays(),
        "weights": evidence.weights.astype(np.float16),
        "bias": evidence.bias,
        "examples": evidence.examples,
        "learned_from": np.array(evidence.learned_from),
        "places": evidence.places,
        "numbers": evidence.numbers,
        "carried": np.array([carried.coords[0], carried.coords[1]], np.int32),
        "naming": np.array([naming.coords[0], naming.coords[1]], np.int32),
        "naming_weights": naming.data,
    }


def from_arrays(found: Mapping[str, npt.NDArray[Any]]) -> Evidence:
    """Return the evidence that `arrays` gave."""
    space = Space.from_arrays(found)
    labels, issues = len(found["bias"]), len(found["numbers"])
    carried = (np.ones(found["carried"].shape[1], bool), (found["carried"][0], found["carried"][1]))
    naming = (found["naming_weights"], (found["naming"][0], found["naming"][1]))
    return Evidence(
        space=space,
        weights=found["weights"].astype(np.float32),
        bias=found["bias"],
        examples=found["examples"],
        learned_from=int(found["learned_from"]),
        naming=sp.csr_array(naming, shape=(labels, len(space.rarities[0]))),
        places=found["places"],
        numbers=found["numbers"],
        carried=sp.csr_array(carried, shape=(issues, labels)),
    )
