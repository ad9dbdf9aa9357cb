"""Turn readings of issues into one sparse row each: words, marks, numbers and vectors.

A row is a few blocks side by side, each with its own vocabulary and its own weight, so that a model over
rows is linear and small, and each word's part in a score can be told. The same word counts by itself in the
whole text, in its opening and in the title.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from triagebot.memory import kinds
from triagebot.memory.text import NUMBERS, Reading
from triagebot.ports import Matrix

Floats = npt.NDArray[np.float32]

_TOKEN = re.compile(r"[^\W_]+(?:_[^\W_]+)*")
# Scripts that are written without spaces: every character, and every pair, is a token.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_LONGEST_WORD = 30


def words(text: str) -> list[str]:
    """Return the text's words and pairs of neighbouring words, lower case."""
    single: list[str] = []
    for token in _TOKEN.findall(text.lower()):
        if _UNSPACED.search(token):
            single.extend(token)
        elif len(token) <= _LONGEST_WORD:
            single.append(token)
    return single + [f"{one} {two}" for one, two in pairwise(single)]


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of token: where it is read, in how many issues it must stand, how many are kept, its weight."""

    name: str
    tokens: Callable[[Reading], Iterable[str]]
    least: int
    most: int
    weight: float


OPENING = 500
"""Characters of a body that are read once more by themselves: what is meant is said first, logs come after."""

BLOCKS = (
    Block("words", lambda reading: words(f"{reading.title}\n{reading.body}"), 2, 30_000, 1.4),
    Block("opening", lambda reading: words(f"{reading.title}\n{reading.body[:OPENING]}"), 2, 20_000, 1.4),
    Block("title", lambda reading: words(reading.title), 2, 10_000, 0.7),
    Block("marks", lambda reading: reading.marks, 2, 4_000, 0.7),
    Block("pull", lambda reading: ["pull request"] if reading.is_pull_request else [], 2, 1, 1.4),
)
NUMBER_WEIGHT = 0.15
KIND_WEIGHT = 0.5
VECTOR_WEIGHT = 1.5
_FAR = 3.0
"""A number counts no further from its mean than so many of its spreads."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The mean and the spread of each of some numbers, among the issues that were learned from."""

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, numbers: Floats) -> Scale:
        """Return the scale of these numbers (issues, numbers)."""
        spread = numbers.std(axis=0)
        spread[spread == 0] = 1
        return cls(numbers.mean(axis=0), spread)

    def scaled(self, numbers: Floats) -> Floats:
        """Return how many spreads each number is from its mean."""
        found: Floats = np.clip((numbers - self.mean) / self.spread, -_FAR, _FAR)
        return found


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each of `tokens` stands in each text: `times` is sparse, with a row for each text.

    Numbers instead of a mapping for each text, because a repository's past is read at once.
    """

    tokens: Sequence[str]
    times: Any

    def part(self, start: int, stop: int) -> Counted:
        """Return the texts from `start` up to before `stop`."""
        return Counted(self.tokens, self.times[start:stop])

    @property
    def texts(self) -> npt.NDArray[np.int64]:
        """In how many texts each token stands."""
        return np.bincount(self.times.indices, minlength=len(self.tokens))

    def often(self, least: int) -> Counted:
        """Return the tokens that stand in at least so many texts."""
        kept = np.flatnonzero(self.texts >= least)
        return Counted([self.tokens[at] for at in map(int, kept)], self.times[:, kept])


@dataclass(frozen=True, slots=True)
class Space:
    """What was counted in the issues that were learned from: vocabularies, rarities, means and spreads.

    `size` is the length of a row: the blocks, `NUMBERS`, `kinds.KINDS` if the vectors are of an embedder that
    `kinds` knows, and twice `dimensions` for the vectors.
    """

    tokens: tuple[tuple[str, ...], ...]
    rarities: tuple[Floats, ...]
    numbers: Scale
    kinds: Scale | None
    dimensions: int
    starts: tuple[int, ...] = field(init=False)
    vocabularies: tuple[Mapping[str, int], ...] = field(init=False)

    def __post_init__(self) -> None:
        sizes = [len(rarity) for rarity in self.rarities]
        sizes += [NUMBERS, len(kinds.KINDS) if self.kinds else 0, 2 * self.dimensions]
        vocabularies = tuple({token: at for at, token in enumerate(kept)} for kept in self.tokens)
        object.__setattr__(self, "vocabularies", vocabularies)
        object.__setattr__(self, "starts", tuple(int(at) for at in np.cumsum([0, *sizes])))

    @property
    def size(self) -> int:
        """The length of a row."""
        return self.starts[-1]

    def token(self, at: int) -> str:
        """Return the token that stands at this place of a row."""
        block = next(block for block, end in enumerate(self.starts[1:]) if at < end)
        return self.tokens[block][at - self.starts[block]]

    def rows(self, readings: Sequence[Reading], titles: Matrix | None, bodies: Matrix | None) -> Any:
        """Return a sparse row for each reading; vectors that are None or of another length count as zero."""
        counts = [_counted(block, readings) for block in BLOCKS]
        return self.rows_of(counts, readings, titles, bodies)

    def rows_of(
        self,
        counts: Sequence[Counted],
        readings: Sequence[Reading],
        titles: Matrix | None,
        bodies: Matrix | None,
    ) -> Any:
        """Return rows as `rows` does, from counts already made, one of each block."""
        parts = [
            _present(of_block, vocabulary) * block.weight
            for block, of_block, vocabulary in zip(BLOCKS, counts, self.vocabularies, strict=True)
        ]
        parts.append(sp.csr_array(self.numbers.scaled(_numbers(readings)) * NUMBER_WEIGHT))
        if self.dimensions:
            both = [self._or_zero(vectors, len(readings)) for vectors in (titles, bodies)]
            parts += self._kinds(readings, both[1])
            for vectors in both:
                lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-6))
                parts.append(sp.csr_array(vectors / lengths) * VECTOR_WEIGHT)
        return sp.hstack(parts, format="csr", dtype=np.float32)

    def _or_zero(self, vectors: Matrix | None, count: int) -> Matrix:
        shape = (count, self.dimensions)
        return np.zeros(shape, np.float32) if vectors is None or vectors.shape != shape else vectors

    def _kinds(self, readings: Sequence[Reading], bodies: Matrix) -> list[Any]:
        """Return the block of `kinds`, or none; what has no kind is like the mean of all that have."""
        if self.kinds is None:
            return []
        scaled = self.kinds.scaled(kinds.scores(bodies)) * KIND_WEIGHT
        scaled[~_have_kinds(readings, bodies)] = 0
        return [sp.csr_array(scaled)]

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything as arrays without Python objects."""
        vocabulary = json.dumps(self.tokens, ensure_ascii=False)
        arrays: dict[str, npt.NDArray[Any]] = {
            "vocabulary": np.frombuffer(vocabulary.encode("utf-8", "surrogatepass"), np.uint8),
            "numbers_scale": _stacked(self.numbers),
            "kinds_scale": _stacked(self.kinds),
            "dimensions": np.array(self.dimensions),
        }
        for block, rarity in zip(BLOCKS, self.rarities, strict=True):
            arrays[f"rarity_{block.name}"] = rarity.astype(np.float16)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Space:
        """Return the space that `to_arrays` gave."""
        vocabularies = json.loads(arrays["vocabulary"].tobytes().decode("utf-8", "surrogatepass"))
        return cls(
            tuple(tuple(tokens) for tokens in vocabularies),
            tuple(arrays[f"rarity_{block.name}"].astype(np.float32) for block in BLOCKS),
            Scale(*arrays["numbers_scale"]),
            Scale(*arrays["kinds_scale"]) if len(arrays["kinds_scale"]) else None,
            int(arrays["dimensions"]),
        )


def _stacked(scale: Scale | None) -> Floats:
    return np.zeros((0, 0), np.float32) if scale is None else np.stack([scale.mean, scale.spread])


def _have_kinds(readings: Sequence[Reading], bodies: Matrix) -> npt.NDArray[np.bool_]:
    """Return which have a vector and are issues: a pull request that fixes a typo reads like a bug report, and is none."""
    issues = np.array([not reading.is_pull_request for reading in readings], bool)
    found: npt.NDArray[np.bool_] = issues & bodies.any(axis=1)
    return found


def _numbers(readings: Sequence[Reading]) -> Floats:
    return np.array([reading.numbers for reading in readings], np.float32).reshape(-1, NUMBERS)


def count(readings: Sequence[Reading]) -> list[Counted]:
    """Return how often each token stands in each reading, by block, of all that is to be learned from.

    Tokens that are too rare for any space of these readings are left out.
    """
    return [_counted(block, readings).often(block.least) for block in BLOCKS]


def _counted(block: Block, readings: Sequence[Reading]) -> Counted:
    places: dict[str, int] = {}
    pointer, columns, values = array("i", [0]), array("i"), array("i")
    for reading in readings:
        for token, times in Counter(block.tokens(reading)).items():
            columns.append(places.setdefault(token, len(places)))
            values.append(times)
        pointer.append(len(columns))
    parts = (np.array(values, np.int32), np.array(columns, np.int32), np.array(pointer, np.int32))
    return Counted(list(places), sp.csr_array(parts, shape=(len(readings), len(places))))


def learn_space(
    counts: Sequence[Counted], readings: Sequence[Reading], bodies: Matrix | None, *, by_kinds: bool
) -> Space:
    """Return the space of these readings, `counts` being what `count` says of them.

    `bodies` are None without an embedder; `by_kinds` says that it is one that `kinds` knows.
    """
    vocabulary, rarities = [], []
    for block, counted in zip(BLOCKS, counts, strict=True):
        seen = counted.texts
        kept = sorted(
            map(int, np.flatnonzero(seen >= block.least)), key=lambda at: (-seen[at], counted.tokens[at])
        )[: block.most]
        vocabulary.append(tuple(counted.tokens[at] for at in kept))
        times = seen[kept].astype(np.float32)
        rarity = np.log((1 + len(readings)) / (1 + times)) + 1
        rarities.append(rarity.astype(np.float16).astype(np.float32))
    have = None if bodies is None or not by_kinds else bodies[_have_kinds(readings, bodies)]
    return Space(
        tuple(vocabulary),
        tuple(rarities),
        Scale.of(_numbers(readings)),
        None if have is None or not len(have) else Scale.of(kinds.scores(have)),
        0 if bodies is None else bodies.shape[1],
    )


def _present(counted: Counted, vocabulary: Mapping[str, int]) -> Any:
    """Return rows of length 1 that say which tokens stand in each text, all alike: how often misleads more."""
    place = np.array([vocabulary.get(token, -1) for token in counted.tokens], np.int32)
    times = counted.times
    column = place[times.indices] if len(place) else np.zeros(0, np.int32)
    known = column >= 0
    pointer = np.concatenate([[0], np.cumsum(known)])[times.indptr].astype(np.int32)
    sizes = np.diff(pointer)
    value = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes).astype(np.float32)
    return sp.csr_array((value, column[known], pointer), shape=(times.shape[0], len(vocabulary)))
