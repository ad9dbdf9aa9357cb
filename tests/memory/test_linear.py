"""Whether fitting many labels at once finds what fitting each by itself finds."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from triagebot.memory.linear import STRENGTH, TOGETHER, learn


def planted(issues: int = 400, columns: int = 300, labels: int = TOGETHER + 3):
    """Return rows of tokens and of other numbers, and labels that some of the columns tell."""
    chance = np.random.default_rng(0)
    tokens = (chance.random((issues, columns)) < 0.05) * 0.3
    others = chance.normal(size=(issues, 10)) * 0.3
    rows = sp.csr_array(np.hstack([tokens, others]).astype(np.float32))
    told = rows @ chance.normal(size=(columns + 10, labels)) * 3 + chance.normal(size=labels)
    targets = chance.random((issues, labels)) < 1 / (1 + np.exp(-told))
    return rows, targets


def loss(rows, targets, weights, bias):
    """Return what logistic regression makes least, for each label."""
    margins = np.where(targets, 1, -1) * (rows @ weights.T + bias)
    held = (weights**2).sum(axis=1) + bias**2
    return STRENGTH * np.logaddexp(0, -margins).sum(axis=0) + held / 2


def test_each_label_is_fitted_as_by_itself():
    rows, targets = planted()
    weights, bias = learn(rows, targets)
    assert weights.shape == (targets.shape[1], rows.shape[1])
    found = loss(rows, targets, weights, bias)
    for label in range(targets.shape[1]):
        alone = LogisticRegression(C=STRENGTH, solver="liblinear", tol=1e-6).fit(rows, targets[:, label])
        best = loss(rows, targets[:, [label]], alone.coef_, alone.intercept_)[0]
        assert found[label] <= best * 1.01


def test_a_token_that_tells_nothing_counts_less_than_one_that_tells():
    chance = np.random.default_rng(1)
    targets = chance.random((200, 1)) < 0.5
    told = np.hstack([targets ^ (chance.random((200, 1)) < 0.1), chance.random((200, 40)) < 0.5])
    weights, _ = learn(sp.csr_array(told.astype(np.float32) * 0.2), targets, tokens=(slice(0, 41),))
    assert weights[0, 0] > 5 * np.abs(weights[0, 1:]).max()


def test_no_label_is_no_weight():
    rows, targets = planted(labels=2)
    weights, bias = learn(rows, targets[:, :0])
    assert weights.shape == (0, rows.shape[1])
    assert bias.shape == (0,)
