"""Keep what people decided about an issue: its labels, its end, and what they thought of our comment.

It does nothing on GitHub; the memory learns from it. Our own labels are noted when they are put on, and
other bots' teach nothing, so a label that a bot puts on is no reason to look.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from triagebot.core import markers
from triagebot.core.delivery import LEAVING, Delivery
from triagebot.core.history import past
from triagebot.core.lessons import Forget, Lesson, Paired, Saw, Voted
from triagebot.core.values import Actor, Comment, Permission
from triagebot.ports import GitHubReader
from triagebot.routing import Context, Decision, handler

MOST_ASKED = 10
"""Of so many people at most it is asked what they may do, for one closed issue."""

_UP, _DOWN = frozenset({"+1", "heart", "hooray", "rocket"}), frozenset({"-1", "confused"})
_DUPLICATE = re.compile(r"^[ \t]{0,3}duplicate of[ \t]+#(\d{1,9})\b", re.IGNORECASE | re.MULTILINE | re.ASCII)
"""GitHub's own words for it; see "Marking issues or pull requests as a duplicate"."""


def _when(delivery: Delivery) -> bool:
    by_bot = delivery.sender is not None and delivery.sender.is_bot
    return not (by_bot and delivery.event.endswith(".labeled"))


@handler(
    name="remember",
    events=(
        "issues.labeled",
        "issues.unlabeled",
        "issues.closed",
        "issues.deleted",
        "issues.transferred",
        "pull_request.labeled",
        "pull_request.unlabeled",
        "pull_request.closed",
    ),
    needs={"issues": "read", "pull_requests": "read"},
    may={},
    rests_on=frozenset(),
    when=_when,
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """Keep what people decide, to learn from it. Does nothing on GitHub."""
    if delivery.event in LEAVING:
        return Decision(lessons=(Forget(),))
    events = await ctx.github.events(ctx.issue.number)
    lessons: list[Lesson] = [Saw(issue=past(ctx.issue, events, ctx.app_id))]
    if delivery.event.endswith(".closed"):
        comments = await ctx.github.comments(ctx.issue.number)
        triagers = Triagers(ctx.github)
        lessons += await _named(ctx.issue.number, comments, triagers)
        lessons += await _votes(ctx, comments, triagers)
    return Decision(lessons=tuple(lessons))


@dataclass
class Triagers:
    """Tells who may triage, asking GitHub about each person once, and about `MOST_ASKED` people at most."""

    github: GitHubReader
    _known: dict[int, bool] = field(default_factory=dict)

    async def include(self, person: Actor | None) -> bool:
        """Return True if the person may triage; False for bots, deleted accounts, and those not asked about."""
        if person is None or person.is_bot:
            return False
        if person.id not in self._known:
            if len(self._known) >= MOST_ASKED:
                return False
            self._known[person.id] = await self.github.permission(person.login) >= Permission.TRIAGE
        return self._known[person.id]


async def _named(number: int, comments: Sequence[Comment], triagers: Triagers) -> list[Lesson]:
    """Return which older issue this one was last said to be a duplicate of, by somebody who may triage."""
    for comment in reversed(comments):
        found = _DUPLICATE.search(comment.body)
        if found and 0 < int(found[1]) < number and await triagers.include(comment.author):
            return [Paired(of=int(found[1]))]
    return []


async def _votes(ctx: Context, comments: Sequence[Comment], triagers: Triagers) -> list[Lesson]:
    """Return how those who may triage reacted to our comment; who did both is against it."""
    ours = [one for one in comments if ctx.app_id is not None and one.app_id == ctx.app_id]
    triage = next((one for one in ours if markers.names(one.body, "triage")), None)
    if triage is None:
        return []
    up: set[int] = set()
    down: set[int] = set()
    for reaction in await ctx.github.reactions(triage.id):
        side = up if reaction.content in _UP else down if reaction.content in _DOWN else None
        if side is not None and reaction.author and await triagers.include(reaction.author):
            side.add(reaction.author.id)
    return [Voted(up=len(up - down), down=len(down))] if up or down else []
