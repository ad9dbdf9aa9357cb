"""The label model of one repository: what it learned from the repository's own past, and how sure it may be.

It is fitted twice: on the earlier issues alone, several times with a later end, to see how often it is right
on the issues that follow, and then on everything. A label's promise comes from the first, its opinions from
the second.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from triagebot.core.errors import TriagebotError
from triagebot.core.history import PastIssue, judged, undecided
from triagebot.core.values import Label
from triagebot.memory import calibration, evidence, features, kinds
from triagebot.memory.calibration import Ladder, Step
from triagebot.memory.evidence import ENOUGH, Evidence, Seen
from triagebot.memory.text import Reading, read
from triagebot.ports import LabelOpinion, Matrix, Vectors

LEAST_ISSUES = 30
EXPLAINED = 12
"""How many of the surest opinions come with words and like issues."""
NEVER_SEEN_CAP = 0.85
"""The most that a label without an example of its own may promise: it is suggested, never put on."""

EVEN = 0.5
"""What is less likely than not is promised no more than that: a promise is of all that are as sure or surer."""

LATELY = 0.85
"""Issues after this share of all are the latest, by which a label is seen to have become rarer."""

TRIED_FROM = 0.4
"""Promises of at least so much are tried on the past before any is made. Few are as high as what is asked
for, so that lower ones have to tell, too, whether the repository changes."""

GROUPS = ("taught", "rare", "new")
_USED: dict[str, tuple[int, ...]] = {"taught": (0, 4), "rare": (1, 2, 3, 4), "new": (3,)}
"""Which of `evidence.SIGNALS` tell something in each group. Where there is a linear model, the nearest issues only
blur what it says (docs/adr/0007)."""
_START: dict[str, tuple[float, ...]] = {
    "taught": (1.0, 0.0, 0.0),
    "rare": (0.3, 3.0, 2.0, 0.5, -2.0),
    "new": (6.0, -5.0),
}
"""Weights, then the bias, where too few later issues were seen to learn them."""


class UnreadableModel(TriagebotError):
    """The bytes are not a label model of this version of the program."""


@dataclass(frozen=True)
class LabelModel:
    """What was learned. `mixes` weigh the signals in each group; `ladders` hold each label's promises."""

    labels: tuple[str, ...]
    evidence: Evidence
    mixes: dict[str, tuple[float, ...]]
    ladders: dict[str, Ladder]

    @property
    def learned_from(self) -> int:
        """How many issues it learned from."""
        return self.evidence.learned_from

    @cached_property
    def version(self) -> str:
        """A digest of all that was learned."""
        digest = hashlib.sha256()
        for name, values in sorted(self._arrays().items()):
            digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()[:16]

    def opinions(
        self, issue: PastIssue, title_vector: Matrix | None, body_vector: Matrix | None
    ) -> tuple[LabelOpinion, ...]:
        """Return an opinion of every label that it was fitted for, the surest first.

        The vectors have one row, or one dimension; None where there is no embedder.
        """
        reading = read(issue)
        rows = self.evidence.space.rows([reading], _one_row(title_vector), _one_row(body_vector))
        signals, likeness = self.evidence.signals(rows)
        chances = _chances(signals, self.evidence.examples, self.mixes)[0]
        found = []
        for at, label in enumerate(self.labels):
            chance = float(chances[at])
            step = calibration.at(self.ladders.get(label, ()), chance)
            promise = step.precision if chance >= EVEN else min(step.precision, EVEN)
            found.append((promise, chance, label, at, step))
        found.sort(key=lambda item: (-item[0], -item[1], item[2]))
        own = likeness[0].copy()
        own[self.evidence.numbers == issue.number] = -1
        return tuple(
            LabelOpinion(
                label=label,
                probability=chance,
                precision=promise,
                right=step.right,
                of=step.of,
                words=self._words(reading, rows, at) if rank < EXPLAINED else (),
                like=self.evidence.like(own, at, 3) if rank < EXPLAINED else (),
            )
            for rank, (promise, chance, label, at, step) in enumerate(found)
        )

    def _words(self, reading: Reading, rows: Any, label: int) -> tuple[str, ...]:
        """Return up to three words or pairs of words of the text that speak loudest for the label, verbatim."""
        space = self.evidence.space
        row = rows[[0], : space.starts[1]]
        parts = row.data * self.evidence.weights[label, row.indices]
        text, kept = f"{reading.title}\n{reading.body}", list[str]()
        for at in np.argsort(-parts, kind="stable")[:20]:
            if parts[at] <= 0 or len(kept) == 3:
                break
            token = space.token(int(row.indices[at]))
            found = re.search(
                r"(?<!\w)" + re.escape(token).replace(r"\ ", r"[\W_]{0,3}"), text, re.IGNORECASE
            )
            if found and not any(
                found.group().lower() in word.lower() or word.lower() in found.group().lower()
                for word in kept
            ):
                kept.append(found.group())
        return tuple(kept)

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        about = {
            "labels": self.labels,
            "mixes": self.mixes,
            "ladders": {
                label: [(step.least, step.right, step.of, step.precision) for step in ladder]
                for label, ladder in self.ladders.items()
            },
        }
        return {
            "about": np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
            **evidence.arrays(self.evidence),
        }

    def to_bytes(self) -> bytes:
        """Return the model as a compressed NumPy archive without Python objects."""
        written = io.BytesIO()
        np.savez_compressed(written, allow_pickle=False, **self._arrays())
        return written.getvalue()

    @classmethod
    def from_bytes(cls, written: bytes) -> LabelModel:
        """Return the model that `to_bytes` gave. Raises `UnreadableModel`."""
        try:
            with np.load(io.BytesIO(written), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            about = json.loads(arrays["about"].tobytes())
            return cls(
                labels=tuple(about["labels"]),
                evidence=evidence.from_arrays(arrays),
                mixes={group: tuple(mix) for group, mix in about["mixes"].items()},
                ladders={
                    label: tuple(Step(*step) for step in ladder) for label, ladder in about["ladders"].items()
                },
            )
        except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile) as error:
            raise UnreadableModel(
                f"not a label model of this version: {error!r}; it is fitted anew"
            ) from error


def fit(issues: Sequence[PastIssue], vectors: Vectors | None, labels: Sequence[Label]) -> LabelModel | None:
    """Return what `issues` teach of `labels`, or None if they are too few or carry none of them.

    Only what people decided counts (`core.history.judged`), and an issue whose label only an App put on is left
    out: without that label it would speak against it, and each label of ours for the next one's being withheld. Issues without a vector are read by their words
    alone. The order of `issues` does not matter.
    """
    labels = tuple({label.name: label for label in labels}.values())
    decided = [issue for issue in issues if not undecided(issue)]
    seen = _seen(sorted(decided, key=lambda issue: (issue.created_at, issue.number)), vectors, labels)
    if len(seen.yes) < LEAST_ISSUES or not seen.yes.any():
        return None
    later = _later(seen, labels)
    names = tuple(label.name for label in labels)
    mixes, ladders = _promises(later, names, seen.yes.sum(axis=0))
    doubt, fallen = _doubt(later, names), dict(zip(names, _fallen(seen.yes), strict=True))
    return LabelModel(
        labels=names,
        evidence=evidence.learn(seen, labels),
        mixes=mixes,
        ladders={name: calibration.lowered(ladder, doubt + fallen[name]) for name, ladder in ladders.items()},
    )


def _fallen(yes: npt.NDArray[np.bool_]) -> list[float]:
    """Return by how much the log odds of each label (issues, labels) have fallen among the latest issues."""
    cut = int(len(yes) * LATELY)
    before, after = yes[:cut].sum(axis=0), yes[cut:].sum(axis=0)
    return [
        calibration.rarer((int(once), cut), (int(now), len(yes) - cut))
        for once, now in zip(before, after, strict=True)
    ]


def _seen(issues: Sequence[PastIssue], vectors: Vectors | None, labels: Sequence[Label]) -> Seen:
    readings = [read(issue) for issue in issues]
    column = {label.name: at for at, label in enumerate(labels)}
    yes = np.zeros((len(issues), len(labels)), bool)
    for row, issue in enumerate(issues):
        for label in judged(issue).yes & column.keys():
            yes[row, column[label]] = True
    titles = bodies = None
    if vectors is not None and len(vectors.numbers):
        where = {int(number): at for at, number in enumerate(vectors.numbers)}
        have = [(row, where[issue.number]) for row, issue in enumerate(issues) if issue.number in where]
        titles, bodies = (np.zeros((len(issues), vectors.titles.shape[1]), np.float32) for _ in range(2))
        for row, at in have:
            titles[row], bodies[row] = vectors.titles[at], vectors.bodies[at]
    numbers = np.array([issue.number for issue in issues], np.int64)
    by_kinds = vectors is not None and kinds.known(vectors.embedder)
    return Seen(numbers, readings, features.count(readings), titles, bodies, yes, by_kinds)


@dataclass(frozen=True, slots=True)
class _Later:
    """Signals (issues, labels, signals) of issues later than those learned from, and what was right."""

    signals: npt.NDArray[np.float64]
    yes: npt.NDArray[np.bool_]
    examples: npt.NDArray[np.int64]


def _later(seen: Seen, labels: Sequence[Label]) -> list[_Later]:
    """Learn up to a moment and look at what follows, several times over."""
    total = len(seen.yes)
    ends = (0.4, 0.55, 0.7, 0.85) if total <= 4000 else (0.6, 0.8)
    cuts = [int(total * end) for end in ends] + [total]
    found = []
    for cut, stop in pairwise(cuts):
        learned = evidence.learn(seen.part(0, cut), labels)
        after = seen.part(cut, stop)
        rows = learned.space.rows_of(after.counts, after.readings, after.titles, after.bodies)
        # likeness is issues by neighbours: a few issues at a time
        signals = [learned.signals(rows[at : at + 500])[0] for at in range(0, rows.shape[0], 500)]
        found.append(_Later(np.concatenate(signals), after.yes, learned.examples))
    return found


def _group(examples: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the place in `GROUPS` of labels with so many examples."""
    return np.where(examples >= ENOUGH, 0, np.where(examples > 0, 1, 2))


def _gathered(later: Sequence[_Later], group: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return the signals of all labels of a group together (pairs, signals used), and which were right."""
    signals, hits = [], []
    for part in later:
        inside = _group(part.examples) == GROUPS.index(group)
        signals.append(part.signals[:, inside][:, :, _USED[group]].reshape(-1, len(_USED[group])))
        hits.append(part.yes[:, inside].ravel())
    return np.concatenate(signals), np.concatenate(hits)


def _mix(group: str, signals: npt.NDArray[np.float64], hits: npt.NDArray[np.bool_]) -> tuple[float, ...]:
    if hits.sum() < 20 or hits.all():
        return _START[group]
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - 80 MB that only a fit needs

    model = LogisticRegression(C=1.0).fit(signals, hits)
    return (*(float(weight) for weight in model.coef_[0]), float(model.intercept_[0]))


def _chances(
    signals: npt.NDArray[np.float64], examples: npt.NDArray[np.int64], mixes: dict[str, tuple[float, ...]]
) -> npt.NDArray[np.float64]:
    """Return the probability of each label for each issue."""
    found = np.zeros(signals.shape[:2])
    groups = _group(examples)
    for at, group in enumerate(GROUPS):
        inside = groups == at
        mix = np.array(mixes[group])
        found[:, inside] = signals[:, inside][:, :, _USED[group]] @ mix[:-1] + mix[-1]
    return 1 / (1 + np.exp(-np.clip(found, -30, 30)))


def _promises(
    later: Sequence[_Later], names: Sequence[str], examples: npt.NDArray[np.int64]
) -> tuple[dict[str, tuple[float, ...]], dict[str, Ladder]]:
    """Return how signals are weighed and each label's ladder, for labels that now have so many examples.

    Labels that are in one group now borrow from each other.
    """
    mixes = {group: _mix(group, *_gathered(later, group)) for group in GROUPS}
    chances = np.concatenate([_chances(part.signals, part.examples, mixes) for part in later])
    yes = np.concatenate([part.yes for part in later])
    ladders = dict[str, Ladder]()
    for place, group in enumerate(GROUPS):
        inside = [int(at) for at in np.flatnonzero(_group(examples) == place)]
        found = calibration.ladders(
            {names[at]: chances[:, at] for at in inside}, {names[at]: yes[:, at] for at in inside}
        )
        if group == "new":
            found = {name: calibration.cautious(steps, cap=NEVER_SEEN_CAP) for name, steps in found.items()}
        ladders.update(found)
    return mixes, ladders


def _doubt(later: Sequence[_Later], names: Sequence[str]) -> float:
    """Return by how much what would have been promised at each moment of the past was too high, in log odds."""
    promised: list[tuple[float, bool]] = []
    for now in range(1, len(later)):
        part = later[now]
        mixes, ladders = _promises(later[:now], names, part.examples)
        chances = _chances(part.signals, part.examples, mixes)
        for at, name in enumerate(names):
            promises = [calibration.at(ladders[name], chance).precision for chance in chances[:, at]]
            promised += [
                (promise, bool(hit))
                for promise, hit in zip(promises, part.yes[:, at], strict=True)
                if promise >= TRIED_FROM
            ]
    return calibration.doubt(promised)


def _one_row(vector: Matrix | None) -> Matrix | None:
    return None if vector is None else np.asarray(vector, np.float32).reshape(1, -1)
