"""What people tell the bot about an issue in commands that end in the same one comment: `/bot duplicate`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from triagebot.core.commands import Invocation
from triagebot.core.errors import Gone, NotFound
from triagebot.core.lessons import Paired
from triagebot.core.values import Permission
from triagebot.ports import GitHubReader
from triagebot.routing import Command, Context

DUPLICATE = Command(
    "duplicate",
    usage="#12, or none",
    author=True,
    help="Say which issue this is a duplicate of, or that it is of none; the suggestions go.",
)

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


async def _is_older_issue(github: GitHubReader, number: int, *, than: int) -> bool:
    if number >= than:
        return False
    try:
        return not (await github.issue(number)).is_pull_request
    except (Gone, NotFound):
        return False
