"""Say how often a label was right on later issues, at a score or above it, with caution where little was seen.

Scores are made on issues later than those that were learned from. For each label, at a few depths of its
ranking, the share that was right is drawn towards the share that all labels of its group had at that score
(so that a label seen rarely borrows from the others), and a lower bound of it is taken. Borrowing alone never
makes a promise: what the label showed by itself bounds it too. At last, a repository that changes makes
promises fall short: by how much earlier ones did is taken off all of them, and what a label's odds have fallen
by is taken off its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import betaincinv

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BORROWED = 6.0
"""How many sightings the group's share counts for."""
CAUTION = 0.2
"""Which quantile of the belief in the share is taken as the precision to expect."""
OWN_CAUTION = 0.1
"""The same for what a label showed by itself: 13 of 13 are needed for 0.9."""
COMMON = 0.5
"""A label that more of the issues carry is right by being common; it is judged as if so many carried it."""
PATIENCE, CREDIT = 3.0, 0.9
"""How many kept promises an untried repository is credited with, and of what."""
_MOST_DOUBT = 50.0
SURELY = 10.8
"""A likelihood ratio that chance exceeds once in a thousand times: then a label has become rarer."""
DEPTHS = tuple(sorted({round(4 * 1.35**step) for step in range(30)}))
"""How many of the highest scores are looked at together."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to expect from the score `least` up: `precision`, because `right` of `of` seen scores were right.

    Those may be of somewhat less than `least`: what less sure ones showed holds for surer ones, which may be few.
    """

    least: float
    right: int
    of: int
    precision: float


Ladder = tuple[Step, ...]
"""Steps with rising `least` and never falling `precision`."""


def ladders(scores: Mapping[str, Doubles], hits: Mapping[str, Bools]) -> dict[str, Ladder]:
    """Return each label's ladder; `scores` and `hits` are of the same later issues, all labels of one group."""
    if not scores:
        return {}
    pooled = _pool(np.concatenate(list(scores.values())), np.concatenate([hits[label] for label in scores]))
    return {label: _ladder(scores[label], hits[label], pooled) for label in scores}


def at(ladder: Ladder, score: float) -> Step:
    """Return the highest step that the score reaches; a step of nothing seen where it reaches none."""
    reached = [step for step in ladder if score >= step.least]
    return reached[-1] if reached else Step(0.0, 0, 0, 0.0)


def _pool(scores: Doubles, hits: Bools) -> tuple[Doubles, Doubles]:
    """Return rising scores, and the share right among those at least so high."""
    order = np.argsort(-scores, kind="stable")
    share = np.cumsum(hits[order]) / np.arange(1, len(order) + 1)
    return scores[order][::-1], share[::-1]


def _ladder(scores: Doubles, hits: Bools, pooled: tuple[Doubles, Doubles]) -> Ladder:
    order = np.argsort(-scores, kind="stable")
    sorted_scores, right = scores[order], np.cumsum(hits[order])
    steps: list[Step] = []
    for depth in sorted({depth for depth in DEPTHS if depth < len(order)} | {len(order)}):
        least = float(sorted_scores[depth - 1])
        # With everything that scored the same.
        of = int(np.searchsorted(-sorted_scores, -least, side="right"))
        seen = int(right[of - 1])
        bounds = (
            _expected(seen, of, _share(pooled, least)),
            _shown(seen, of),
            _if_rarer(seen, of, int(right[-1]), len(order)),
        )
        steps.append(Step(least, seen, of, min(bounds)))
    steps.reverse()
    best, rising = Step(0.0, 0, 0, 0.0), list[Step]()
    for step in steps:
        best = step if step.precision > best.precision else best
        rising.append(Step(step.least, best.right, best.of, best.precision))
    return tuple(rising)


def _share(pooled: tuple[Doubles, Doubles], least: float) -> float:
    scores, share = pooled
    return float(share[min(int(np.searchsorted(scores, least, side="left")), len(share) - 1)])


def _expected(right: int, of: int, group: float) -> float:
    """Return a lower bound of the share right: a Beta prior worth `BORROWED` sightings, at `CAUTION`."""
    group = min(max(group, 0.01), 0.99)
    return float(betaincinv(right + BORROWED * group, of - right + BORROWED * (1 - group), CAUTION))


def _shown(right: int, of: int) -> float:
    return float(betaincinv(right + 1, of - right + 0.5, OWN_CAUTION))


def _if_rarer(right: int, of: int, carried: int, issues: int) -> float:
    """Return the share right to expect if only `COMMON` of the issues carried a label that more do."""
    others = issues - carried
    if carried <= COMMON * issues:
        return 1.0
    mistaken = float(betaincinv(of - right + 1, max(others - (of - right), 0) + 0.5, 1 - CAUTION))
    found = COMMON * right / carried
    return found / max(found + (1 - COMMON) * mistaken, 1e-9)


def doubt(promised: Sequence[tuple[float, bool]]) -> float:
    """Return by how much the log odds of promises were too high; 0 if they were kept.

    Each is a promise and its outcome. Log odds, because a share taken off would make the surest promises fall
    most: a repository that misses some at 0.5 may well keep those at 0.95.
    """
    given = np.array([promise for promise, _ in promised] + [CREDIT])
    weight = np.array([1.0] * len(promised) + [PATIENCE])
    right = sum(hit for _, hit in promised) + PATIENCE * CREDIT

    def too_many(off: float) -> float:
        return float(weight @ _less(given, off) - right)

    return float(brentq(too_many, 0, _MOST_DOUBT)) if too_many(0) > 0 else 0.0


def rarer(before: tuple[int, int], lately: tuple[int, int]) -> float:
    """Return by how much the log odds of a label have fallen, each as (issues that carry it, issues); 0 if not surely.

    A score that was right 9 times in 10 while every second issue carried the label is right less often once
    few do: the odds of being right fall as those of the label do (Saerens et al. 2002, Neural Computation 14).
    """
    (carried, issues), (now_carried, now_issues) = before, lately
    once, now, all_along = (
        (carried + 0.5) / (issues + 1),
        (now_carried + 0.5) / (now_issues + 1),
        (carried + now_carried + 0.5) / (issues + now_issues + 1),
    )
    if now >= once or 2 * (
        _fits(carried, issues, once) + _fits(now_carried, now_issues, now)
        - _fits(carried, issues, all_along) - _fits(now_carried, now_issues, all_along)
    ) < SURELY:  # fmt: skip
        return 0.0
    return float(np.log(once / (1 - once)) - np.log(now / (1 - now)))


def _fits(carried: int, issues: int, share: float) -> float:
    return float(carried * np.log(share) + (issues - carried) * np.log(1 - share))


def lowered(ladder: Ladder, off: float) -> Ladder:
    """Return the ladder with so much taken off the log odds of all its promises."""
    promises = _less(np.array([step.precision for step in ladder]), off)
    return tuple(
        Step(step.least, step.right, step.of, float(promise))
        for step, promise in zip(ladder, promises, strict=True)
    )


def _less(promises: Doubles, off: float) -> Doubles:
    open_to_doubt = np.minimum(promises, 1 - 1e-9)
    found: Doubles = open_to_doubt / (open_to_doubt + (1 - open_to_doubt) * np.exp(off))
    return found


def cautious(steps: Sequence[Step], *, cap: float) -> Ladder:
    """Return the steps with no precision above `cap`: for labels that nothing was learned of."""
    return tuple(Step(step.least, step.right, step.of, min(step.precision, cap)) for step in steps)
