"""What people tell the bot about an issue: `/bot duplicate`, and the labels that they had it put on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from triagebot.core.actions import UpsertComment
from triagebot.core.commands import Invocation
from triagebot.core.delivery import Delivery, diff_comment
from triagebot.core.errors import Gone, NotFound
from triagebot.core.lessons import Paired
from triagebot.core.markdown import code_span
from triagebot.core.values import Actor, IssueEvent, Permission
from triagebot.ports import GitHubReader
from triagebot.routing import Command, Context

DUPLICATE = Command(
    "duplicate",
    usage="#12, or none",
    author=True,
    help="Say which issue this is a duplicate of, or that it is of none; the suggestions go.",
)

SOMEBODY = Actor(0, "somebody")

_NUMBER = re.compile(r"#?([1-9][0-9]{0,9})", re.ASCII)


async def pairings(ctx: Context, calls: Sequence[Invocation]) -> tuple[Paired, ...]:
    """Return what the `duplicate` commands say; nothing for one that says nothing possible.

    Possible is an issue of this repository that is older than this one. GitHub is asked whether there is one.
    """
    if ctx.issue.is_pull_request:
        return ()
    own = ctx.permission < Permission.TRIAGE
    found: list[Paired] = []
    for call in calls:
        number = _NUMBER.fullmatch(call.args)
        if call.args.lower() == "none":
            found.append(Paired(of=None, same=False, own=own))
        elif number and await _is_older_issue(ctx.github, int(number[1]), than=ctx.issue.number):
            found.append(Paired(of=int(number[1]), same=True, own=own))
    return tuple(found)


def unheard(ctx: Context, delivery: Delivery) -> UpsertComment:
    """Return the one reply on a subject to `duplicate` commands that say nothing possible."""
    how = (
        code_span(f"{ctx.registry.prefix} duplicate #12"),
        code_span(f"{ctx.registry.prefix} duplicate none"),
    )
    body = f"Name an older issue of this repository, as in {how[0]}, or say {how[1]}."
    if ctx.issue.is_pull_request:
        body = "Duplicates are kept of issues alone; this is a pull request."
    return UpsertComment(slot="triage:duplicate", body=body, reply_to=diff_comment(delivery))


async def events(ctx: Context) -> list[IssueEvent]:
    """Return the subject's events; what a person had us label is that person's doing."""
    found = await ctx.github.events(ctx.issue.number)
    told = {label.casefold() for label in await ctx.memory.told(ctx.issue.number)}
    return [
        replace(event, app_id=None, actor=SOMEBODY)
        if event.event == "labeled" and (event.label or "").casefold() in told and _is_ours(event, ctx)
        else event
        for event in found
    ]


def _is_ours(event: IssueEvent, ctx: Context) -> bool:
    return ctx.app_id is not None and event.app_id == ctx.app_id


async def _is_older_issue(github: GitHubReader, number: int, *, than: int) -> bool:
    if number >= than:
        return False
    try:
        return not (await github.issue(number)).is_pull_request
    except (Gone, NotFound):
        return False
