"""What a replay of a repository's history comes to: one value for the page and the JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from triagebot.memory.curves import AtPromise, Counts, LabelCount, Mistake, Tally

OTHERS = (0.8, 0.85, 0.9, 0.95, 0.98)
"""The promises that the table compares."""


@dataclass(frozen=True, slots=True)
class Told:
    """An issue as the page names it. `url` is "" where it is not known."""

    number: int
    title: str
    url: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KnownDuplicate:
    """A later issue that people said is the same as `of`, and what would have been shown, best first."""

    issue: Told
    of: Told
    shown: tuple[Told, ...]

    @property
    def found(self) -> int | None:
        """The place of the right one among those shown, from 1; None if it is not there."""
        numbers = [one.number for one in self.shown]
        return numbers.index(self.of.number) + 1 if self.of.number in numbers else None


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The known duplicates, and on how many other issues something would have been shown."""

    known: tuple[KnownDuplicate, ...]
    other_issues: int
    shown_on_others: int


@dataclass(frozen=True)
class HistoryReport:
    """A replay: learned from `learned_from` issues before `until`, counted on those after it."""

    repo: str
    until: datetime
    last: datetime
    learned_from: int
    pulls: int
    precision: float
    counts: Counts
    now: AtPromise
    others: Sequence[AtPromise]
    told: Mapping[int, Told]
    kept_out: Mapping[str, str]
    model: str
    made_at: datetime
    duplicates: Duplicates | None = None
    source: str = "the defaults"

    @property
    def later(self) -> int:
        """How many later issues were replayed."""
        return self.counts.issues + self.counts.unjudged

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        counts = self.counts
        return {
            "repo": self.repo,
            "until": _stamp(self.until),
            "learned_from": self.learned_from,
            "later": self.later,
            "pull_requests": self.pulls,
            "judged": counts.issues,
            "unjudged": {"issues": counts.unjudged, "labelled": counts.unjudged_labelled},
            "precision": self.precision,
            "settings": self.source,
            "labelled": counts.labelled,
            "auto": _tally(counts.auto),
            "suggested": _tally(counts.suggested),
            "curve": [_at(one) for one in counts.curve],
            "promises": [_at(one) for one in self.others],
            "labels": [_label(one) for one in counts.labels],
            "mistakes": [self._mistake(one) for one in counts.mistakes],
            "duplicates": _duplicates(self.duplicates),
            "model": self.model,
            "made_at": _stamp(self.made_at),
        }

    def _mistake(self, one: Mistake) -> dict[str, Any]:
        told = self.told[one.number]
        return {
            "number": one.number,
            "title": told.title,
            "url": told.url,
            "label": one.opinion.label,
            "expected": round(one.opinion.precision, 4),
            "people": list(one.people),
            "words": list(one.opinion.words),
            "like": list(one.opinion.like),
        }


def _stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _tally(tally: Tally) -> dict[str, Any]:
    share, interval = tally.precision, tally.interval
    return {
        "right": tally.right,
        "of": tally.of,
        "precision": None if share is None else round(share, 4),
        "interval": None if interval is None else [round(edge, 4) for edge in interval],
    }


def _at(one: AtPromise) -> dict[str, Any]:
    return {"promise": one.promise, "issues": one.issues, "labels": _tally(one.labels)}


def _label(one: LabelCount) -> dict[str, Any]:
    return {
        "label": one.label,
        "people": one.people,
        "auto": _tally(one.auto),
        "suggested": _tally(one.suggested),
        "silent": one.silent,
    }


def _duplicates(found: Duplicates | None) -> dict[str, Any] | None:
    if found is None:
        return None
    pairs = [
        {
            "number": one.issue.number,
            "duplicate_of": one.of.number,
            "shown": [near.number for near in one.shown],
        }
        for one in found.known
    ]
    return {
        "known": pairs,
        "other_issues": found.other_issues,
        "shown_on_others": found.shown_on_others,
    }
