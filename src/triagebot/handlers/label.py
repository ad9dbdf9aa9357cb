"""Put on and take off the labels that a person names.

It is that person's decision, and is remembered as one: the label model learns from it, and what was taken
off so is not put back by itself. Only labels that the repository defines are put on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from triagebot.core.actions import Action, AddLabels, Because, RemoveLabels, UpsertComment
from triagebot.core.delivery import Delivery, comment_id, diff_comment
from triagebot.core.history import past
from triagebot.core.lessons import Labelled, Lesson, Saw
from triagebot.core.markdown import code_span
from triagebot.core.values import Issue, Label
from triagebot.routing import Command, Context, Decision, handler

MOST = 20
"""So many labels are put on, and so many taken off, for one comment."""
MOST_WORDS = 6
"""Of so many words at most is a label that was written without quotes."""

_TOKEN = re.compile(
    r"""(?:(?P<sign>[+-])\s*)?(?:"(?P<quoted>[^"“”]*)["”]|“(?P<curly>[^"“”]*)["”]|(?P<bare>[^\s,+"“”-][^\s,"“”]*))|(?P<comma>,)"""
)


@dataclass(frozen=True, slots=True)
class Named:
    """A label that somebody named; `on` False is to take it off."""

    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What a comment asks for: labels as GitHub spells them, and the names that are no label here.

    `over` counts what was named beyond the most of each.
    """

    on: tuple[str, ...]
    off: tuple[str, ...]
    unknown: tuple[str, ...]
    over: int = 0


@handler(
    name="label",
    needs={"issues": "write", "pull_requests": "write"},
    may={"add_labels": MOST, "remove_labels": MOST, "upsert_comment": 1},
    command=Command("label", usage='+bug -"good first issue"'),
    rests_on=frozenset(),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """Put labels on and take labels off, as you say; it counts as your decision."""
    defined = await ctx.github.labels()
    wish = read((call.args for call in ctx.invocations), defined, ctx.issue)
    decision = decide(wish, ctx.issue, by=delivery.sender.login if delivery.sender else "somebody")
    if not (wish.unknown or wish.over):
        return decision
    reply = UpsertComment(
        slot=f"label:{comment_id(delivery)}",
        body=_unread(wish, defined),
        reply_to=diff_comment(delivery),
    )
    return replace(decision, actions=(*decision.actions, reply))


def decide(wish: Wish, issue: Issue, *, by: str) -> Decision:
    """Return the labels to take off and put on, and that a person decided so, who is called `by`."""
    actions: list[Action] = []
    lessons: list[Lesson] = []
    if wish.off:
        actions.append(RemoveLabels(labels=wish.off, asked=True))
        lessons.append(Labelled(labels=wish.off, on=False))
    if wish.on:
        actions.append(AddLabels(labels=wish.on, asked=True))
        lessons.append(Labelled(labels=wish.on, on=True))
    if not actions:
        return Decision(note="no label that is defined here was named", understood=False)
    because = tuple(
        Because(about="label", name=label, done=True, says=f"{by} asked for it")
        for label in (*wish.off, *wish.on)
    )
    return Decision(tuple(actions), lessons=(Saw(issue=past(issue, None)), *lessons), because=because)


def read(args: Iterable[str], defined: Sequence[Label], issue: Issue) -> Wish:
    """Return what the arguments of one comment's commands ask for; of what is said twice the last counts."""
    spelling = {name.casefold(): name for name in (*issue.labels, *(label.name for label in defined))}
    wanted: dict[str, bool] = {}
    unknown: dict[str, None] = {}
    for text in args:
        for named in parse(text, spelling):
            label = spelling.get(named.name.casefold())
            if label is None:
                unknown[named.name] = None
            else:
                wanted.pop(label, None)
                wanted[label] = named.on
    on = [label for label, put in wanted.items() if put]
    off = [label for label, put in wanted.items() if not put]
    over = sum(max(0, len(some) - MOST) for some in (on, off, unknown))
    return Wish(tuple(on[:MOST]), tuple(off[:MOST]), tuple(unknown)[:MOST], over)


def parse(args: str, known: Iterable[str] = ()) -> list[Named]:
    """Return the labels that `+bug, -"good first issue" question` names; without a sign they are put on.

    Several words without quotes are one label where `known`, in lower case, has them as one.
    """
    names, found = set(known), []
    words = list(_TOKEN.finditer(args))
    at = 0
    while at < len(words):
        one = words[at]
        at += 1
        if one["comma"]:
            continue
        name, on = (
            next(filter(None, (one["quoted"], one["curly"], one["bare"])), "").strip(),
            one["sign"] != "-",
        )
        if one["bare"]:
            longer = _run(words, at - 1, names)
            name, at = " ".join(word["bare"] for word in words[at - 1 : longer]), longer
        if name:
            found.append(Named(name, on))
    return found


def _run(words: Sequence[re.Match[str]], first: int, known: set[str]) -> int:
    """Return the end of the longest run of bare words from `first` that is a known label, else of one word."""
    end = first + 1
    while end < min(first + MOST_WORDS, len(words)) and words[end]["bare"] and not words[end]["sign"]:
        end += 1
    while end > first + 1 and " ".join(word["bare"] for word in words[first:end]).casefold() not in known:
        end -= 1
    return end


def _unread(wish: Wish, defined: Sequence[Label]) -> str:
    """Say which names are no label here, and that some were too many."""
    spelling = {label.name.casefold(): label.name for label in defined}
    lines = []
    for name in wish.unknown:
        close = get_close_matches(name.casefold()[:50], sorted(spelling), n=1, cutoff=0.6)
        hint = f", did you mean {code_span(spelling[close[0]])}?" if close else "."
        lines.append(f"There is no label {code_span(name[:50])} here{hint}")
    if wish.over:
        lines.append(
            f"For one comment {MOST} labels are put on and {MOST} taken off; {wish.over} more were named."
        )
    return "\n".join(lines)
