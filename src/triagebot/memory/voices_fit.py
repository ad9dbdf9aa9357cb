"""Learn how far a language model's voice may count, from what it said and what people then decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from triagebot.core.history import PastIssue, judged
from triagebot.core.lessons import Heard
from triagebot.memory.voices import Voices, log_odds

FEWEST = 60
"""How many judged labels a weight needs, of each outcome at least `FEWEST_OF_EACH`."""
FEWEST_OF_EACH = 15
LATEST = 5_000
"""How many judged labels are learned from: a model's habits change with its versions."""
IN_QUESTION = 0.05
"""Labels less likely than this that the voice did not name either are no test of it."""
FOLDS = 5
CLEARLY = 2.0
"""By how many standard errors the voice must lower the loss on held-out cases."""
POINTS = 200
"""How many points of the curve are kept."""

Floats = npt.NDArray[np.float64]


def fit(heard: Sequence[tuple[int, Heard]], issues: Mapping[int, PastIssue]) -> Voices | None:
    """Return the weights of the model heard last, or None where it has not earned any.

    It has where at least `FEWEST` of the labels it was asked about were judged by people, and where
    knowing it lowers the log-loss of held-out issues clearly below that of the label model alone, which
    is fitted in the same way.
    """
    if not heard:
        return None
    model = heard[-1][1].model
    rows = _rows([(number, one) for number, one in heard if one.model == model], issues)[-LATEST:]
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    numbers, features, right = table[:, 0], table[:, 1:3], table[:, 3]
    ones = int(right.sum())
    few_issues = len(np.unique(numbers)) < FOLDS
    if len(rows) < FEWEST or min(ones, len(rows) - ones) < FEWEST_OF_EACH or few_issues:
        return None
    with_voice = _held_out(features, right, numbers)
    alone = _held_out(features[:, :1], right, numbers)
    if not _clearly_less(_loss(with_voice, right), _loss(alone, right), numbers):
        return None
    weights = _fitted(features, right)
    on_label_model, on_voice = (float(one) for one in weights.coef_[0])
    if on_voice <= 0:  # a voice that is wrong by habit may change at any time
        return None
    return Voices(model, float(weights.intercept_[0]), on_label_model, on_voice, _curve(with_voice, right))


def _rows(
    heard: Sequence[tuple[int, Heard]], issues: Mapping[int, PastIssue]
) -> list[tuple[float, float, float, float]]:
    """Return (issue, log-odds before, voice, fits or not) of each label that people have decided about.

    On an issue that people labelled, a label that is not there does not fit. One that stands and that
    only bots put on says nothing. Where the model was asked more than once, the last answer counts.
    """
    rows = []
    for number, one in dict(heard).items():
        if number not in issues:
            continue
        issue, people = issues[number], judged(issues[number])
        for label, before in one.before.items():
            fits = label in people.yes
            decided = fits or label in people.no or (bool(people.yes) and label not in issue.labels)
            voice = min(1.0, max(0.0, one.voices.get(label, 0.0)))
            if decided and (voice > 0 or before >= IN_QUESTION):
                rows.append((float(number), log_odds(before), voice, float(fits)))
    return rows


def _fitted(features: Floats, right: Floats) -> LogisticRegression:
    return LogisticRegression(C=1.0).fit(features, right)


def _held_out(features: Floats, right: Floats, numbers: Floats) -> Floats:
    """Return each case's probability from weights that were fitted without its issue."""
    found = np.full(len(right), right.mean())
    for learn, test in GroupKFold(FOLDS).split(features, right, numbers):
        if len(np.unique(right[learn])) == 2:
            found[test] = _fitted(features[learn], right[learn]).predict_proba(features[test])[:, 1]
    return found


def _loss(probability: Floats, right: Floats) -> Floats:
    kept = np.clip(probability, 1e-6, 1 - 1e-6)
    return -(right * np.log(kept) + (1 - right) * np.log(1 - kept))


def _clearly_less(loss: Floats, other: Floats, numbers: Floats) -> bool:
    """Return True if the loss is less by more than chance would do, an issue's labels being one draw."""
    _, place = np.unique(numbers, return_inverse=True)
    gain = np.bincount(place, weights=other - loss)
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    return bool(gain.mean() > CLEARLY * error)


def _curve(probability: Floats, right: Floats) -> tuple[tuple[float, int, int], ...]:
    order = np.argsort(-probability, kind="stable")
    rights = np.cumsum(right[order]).astype(int)
    ends = np.flatnonzero(np.append(np.diff(probability[order]) != 0, [True]))
    kept = ends[np.unique(np.linspace(0, len(ends) - 1, POINTS).astype(int))]
    return tuple((float(probability[order][at]), int(rights[at]), int(at) + 1) for at in kept)
