"""Fit one logistic regression a label over sparse rows, all over the same rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

STRENGTH = 3.0
"""How little the weights are held back (scikit-learn's C)."""
THREADS = 2


def learn(rows: Any, targets: npt.NDArray[np.bool_], *, seed: int = 0) -> tuple[Floats, Floats]:
    """Return weights (labels, row length) and a bias for each column of `targets` (rows, labels).

    A column must hold both values.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - 80 MB that only a fit needs

    def one(column: int) -> tuple[Floats, float]:
        model = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=seed, tol=1e-3)
        model.fit(rows, targets[:, column])
        return model.coef_[0].astype(np.float32), float(model.intercept_[0])

    rows = rows.astype(np.float64)
    with ThreadPoolExecutor(THREADS) as threads:
        fitted = list(threads.map(one, range(targets.shape[1])))
    weights = np.array([weight for weight, _ in fitted], np.float32).reshape(len(fitted), rows.shape[1])
    return weights, np.array([bias for _, bias in fitted], np.float32)
