"""Answer at once that a command was seen, and say what was meant by a misspelt one."""

from __future__ import annotations

from triagebot.core import commands
from triagebot.core.actions import React, UpsertComment
from triagebot.core.delivery import Delivery
from triagebot.core.markdown import code_span
from triagebot.core.values import Permission
from triagebot.routing import ANY, Command, Context, Decision, handler


@handler(
    name="acknowledge",
    needs={"issues": "write", "pull_requests": "write"},
    may={"react": 1, "upsert_comment": 1},
    command=Command(ANY),
    rests_on=frozenset(),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """React with 👀 to a comment that holds a command, or 😕 and "did you mean" to a misspelt one."""
    return decide(ctx, delivery, int(delivery.payload["comment"]["id"]))


def decide(ctx: Context, delivery: Delivery, comment_id: int) -> Decision:
    """Return 👀 if any command is known. A reply goes only to people who may triage, as nobody else asked."""
    known = ctx.registry.commands
    unknown = [call.name for call in ctx.invocations if call.name not in known]
    review = delivery.event.startswith("pull_request_review_comment")
    if len(unknown) < len(ctx.invocations):
        return Decision((React(content="eyes", comment_id=comment_id, review_comment=review),))
    confused = React(content="confused", comment_id=comment_id, review_comment=review)
    if ctx.permission < Permission.TRIAGE:
        return Decision((confused,), note="unknown command by somebody who may not triage")
    prefix = ctx.registry.prefix
    lines = []
    for name in dict.fromkeys(unknown):
        meant = commands.suggest(name, known)
        hint = f", did you mean {code_span(f'{prefix} {meant}')}?" if meant else "."
        lines.append(f"There is no {code_span(f'{prefix} {name}')}{hint}")
    lines.append(f"{code_span(f'{prefix} help')} lists the commands.")
    return Decision((confused, UpsertComment(slot="acknowledge:unknown", body="\n".join(lines))))
