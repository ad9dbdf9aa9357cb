"""What a model is asked about a part of a diff, twice: what is wrong with it, and whether that is true.

What it says names a file and quotes lines; where that is, code finds out. Neither question is put to a
model that cannot judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from triagebot.core.findings import Finding, Kind, Severity
from triagebot.core.redact import redact
from triagebot.core.text import cut
from triagebot.handlers.review.parts import Part, unshown, verbatim
from triagebot.ports import Completion, Model

MOST_REMARKS = 20
"""Remarks that an answer may hold; so many are read, and the second look judges."""


class Remark(BaseModel):
    """Something that the model finds wrong."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(max_length=400)
    line: int = Field(ge=0)
    quote: str = Field(max_length=900)
    kind: Kind
    severity: Severity
    confidence: float = Field(ge=0, le=1)
    title: str = Field(max_length=120)
    body: str = Field(max_length=900)
    suggestion: str | None = Field(max_length=900)


class ReviewAnswer(BaseModel):
    """What the first question is answered with; nothing in it says where anything is posted."""

    model_config = ConfigDict(extra="forbid")

    remarks: list[Remark] = Field(max_length=MOST_REMARKS)


class Verdict(BaseModel):
    """What the second look says of the remark at `place` in the list that it was shown, counted from 1."""

    model_config = ConfigDict(extra="forbid")

    place: int = Field(ge=1, le=MOST_REMARKS)
    reason: str = Field(max_length=400)
    true: Literal["yes", "no", "unsure"]
    would_change: Literal["yes", "no", "unsure"]


class SecondLookAnswer(BaseModel):
    """What the second question is answered with."""

    model_config = ConfigDict(extra="forbid")

    verdicts: list[Verdict] = Field(max_length=MOST_REMARKS)


@dataclass(frozen=True, slots=True)
class Background:
    """What every part is shown beside its diff. `instructions` are the repository's own, from its base branch."""

    repo: str
    title: str
    body: str
    issue: str = ""
    instructions: str = ""
    style: bool = False


async def remarks(model: Model, part: Part, background: Background) -> Completion[ReviewAnswer]:
    """Ask what is wrong with a part. Raises as `Model.complete` does."""
    return await model.complete(
        "review",
        ReviewAnswer,
        {
            "repo": background.repo,
            "instructions": background.instructions,
            "style": background.style,
            "title": background.title,
            "body": background.body,
            "issue": background.issue,
            "diff": part.text,
        },
    )


async def second_look(model: Model, part: Part, found: Sequence[Finding]) -> Mapping[int, bool]:
    """Return for each place in `found` whether it stands, as far as the model said so clearly and once.

    Raises as `Model.complete` does.
    """
    listed = [shown(one) for one in found]
    completion = await model.complete(
        "review_second_look", SecondLookAnswer, {"remarks": listed, "diff": part.text}
    )
    said: dict[int, list[bool]] = {}
    for verdict in completion.value.verdicts:
        stands = verdict.true == "yes" and verdict.would_change == "yes"
        said.setdefault(verdict.place - 1, []).append(stands)
    return {place: all(verdicts) for place, verdicts in said.items() if place < len(found)}


def finding(remark: Remark) -> Finding | None:
    """Return a remark as a finding yet to be checked; None if it says nothing."""
    title = " ".join(remark.title.split())
    if not title:
        return None
    return Finding(
        path=unshown(remark.path),
        quote=unshown(remark.quote),
        line=remark.line or None,
        kind=remark.kind,
        severity=remark.severity,
        confidence=remark.confidence,
        title=title,
        body=remark.body.strip(),
        suggestion=remark.suggestion or None,  # models write "" for none; what deletes lines says so in words
    )


def shown(one: Finding) -> str:
    """Return a finding as the second look is shown it. Code is indented, so that Markdown takes it for code."""
    rows = [f"{one.path}:{one.line}", f"{one.severity}: {one.title}", cut(one.body, 600)]
    rows += ["The lines:", "", _code(redact(one.quote))]
    if one.suggestion is not None:
        rows += ["", "Suggested instead:", "", _code(one.suggestion)]
    return verbatim("\n".join(rows))


def _code(text: str) -> str:
    return indent(cut(text.replace("\r\n", "\n"), 600), "    ", lambda _: True)
