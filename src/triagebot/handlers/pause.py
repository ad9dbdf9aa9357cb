"""Leave an issue or pull request alone, because a person says so, until a person says otherwise.

The planner asks the memory before it lets a handler act on an event; commands go on, and so does what the
memory has to know.
"""

from __future__ import annotations

from triagebot.core.delivery import Delivery
from triagebot.core.lessons import Paused
from triagebot.routing import Command, Context, Decision, handler

PAUSE = Command(
    "pause",
    always=True,
    help="Do nothing here by yourself any more; commands still work, and so does resume.",
)
RESUME = Command("resume", always=True, help="Take this up again after a pause, from the next event on.")


@handler(
    name="pause",
    needs={"issues": "read", "pull_requests": "read"},
    may={},
    command=(PAUSE, RESUME),
    rests_on=frozenset(),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:  # noqa: ARG001 - every handler takes both
    """Leave this issue or pull request alone until told otherwise."""
    last = ctx.invocations[-1].name == PAUSE.name
    return Decision(lessons=(Paused(paused=last),), note="paused" if last else "resumed")
