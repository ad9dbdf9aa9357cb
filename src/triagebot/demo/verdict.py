"""How right the bot was, against what the story says that the projects' maintainers would have done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triagebot.core.markers import names
from triagebot.simulator import Comment, Issue, World
from triagebot.simulator.story import Opening, Step
from triagebot.simulator.story_play import Stage, name_of

_NAMED = re.compile(r"\[#(\d+)\]\(")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Labels as (issue, label), duplicates as (issue, number that was named or should have been)."""

    right: Sequence[tuple[str, str]] = ()
    wrong: Sequence[tuple[str, str]] = ()
    found: Sequence[tuple[str, int]] = ()
    missed: Sequence[tuple[str, int]] = ()
    false: Sequence[tuple[str, int]] = ()


def judge(stage: Stage, steps: Iterable[Step]) -> Verdict:
    """Compare what the bot put on and named with what fits, for everything that the steps opened."""
    right: list[tuple[str, str]] = []
    wrong: list[tuple[str, str]] = []
    found: list[tuple[str, int]] = []
    missed: list[tuple[str, int]] = []
    false: list[tuple[str, int]] = []
    for step in steps:
        if not isinstance(step, Opening) or step.key not in stage.opened:
            continue
        issue, name = stage.opened[step.key], name_of(stage.opened[step.key])
        for label in labels_by_bot(stage.world, issue):
            (right if label in step.fit else wrong).append((name, label))
        target = _number(issue, step.repeats)
        named = earlier_named(stage.world, issue)
        if target is not None:
            (found if target in named else missed).append((name, target))
        right_to_name = {target, _number(issue, step.related)}
        false += [(name, number) for number in named if number not in right_to_name]
    return Verdict(right, wrong, found, missed, false)


def labels_by_bot(world: World, issue: Issue) -> list[str]:
    """Return the labels that the bot ever put on, in order, also those that somebody took off again."""
    bot = world.app.bot
    put = [e.label[0] for e in issue.events if e.event == "labeled" and e.label and e.actor is bot]
    return list(dict.fromkeys(put))


def comments_by_bot(world: World, issue: Issue) -> list[Comment]:
    """Return the bot's comments, oldest first."""
    return [comment for comment in issue.comments.values() if comment.user is world.app.bot]


def earlier_named(world: World, issue: Issue) -> list[int]:
    """Return the numbers of the issues that triage says this may be the same as; not those it learned from."""
    triage = [each.body or "" for each in comments_by_bot(world, issue) if names(each.body or "", "triage")]
    said = "\n".join(body.split("<details>")[0] for body in triage)
    return list(dict.fromkeys(int(number) for number in _NAMED.findall(said)))


def _number(issue: Issue, title: str) -> int | None:
    """Return the number of the earlier issue with this title; KeyError if the story names one that is not there."""
    if not title:
        return None
    return {each.title: each.number for each in issue.repo.issues.values()}[title]
