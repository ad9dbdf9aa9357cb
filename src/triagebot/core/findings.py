"""One remark of a review, whoever made it: a rule of ours or a language model.

A finding rests on lines that it quotes. It is posted only once it is anchored: the quote was found, at
`line`, in the diff.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import Field

from triagebot.core.base import Value
from triagebot.core.values import Side

Kind = Literal["bug", "security", "performance", "tests", "docs", "leftover", "style"]
Severity = Literal["error", "warning", "note"]

MODEL = "model"
"""The `source` of what a language model found."""


class Finding(Value):
    """What is wrong with the lines `start_line`..`line` of one side of a file's diff.

    Lines count from 1: on the RIGHT in the head's file, on the LEFT in the base's. `quote` is those
    lines' text without their line ends; `suggestion` is what they should be replaced with ("" deletes them).
    """

    path: str
    quote: str = Field(max_length=4_000)
    line: int | None = Field(default=None, ge=1, description="None until it is anchored")
    start_line: int | None = Field(default=None, ge=1, description="None for a single line")
    side: Side = "RIGHT"
    kind: Kind
    severity: Severity
    confidence: float = Field(ge=0, le=1)
    title: str = Field(min_length=1, max_length=160)
    body: str = Field(default="", max_length=4_000)
    suggestion: str | None = Field(default=None, max_length=8_000)
    source: str = Field(default=MODEL, description="MODEL, or the rule's name")

    @property
    def fingerprint(self) -> str:
        """What stays the same when the same thing is found again after other lines moved: 16 hex digits."""
        quote = "\n".join(" ".join(line.split()) for line in self.quote.splitlines())
        what = self.kind if self.source == MODEL else self.source
        return hashlib.sha256(f"{self.path}\n{what}\n{quote}".encode()).hexdigest()[:16]
