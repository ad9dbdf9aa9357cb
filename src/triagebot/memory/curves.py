"""Count what a replay of a repository's later issues got right and wrong, at each promise and for each label.

Numbers only: no text, no I/O. "Right" is a label that people chose themselves. A label that nobody
decided about counts as wrong on an issue that people labelled at all, so what they forgot makes the
precision look lower than it is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from triagebot.ports import LabelOpinion

PROMISES = tuple(promise / 100 for promise in range(50, 100))
"""The values of `precision` that the curve of the whole repository is drawn over."""
Z = 1.96


@dataclass(frozen=True, slots=True)
class Said:
    """What would have been said of one later issue, and the labels that people chose for it.

    `auto` would have been put on and `suggested` named in the comment; `opinions` are all that the model
    held likely at all, for other settings. `judged` is False where no person decided about any label.
    """

    number: int
    opinions: tuple[LabelOpinion, ...]
    auto: frozenset[str]
    suggested: frozenset[str]
    people: frozenset[str]
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Tally:
    """So many labels were right, of so many put on."""

    right: int
    of: int

    @property
    def wrong(self) -> int:
        """How many were not what people chose."""
        return self.of - self.right

    @property
    def precision(self) -> float | None:
        """The share that was right; None of nothing."""
        return self.right / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The range that holds the true share in 95 of 100 such counts (Wilson's score interval)."""
        if not self.of:
            return None
        share, square = self.right / self.of, Z * Z
        middle = (share + square / (2 * self.of)) / (1 + square / self.of)
        half = Z / (1 + square / self.of)
        half *= math.sqrt(share * (1 - share) / self.of + square / (4 * self.of * self.of))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class AtPromise:
    """What another value of `precision` would have done: so many issues labelled, so many labels right."""

    promise: float
    issues: int
    labels: Tally


@dataclass(frozen=True, slots=True)
class LabelPoint:
    """Of the label's `of` surest issues `right` were right; that is `found` of all that people labelled so."""

    found: float
    right: int
    of: int


@dataclass(frozen=True, slots=True)
class LabelCount:
    """One label: what was put on, suggested and not said, beside what people chose."""

    label: str
    people: int
    auto: Tally
    suggested: Tally
    silent: int
    curve: tuple[LabelPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A label that would have been put on and that people did not choose."""

    number: int
    opinion: LabelOpinion
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """What a replay comes to. `unjudged` issues nobody labelled: of these, `unjudged_labelled` would have been."""

    issues: int
    labelled: int
    helped: int
    auto: Tally
    suggested: Tally
    unjudged: int
    unjudged_labelled: int
    curve: tuple[AtPromise, ...]
    labels: tuple[LabelCount, ...]
    mistakes: tuple[Mistake, ...]


@dataclass
class _Label:
    """The running counts of one label."""

    people: int = 0
    auto: Counter[bool] = field(default_factory=Counter)
    suggested: Counter[bool] = field(default_factory=Counter)
    silent: int = 0
    scored: list[tuple[float, float, bool]] = field(default_factory=list)


def count(
    replayed: Sequence[Said], *, usable: Callable[[str], bool], at_most: int, mistakes: int = 12
) -> Counts:
    """Return the counts over all later issues.

    `usable` labels are those that the settings allow to be put on; `at_most` is how many an issue gets.
    """
    issues = [said for said in replayed if said.judged]
    labels: dict[str, _Label] = {}
    for said in issues:
        _note(labels, said)
    unjudged = [said for said in replayed if not said.judged]
    return Counts(
        issues=len(issues),
        labelled=sum(bool(said.auto) for said in issues),
        helped=sum(bool(said.auto | said.suggested) for said in issues),
        auto=_tally(label.auto for label in labels.values()),
        suggested=_tally(label.suggested for label in labels.values()),
        unjudged=len(unjudged),
        unjudged_labelled=sum(bool(said.auto) for said in unjudged),
        curve=tuple(at_promise(issues, promise, usable=usable, at_most=at_most) for promise in PROMISES),
        labels=tuple(_counted(name, label) for name, label in sorted(labels.items(), key=_by_use)),
        mistakes=tuple(_mistakes(issues)[:mistakes]),
    )


def at_promise(
    issues: Sequence[Said], promise: float, *, usable: Callable[[str], bool], at_most: int
) -> AtPromise:
    """Return what would have been put on had the promised precision been `promise`."""
    labelled, right, of = 0, 0, 0
    for said in issues:
        sure = [
            opinion.label
            for opinion in said.opinions
            if opinion.precision >= promise and usable(opinion.label)
        ][:at_most]
        labelled += bool(sure)
        of += len(sure)
        right += len(said.people.intersection(sure))
    return AtPromise(promise, labelled, Tally(right, of))


def _note(labels: dict[str, _Label], said: Said) -> None:
    for name in said.people | said.auto | said.suggested:
        label = labels.setdefault(name, _Label())
        chosen = name in said.people
        label.people += chosen
        if name in said.auto:
            label.auto[chosen] += 1
        elif name in said.suggested:
            label.suggested[chosen] += 1
        else:
            label.silent += 1
    for opinion in said.opinions:
        label = labels.setdefault(opinion.label, _Label())
        label.scored.append((opinion.precision, opinion.probability, opinion.label in said.people))


def _counted(name: str, label: _Label) -> LabelCount:
    auto, suggested = _tally([label.auto]), _tally([label.suggested])
    return LabelCount(name, label.people, auto, suggested, label.silent, _curve(label))


def _by_use(item: tuple[str, _Label]) -> tuple[int, str]:
    return -item[1].people, item[0]


def _tally(counters: Iterable[Counter[bool]]) -> Tally:
    total: Counter[bool] = Counter()
    for counter in counters:
        total += counter
    return Tally(total[True], total[True] + total[False])


def _curve(label: _Label) -> tuple[LabelPoint, ...]:
    """Return the curve from the surest to the least sure, one point where the score changes."""
    if not label.people:
        return ()
    points: list[LabelPoint] = []
    right, scored = 0, sorted(label.scored, reverse=True)
    for at, (precision, probability, chosen) in enumerate(scored, start=1):
        right += chosen
        if at == len(scored) or scored[at][:2] != (precision, probability):
            points.append(LabelPoint(right / label.people, right, at))
    return tuple(points)


def _mistakes(issues: Sequence[Said]) -> list[Mistake]:
    """Return every wrong label, the surest first: what the model believed most and was not so."""
    found = [
        Mistake(said.number, opinion, tuple(sorted(said.people)))
        for said in issues
        for opinion in said.opinions
        if opinion.label in said.auto - said.people
    ]
    return sorted(found, key=lambda one: (-one.opinion.precision, -one.opinion.probability, one.number))
