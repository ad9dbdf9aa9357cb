"""What the language model is asked about an issue, and what of its answer is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from triagebot.core.errors import ModelError, Refused
from triagebot.core.markdown import clean
from triagebot.core.text import grounded, quote_found, strip_hidden
from triagebot.core.values import Issue, Label
from triagebot.ports import LabelOpinions, Similar
from triagebot.routing import Context

WORTH_A_SUMMARY = 600
"""Characters of an issue from which a summary saves its reader time."""
NEAREST = 5
"""How many earlier issues the model is shown with their labels."""


class LabelVoice(BaseModel):
    """A label that the model sees supported, and the issue's words that support it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=60)
    confidence: float = Field(ge=0, le=1)
    quote: str = Field(max_length=300)


class TriageAnswer(BaseModel):
    """What the model is asked for; nothing in it names an issue, a person or a repository."""

    model_config = ConfigDict(extra="forbid")

    summary: str = Field(max_length=600)
    kind: Literal["bug", "feature", "question", "docs", "other"]
    labels: list[LabelVoice] = Field(max_length=5)


@dataclass(frozen=True, slots=True)
class Voice:
    """The model's answer and its name; `answer` is None where no model spoke, and `silence` says why."""

    answer: TriageAnswer | None = None
    model: str = ""
    silence: str = ""


async def ask(
    ctx: Context, labels: Sequence[Label], similar: Sequence[Similar], opinions: LabelOpinions | None
) -> Voice:
    """Ask the model, if there is one, showing it the labels and the nearest earlier issues."""
    if ctx.model is None:
        return Voice(silence="no model is configured")
    variables = {
        "repo": ctx.subject.repo.full_name,
        "labels": labels,
        "earlier": await _nearest(ctx, similar, opinions),
        "title": ctx.issue.title,
        "body": ctx.issue.body,
    }
    try:
        completion = await ctx.model.complete("triage", TriageAnswer, variables)
    except ModelError as error:  # what was learned stands without the model
        return Voice(silence=f"the model gave no answer: {error.reason}")
    return Voice(completion.value, model=completion.usage.model)


async def _nearest(ctx: Context, similar: Sequence[Similar], opinions: LabelOpinions | None) -> Sequence[str]:
    """Return a line for each of the nearest earlier issues: its title, and its labels as they are now."""
    numbers = [one.number for one in similar]
    numbers += [number for one in (opinions.opinions if opinions else ()) for number in one.like]
    lines: list[str] = []
    for number in list(dict.fromkeys(numbers))[:NEAREST]:
        try:
            issue = await ctx.github.issue(number)
        except Refused:  # deleted since
            continue
        labels = ", ".join(f'"{label}"' for label in issue.labels[:8])
        lines.append(f"{issue.title[:160]} → {labels or 'no label'}")
    return lines


def said(answer: TriageAnswer, opinions: LabelOpinions, issue: Issue) -> dict[str, float]:
    """Return what the model said of the labels that there is an opinion on, where its quote is really there."""
    believed = {one.label for one in opinions.opinions}
    text = f"{issue.title}\n{issue.body}"
    return {
        one.name: one.confidence
        for one in answer.labels
        if one.name in believed and quote_found(one.quote, text)
    }


def summary(issue: Issue, voice: Voice) -> str:
    """Return the model's summary if it says nothing that the issue does not say, else nothing."""
    if voice.answer is None or len(issue.body) < WORTH_A_SUMMARY:
        return ""
    text = voice.answer.summary
    if not grounded(text, f"{strip_hidden(issue.title)[0]}\n{strip_hidden(issue.body)[0]}"):
        return ""
    return clean(text, allowed_hosts=frozenset(), repo="", max_length=600)
