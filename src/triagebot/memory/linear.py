"""Fit one logistic regression a label over sparse rows, all over the same rows.

Before it is fitted, each token counts as much as it tells the label's issues from the others, by the log
of the ratio of its shares in both (naive Bayes as a feature, Wang and Manning 2012). So few examples are
not spent on learning which of thousands of words matter. What comes out is still one weight a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

STRENGTH = 3.0
"""How little the weights are held back (scikit-learn's C)."""
THREADS = 2


def learn(
    rows: Any, targets: npt.NDArray[np.bool_], *, tokens: Sequence[slice] = (), seed: int = 0
) -> tuple[Floats, Floats]:
    """Return weights (labels, row length) and a bias for each column of `targets` (rows, labels).

    `tokens` are the blocks of columns that say which tokens an issue has. A column of `targets` must hold
    both values.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - 80 MB that only a fit needs

    rows = rows.astype(np.float64)
    leanings = _Leanings(rows, targets, tokens)

    def one(column: int) -> tuple[Floats, float]:
        leaning = leanings.of(column)
        leaned = sp.csr_array(
            (rows.data * leaning[rows.indices], rows.indices, rows.indptr), shape=rows.shape
        )
        model = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=seed, tol=1e-3)
        model.fit(leaned, targets[:, column])
        return (model.coef_[0] * leaning).astype(np.float32), float(model.intercept_[0])

    with ThreadPoolExecutor(THREADS) as threads:
        fitted = list(threads.map(one, range(targets.shape[1])))
    weights = np.array([weight for weight, _ in fitted], np.float32).reshape(len(fitted), rows.shape[1])
    return weights, np.array([bias for _, bias in fitted], np.float32)


class _Leanings:
    """How far each token leans to the issues that carry a label, or to the others."""

    def __init__(self, rows: Any, targets: npt.NDArray[np.bool_], tokens: Sequence[slice]) -> None:
        self._tokens = tokens
        self._issues = len(targets)
        self._carriers = targets.sum(axis=0)
        self._columns = rows.shape[1]
        told = rows[:, : max((block.stop for block in tokens), default=0)]
        squares = np.bincount(told.indices, weights=told.data**2, minlength=told.shape[1])
        self._squares: Doubles = squares.astype(np.float64)
        told.data[:] = 1.0
        self._seen: Doubles = np.asarray(told.sum(axis=0)).ravel()
        self._with: Doubles = np.asarray(told.T @ targets.astype(np.float64))

    def of(self, column: int) -> Doubles:
        """Return what to multiply each column of the rows with, for one label.

        Each block keeps the mean length that its rows had, so that blocks weigh against each other as before.
        """
        carriers, inside = self._carriers[column], self._with[:, column]
        share = (inside + 1) / (carriers + 2)
        other = (self._seen - inside + 1) / (self._issues - carriers + 2)
        leaning = np.ones(self._columns)
        for block in self._tokens:
            ratio = np.log(share[block] / other[block])
            length = float(self._squares[block] @ ratio**2)
            if length > 0:
                leaning[block] = ratio * np.sqrt(self._squares[block].sum() / length)
        return leaning
