"""Label an issue from the repository's own labels, and say why in one comment.

The labels come from rules on the issue's own words (`core/cues.py`), the model is one more voice: it can
make a supported label surer, with a quote that is really there, but never brings one in alone. A label is
put on only at the configured precision; below, it is suggested; below that, nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from triagebot.core.actions import Action, AddLabels, UpsertComment
from triagebot.core.cues import Support, supports
from triagebot.core.delivery import Delivery
from triagebot.core.errors import ModelError
from triagebot.core.markdown import clean, code_span, quote
from triagebot.core.repo_config import Section
from triagebot.core.text import grounded, quote_found, strip_hidden
from triagebot.core.values import Issue, IssueEvent, Label
from triagebot.routing import Command, Context, Decision, handler

Mode = Literal["auto", "suggest", "off"]

SUGGEST_FROM = 0.75
"""Below this nothing is said."""

MODEL_WEIGHT = 0.3
"""How far a model that agrees, with a real quote, closes the gap to certainty."""

WORTH_A_SUMMARY = 600
"""Characters of an issue from which a summary saves its reader time."""


class LabelConfig(Section):
    """How labels are handled."""

    mode: Mode = "auto"
    precision: float = Field(default=0.9, ge=0.5, le=1)
    allow: tuple[str, ...] = ("*",)
    per_label: dict[str, Mode] = Field(default_factory=dict)


class TriageConfig(Section):
    """The `triage` section of the repository's configuration."""

    labels: LabelConfig = LabelConfig()


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

    answer: TriageAnswer | None
    model: str = ""
    silence: str = ""


@handler(
    name="triage",
    events=(
        "issues.opened",
        "issues.edited",
        "issues.reopened",
        "pull_request.opened",
        "pull_request.edited",
        "pull_request.reopened",
    ),
    command=Command("triage"),
    needs={"issues": "write", "pull_requests": "write"},
    may={"add_labels": 5, "upsert_comment": 1},
    config=TriageConfig,
    rests_on=frozenset({"text"}),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:  # noqa: ARG001 - every handler takes both
    """Label the issue from the repository's own labels, and say why in one comment."""
    if ctx.issue.state == "closed" and not ctx.invocations:
        return Decision(note="closed")
    labels = await ctx.github.labels()
    events = await ctx.github.events(ctx.issue.number)
    if worth_asking(ctx.issue, supported(ctx.issue, labels, events, ctx.config), ctx.config):
        voice = await _ask(ctx, labels)
    else:
        voice = Voice(None, silence="nothing that a model could add")
    return decide(ctx.issue, labels, events, ctx.config, voice)


async def _ask(ctx: Context, labels: Sequence[Label]) -> Voice:
    if ctx.model is None:
        return Voice(None, silence="no model is configured")
    try:
        completion = await ctx.model.complete(
            "triage",
            TriageAnswer,
            {
                "repo": ctx.subject.repo.full_name,
                "labels": labels,
                "title": ctx.issue.title,
                "body": ctx.issue.body,
            },
        )
    except ModelError as error:  # the rules stand without the model
        return Voice(None, silence=f"the model gave no answer ({type(error).__name__})")
    return Voice(completion.value, model=completion.usage.model)


def decide(
    issue: Issue,
    labels: Sequence[Label],
    events: Sequence[IssueEvent],
    config: TriageConfig,
    voice: Voice,
) -> Decision:
    """Return the labels to add and the comment to show; no action where nothing is sure enough."""
    title, body = _shown(issue)
    alone = supported(issue, labels, events, config)
    heard = [_with_voice(item, voice.answer, f"{title}\n{body}") for item in alone]
    added = [item for item in heard if _mode(config, item.label) == "auto" and _sure(item, config)][:5]
    suggested = [item for item in heard if item not in added and item.confidence >= SUGGEST_FROM][:3]
    actions: list[Action] = []
    if added:
        actions.append(AddLabels(labels=tuple(item.label for item in added)))
    if added or suggested:
        lifted = any(item in added + suggested for item in heard if item not in alone)
        summary = _summary(title, body, voice)
        text = _comment(added, suggested, summary, voice.model, lifted=lifted)
        actions.append(UpsertComment(slot="triage", body=text))
        return Decision(tuple(actions))
    body = _nothing_more(_taken_off_by_people(events))
    return Decision(
        (UpsertComment(slot="triage", body=body, create=False),), note="no label is supported well enough"
    )


def _nothing_more(taken_off: set[str]) -> str:
    """Return what an earlier comment becomes when there is nothing left to say."""
    if taken_off:
        names = ", ".join(code_span(name) for name in sorted(taken_off))
        return f"{names}: taken off by a person, so it stays off."
    return "The text has changed, and no label stands out any more. Labels already on were left as they are."


def supported(
    issue: Issue, labels: Sequence[Label], events: Sequence[IssueEvent], config: TriageConfig
) -> list[Support]:
    """Return what the text supports of the labels that are on, and that no person has decided about.

    The others still compete: somebody who took `enhancement` off did not ask for `question` instead.
    """
    decided = _taken_off_by_people(events) | (set(issue.labels) - _put_on_by_bots(events))
    return [
        item
        for item in supports(*_shown(issue), labels)
        if item.label not in decided and _mode(config, item.label) != "off"
    ]


def worth_asking(issue: Issue, supports: Sequence[Support], config: TriageConfig) -> bool:
    """Return True if a model could change what is posted: lift a label over a bar, or sum up a long issue."""
    bars = (SUGGEST_FROM, config.labels.precision)
    if any(item.confidence < bar <= _lifted(item.confidence, 1.0) for item in supports for bar in bars):
        return True
    return len(issue.body) >= WORTH_A_SUMMARY and any(item.confidence >= SUGGEST_FROM for item in supports)


def _shown(issue: Issue) -> tuple[str, str]:
    return strip_hidden(issue.title)[0], strip_hidden(issue.body)[0]


def _lifted(confidence: float, said: float) -> float:
    return confidence + (1 - confidence) * MODEL_WEIGHT * said


def _mode(config: TriageConfig, label: str) -> Mode:
    if not any(fnmatchcase(label, pattern) for pattern in config.labels.allow):
        return "off"
    if config.labels.mode == "off":
        return "off"
    return config.labels.per_label.get(label, config.labels.mode)


def _sure(item: Support, config: TriageConfig) -> bool:
    return item.confidence >= config.labels.precision


def _taken_off_by_people(events: Sequence[IssueEvent]) -> set[str]:
    return {
        event.label for event in events if event.event == "unlabeled" and event.label and not _by_bot(event)
    }


def _put_on_by_bots(events: Sequence[IssueEvent]) -> set[str]:
    return {event.label for event in events if event.event == "labeled" and event.label and _by_bot(event)}


def _by_bot(event: IssueEvent) -> bool:
    return event.app_id is not None or (event.actor is not None and event.actor.is_bot)


def _with_voice(item: Support, answer: TriageAnswer | None, text: str) -> Support:
    """Return the support, surer if the model names the same label and quotes the text verbatim."""
    for voice in answer.labels if answer else ():
        if voice.name == item.label and voice.confidence >= 0.5 and quote_found(voice.quote, text):
            return Support(item.label, _lifted(item.confidence, voice.confidence), item.quotes)
    return item


def _comment(
    added: Sequence[Support], suggested: Sequence[Support], summary: str, model: str, *, lifted: bool
) -> str:
    lines = [f"- Added {_line(item)}" for item in added]
    lines += [f"- Perhaps {_line(item)}" for item in suggested]
    footer = _footer(added=bool(added), lifted=lifted, summary=bool(summary), model=model)
    return "\n\n".join(filter(None, (quote(summary) if summary else "", "\n".join(lines), footer)))


def _line(item: Support) -> str:
    said = " and ".join(code_span(" ".join(words.split())[:80]) for words in item.quotes)
    return f"{code_span(item.label)} ({_how_sure(item.confidence)}): the text says {said}"


def _how_sure(confidence: float) -> str:
    """Return a word, not a number: the rules' precision is known for two ranges only (docs/adr/0005)."""
    return "clear" if confidence >= 0.9 else "likely"


def _summary(title: str, body: str, voice: Voice) -> str:
    """Return the model's summary if it says nothing that the issue does not say, else nothing."""
    if voice.answer is None or len(body) < WORTH_A_SUMMARY:
        return ""
    summary = voice.answer.summary
    if not grounded(summary, f"{title}\n{body}"):
        return ""
    return clean(summary, allowed_hosts=frozenset(), repo="", max_length=600)


def _footer(*, added: bool, lifted: bool, summary: bool, model: str) -> str:
    """Say where it came from and how to undo it; the model is named only for what it really did."""
    parts = ["By rules, from the words alone" + (f"; {code_span(model)} agreed" if lifted else "") + "."]
    if summary:
        parts.append(f"Summary by {code_span(model)}, checked against the text.")
    parts.append("Wrong? Take the label off and it stays off." if added else "Nothing was changed.")
    return f"<sub>{' '.join(parts)}</sub>"
