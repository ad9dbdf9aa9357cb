"""How much each feature weighs, and what a score is worth as a probability (docs/adr/0018).

The weights lie in `weights.json` and hold for every repository; `scripts/train_localizer.py` learned them, and tells
how good they are on reports of repositories that they have not seen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from triagebot.memory.localize.corpus import Numbers
from triagebot.memory.localize.features import FEATURES

EVIDENCE = ("share", "best", "candidates")
"""What a chance rests on: the logarithms of the share of all scores, of the best share, and of how many there are."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear ranking over `FEATURES`, and a logistic regression over `EVIDENCE` with its constant `base`."""

    score: Numbers
    chance: Numbers
    base: float

    def scores(self, rows: Numbers) -> Numbers:
        """Return a score for each row, comparable within one report."""
        return np.asarray(rows @ self.score, np.float64)

    def chances(self, scores: Numbers) -> Numbers:
        """Return for each file of one report the probability that a mend changes it."""
        strength = evidence(scores) @ self.chance + self.base
        return np.asarray(1 / (1 + np.exp(-np.clip(strength, -30, 30))), np.float64)


def evidence(scores: Numbers) -> Numbers:
    """Return a row of `EVIDENCE` for each of the files of one report."""
    if not len(scores):
        return np.zeros((0, len(EVIDENCE)))
    lead = scores - scores.max()
    share = lead - np.log(np.exp(lead).sum())
    size = np.log(len(scores))
    return np.column_stack([share, np.full(len(scores), share.max()), np.full(len(scores), size)])


@lru_cache
def weights() -> Weights:
    """Return the weights that come with this program."""
    text = files("triagebot.memory.localize").joinpath("weights.json").read_text(encoding="utf-8")
    found = json.loads(text)
    return Weights(
        np.array([found["score"].get(name, 0.0) for name in FEATURES]),
        np.array([found["chance"][name] for name in EVIDENCE]),
        float(found["base"]),
    )


def as_json(learned: Weights) -> dict[str, object]:
    """Return weights as `weights` reads them."""
    return {
        "score": dict(zip(FEATURES, learned.score.round(4).tolist(), strict=True)),
        "chance": dict(zip(EVIDENCE, learned.chance.round(4).tolist(), strict=True)),
        "base": round(learned.base, 4),
    }


_REASONS = {
    "path_named": "named in the report",
    "module_named": "its module is named in the report",
    "tested": "its test is named in the report",
    "frame_first": "in the stack trace",
    "frame_any": "in the stack trace",
    "frame_function": "in the stack trace",
    "defines_title": "defines what the title names",
    "exact_title": "defines what the title names",
    "exact_said": "defines what the report names",
    "of_class": "has methods that the report names",
    "path_title": "called like words of the title",
    "stem_title": "called like words of the title",
    "path_words": "called like words of the report",
    "stem_named": "called like what the report names",
    "imported": "imported by the report's example",
    "import_names": "defines what the report's example imports",
    "said": "holds the error message",
    "lines": "holds a line that the report quotes",
    "names": "uses the names in the report",
    "names_called": "uses the names in the report",
    "past": "changed for similar reasons before",
    "past_lift": "changed for similar reasons before",
    "past_rank": "changed for similar reasons before",
    "imports_likely": "imports a likely file",
    "likely_imports": "imported by likely files",
    "beside_likely": "beside likely files",
}
_WORDS = "shares the report's words"


def reasons(row: Numbers, around: Numbers, score: Numbers, *, most: int = 3) -> Sequence[str]:
    """Return in a few words what sets a file apart from the others (`around`: the mean row), the weightiest first."""
    parts: dict[str, float] = {}
    for name, value in zip(FEATURES, (row - around) * score, strict=True):
        reason = _REASONS.get(name, _WORDS if name.startswith(("file_", "chunk", "covered")) else "")
        if reason:
            parts[reason] = parts.get(reason, 0.0) + float(value)
    found = sorted(parts.items(), key=lambda one: -one[1])
    return tuple(reason for reason, value in found[:most] if value > 0.15)
