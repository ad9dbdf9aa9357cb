"""Which earlier issues may be the same, said no surer than it is known.

The memory finds them and says how likely each is the same; below a bar nothing is shown. A language
model judges only the few that were found, by their place in the list, and its judgement counts only
with a quote from each side that is really there. "Duplicate of" takes both: its yes, and a chance that
reaches the configured precision. All else is "possibly related". Nothing is ever closed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from triagebot.core.actions import Because
from triagebot.core.errors import ModelError
from triagebot.core.lessons import Suggested
from triagebot.core.links import reference
from triagebot.core.markdown import code_span
from triagebot.core.repo_config import Section
from triagebot.core.text import cut, quote_found
from triagebot.core.values import Issue
from triagebot.handlers.triage.part import Part
from triagebot.ports import RELATED_FROM, Similar
from triagebot.routing import Context

Same = Literal["yes", "no", "unsure"]

FOUND = 5
"""How many candidates the memory is asked for, and a model may judge."""
PROBABLY = 0.5
"""The chance from which it is said to be more likely the same than not."""


class DuplicateConfig(Section):
    """How duplicates are handled. `precision` is what "Duplicate of" promises, with a model's word for it."""

    mode: Literal["suggest", "off"] = "suggest"
    max: int = Field(default=3, ge=1, le=FOUND)
    precision: float = Field(default=0.9, ge=0.5, le=1)


class Judgement(BaseModel):
    """What the model says of the candidate at `place` in the list it was shown, counted from 1."""

    model_config = ConfigDict(extra="forbid")

    place: int = Field(ge=1, le=FOUND)
    same: Same
    quote_new: str = Field(max_length=200)
    quote_earlier: str = Field(max_length=200)


class DuplicatesAnswer(BaseModel):
    """What the model is asked for; an issue's number is not among it."""

    model_config = ConfigDict(extra="forbid")

    judgements: list[Judgement] = Field(max_length=FOUND)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The model's judgements that hold, by issue number, and its name."""

    same: Mapping[int, Same]
    model: str = ""


async def look(ctx: Context, config: DuplicateConfig, similar: Sequence[Similar]) -> Part:
    """Return the earlier issues that are likely enough the same to be shown."""
    found = candidates(ctx.issue, config, similar)
    if not found:
        return Part(note="no earlier issue is like it")
    return decide(ctx.issue, config, found, await _judged(ctx, found), prefix=ctx.registry.prefix)


def candidates(issue: Issue, config: DuplicateConfig, similar: Sequence[Similar]) -> list[Similar]:
    """Return what may be shown: older, likely enough, and open or closed as completed."""
    if config.mode == "off" or issue.is_pull_request:
        return []
    return [
        one
        for one in similar
        if one.number < issue.number
        and one.chance >= RELATED_FROM
        and (one.state == "open" or one.state_reason in (None, "completed"))
    ][:FOUND]


def decide(
    issue: Issue, config: DuplicateConfig, found: Sequence[Similar], verdict: Verdict, *, prefix: str
) -> Part:
    """Return the part that shows what is left of the candidates after the model's word, the likeliest first."""
    shown = [one for one in found if verdict.same.get(one.number) != "no"][: config.max]
    if not shown:
        return Part(note="the model saw that no earlier issue is the same")
    sure = [one for one in shown if verdict.same.get(one.number) == "yes" and one.chance >= config.precision]
    lines = [_line(issue, one, sure=one in sure) for one in shown]
    heard = bool(verdict.same)
    return Part(
        lines="\n".join(lines),
        lessons=(
            Suggested(numbers=tuple(one.number for one in shown), chances=tuple(one.chance for one in shown)),
        ),
        evidence="\n".join(_evidence(issue, one) for one in shown),
        origin=f"Earlier issues compared by {code_span(verdict.model)}." if heard else "",
        undo=f"{code_span(f'{prefix} duplicate none')} says it is a duplicate of nothing",
        because=tuple(_because(one, verdict, sure=one in sure) for one in shown),
    )


async def _judged(ctx: Context, found: Sequence[Similar]) -> Verdict:
    if ctx.model is None:
        return Verdict({})
    variables = {
        "repo": ctx.subject.repo.full_name,
        "earlier": [_text(one) for one in found],
        "title": ctx.issue.title,
        "body": ctx.issue.body,
    }
    try:
        completion = await ctx.model.complete("duplicates", DuplicatesAnswer, variables)
    except ModelError:  # what was found is shown without it
        return Verdict({})
    return Verdict(hold(completion.value, ctx.issue, found), completion.usage.model)


def hold(answer: DuplicatesAnswer, issue: Issue, found: Sequence[Similar]) -> dict[int, Same]:
    """Return the judgements that count, by issue number: one of a place, with two quotes that are there."""
    times = Counter(one.place for one in answer.judgements)
    text = f"{issue.title}\n{issue.body}"
    return {
        found[one.place - 1].number: one.same
        for one in answer.judgements
        if one.place <= len(found)
        and times[one.place] == 1
        and quote_found(one.quote_new, text)
        and quote_found(one.quote_earlier, _text(found[one.place - 1]))
    }


def _text(one: Similar) -> str:
    return f"{one.title}\n{one.body}"


def _line(issue: Issue, one: Similar, *, sure: bool) -> str:
    link = reference(one.number, issue.url)
    title = code_span(cut(one.title, 90))
    if one.state == "open":
        return f"- {'Duplicate of' if sure else 'Possibly related:'} {link} {title}"
    if sure:
        return f"- Possible regression of {link} {title}, which was closed as completed"
    return f"- Possibly related: {link} {title} (closed as completed)"


def _evidence(issue: Issue, one: Similar) -> str:
    """Return the two sentences that match, and how likely the two issues are the same, in words."""
    here, there = (code_span(cut(text, 160)) or "the title" for text in (one.here, one.there))
    return f"- {reference(one.number, issue.url)}: here {here}, there {there}; {_odds(one.chance)}"


def _because(one: Similar, verdict: Verdict, *, sure: bool) -> Because:
    said = verdict.same.get(one.number)
    model = f"{verdict.model} says {'the same' if said == 'yes' else 'unsure'}" if said else ""
    return Because(
        about="duplicate",
        name=f"#{one.number}",
        done=sure,
        chance=one.chance,
        words=tuple(cut(text, 160) for text in (one.here, one.there) if text),
        says=model[:400],
    )


def _odds(chance: float) -> str:
    """Return a chance in words: it is not known well enough for a number (docs/adr/0009)."""
    return "more likely the same than not" if chance >= PROBABLY else "alike, perhaps the same"
