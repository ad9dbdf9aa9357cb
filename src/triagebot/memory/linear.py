"""Fit one logistic regression a label over sparse rows, many labels at a time over the same rows.

Before it is fitted, each token counts as much as it tells the label's issues from the others, by the log
of the ratio of its shares in both (naive Bayes as a feature, Wang and Manning 2012). So few examples are
not spent on learning which of thousands of words matter. What comes out is still one weight a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

STRENGTH = 3.0
"""How little the weights are held back: C in C · Σ log(1 + exp(∓score)) + |weights|² / 2."""
TOGETHER = 20
"""Labels fitted at once: each takes some 3 MB for a row length of 100,000."""
THREADS = 2
_CLOSE = 0.02
"""A label is done when its gradient has shrunk to so much of what it was, less for a rare label."""
_STEPS, _TRIES, _HALVINGS = 15, 12, 8


def learn(rows: Any, targets: Bools, *, tokens: Sequence[slice] = ()) -> tuple[Floats, Floats]:
    """Return weights (labels, row length) and a bias for each column of `targets` (rows, labels).

    `tokens` are the blocks of columns that say which tokens an issue has; they come first and without a
    gap. A column of `targets` must hold both values.
    """
    given = _Given.of(rows, tokens)
    groups = [targets[:, at : at + TOGETHER] for at in range(0, targets.shape[1], TOGETHER)]
    with ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(lambda group: _together(given, group), groups))
    weights = np.concatenate([weight for weight, _ in found] or [np.zeros((0, rows.shape[1]), np.float32)])
    return weights, np.concatenate([bias for _, bias in found] or [np.zeros(0, np.float32)])


@dataclass(frozen=True, slots=True)
class _Given:
    """The rows: what tokens each issue has, sparse and the other way round, and a block of other numbers.

    `squares` hold the squared values of `columns`; `blocks` are the slices of the tokens.
    """

    tokens: Any
    columns: Any
    squares: Any
    others: Floats
    blocks: Sequence[slice]

    @classmethod
    def of(cls, rows: Any, blocks: Sequence[slice]) -> _Given:
        end = max((block.stop for block in blocks), default=0)
        tokens = rows[:, :end].astype(np.float32)
        columns = tokens.T.tocsr()
        squares = columns.copy()
        squares.data **= 2
        return cls(tokens, columns, squares, rows[:, end:].toarray().astype(np.float32), blocks)

    def scores(self, leaning: Floats, weights: Floats) -> Floats:
        """Return the score of each row for each column of `weights`, whose last row is the bias."""
        end = self.tokens.shape[1]
        found = self.tokens @ (leaning * weights[:end]) + self.others @ weights[end:-1]
        return np.asarray(found + weights[-1], np.float32)

    def gathered(self, leaning: Floats, rests: Floats) -> Floats:
        """Return what each weight gathers of `rests` (rows, labels): the transposed of `scores`."""
        parts = (leaning * (self.columns @ rests), self.others.T @ rests, rests.sum(axis=0, keepdims=True))
        return np.concatenate(parts)

    def curvature(self, leaning: Floats, importance: Floats) -> Floats:
        """Return how sharply the loss bends along each weight by itself."""
        parts = (
            leaning**2 * (self.squares @ importance),
            (self.others**2).T @ importance,
            importance.sum(axis=0, keepdims=True),
        )
        found: Floats = np.concatenate(parts) + 1
        return found

    def leanings(self, targets: Bools) -> Floats:
        """Return how far each token leans to the issues that carry a label, or to the others (tokens, labels).

        Each block keeps the mean length that its rows had, so that blocks weigh against each other as before.
        """
        there = self.columns.astype(bool).astype(np.float32)
        seen = np.asarray(there.sum(axis=1)).reshape(-1, 1)
        inside, carriers = there @ targets.astype(np.float32), targets.sum(axis=0)
        share = (inside + 1) / (carriers + 2)
        other = (seen - inside + 1) / (len(targets) - carriers + 2)
        leaning: Floats = np.log(share / other).astype(np.float32)
        length = np.asarray(self.squares.sum(axis=1)).reshape(-1, 1)
        for block in self.blocks:
            now = (length[block] * leaning[block] ** 2).sum(axis=0)
            before = length[block].sum()
            leaning[block] *= np.sqrt(np.divide(before, now, out=np.ones_like(now), where=now > 0))
        return leaning


def _together(given: _Given, targets: Bools) -> tuple[Floats, Floats]:
    """Minimise the loss of a few labels by Newton's method, all at once: each step reads the rows a few times."""
    leaning = given.leanings(targets)
    sign = np.where(targets, 1, -1).astype(np.float32)
    weights = np.zeros((leaning.shape[0] + given.others.shape[1] + 1, targets.shape[1]), np.float32)
    scores = np.zeros(targets.shape, np.float32)
    share = np.minimum(targets.mean(axis=0), 1 - targets.mean(axis=0))
    first: Any = None
    for _ in range(_STEPS):
        missed = expit(-sign * scores)
        gradient = given.gathered(leaning, -STRENGTH * sign * missed) + weights
        steep = np.linalg.norm(gradient, axis=0)
        first = steep if first is None else first
        todo = np.flatnonzero(steep > _CLOSE * first * share)
        if not todo.size:
            break
        importance = STRENGTH * missed[:, todo] * (1 - missed[:, todo])
        step, moved = _newton(given, leaning[:, todo], importance, gradient[:, todo])
        length = _lengths(weights[:, todo], step, scores[:, todo], moved, sign[:, todo])
        weights[:, todo] += length * step
        scores[:, todo] += length * moved
    end = leaning.shape[0]
    weights[:end] *= leaning
    return np.ascontiguousarray(weights[:-1].T), weights[-1].copy()


def _newton(given: _Given, leaning: Floats, importance: Floats, gradient: Floats) -> tuple[Floats, Floats]:
    """Return the step of each label towards where its loss is least, and how it moves the scores.

    By conjugate gradients, each weight scaled by its own curvature, until the rest is a tenth.
    """
    scale: Floats = (1 / given.curvature(leaning, importance)).astype(np.float32)
    step, rest = np.zeros_like(gradient), -gradient
    moved = np.zeros_like(importance)
    enough = 0.01 * (rest**2).sum(axis=0)
    way = scale * rest
    product = (rest * way).sum(axis=0)
    for _ in range(_TRIES):
        shown = given.scores(leaning, way)
        bent = given.gathered(leaning, importance * shown) + way
        going = (rest**2).sum(axis=0) > enough
        far = np.where(going, product / np.maximum((way * bent).sum(axis=0), 1e-20), 0).astype(np.float32)
        step += far * way
        moved += far * shown
        rest -= far * bent
        if not ((rest**2).sum(axis=0) > enough).any():
            break
        before, scaled = product, scale * rest
        product = (rest * scaled).sum(axis=0)
        way = scaled + (product / np.maximum(before, 1e-20) * way).astype(np.float32)
    return step, moved


def _lengths(weights: Floats, step: Floats, scores: Floats, moved: Floats, sign: Floats) -> Floats:
    """Return how far to go along each step so that no label's loss grows: all of it, or a half, or a quarter."""
    inside, along = (weights * step).sum(axis=0), (step**2).sum(axis=0)
    before = _loss(sign * scores)
    length = np.ones(len(before), np.float32)
    for _ in range(_HALVINGS):
        held = length * inside + length**2 * along / 2
        grows = _loss(sign * (scores + length * moved)) + held > before * (1 + 1e-6)
        if not grows.any():
            break
        length = np.where(grows, length / 2, length).astype(np.float32)
    return length


def _loss(margins: Floats) -> npt.NDArray[np.float64]:
    """Return each label's loss without what holds the weights back."""
    found: npt.NDArray[np.float64] = STRENGTH * np.logaddexp(0, -margins).sum(axis=0, dtype=np.float64)
    return found
