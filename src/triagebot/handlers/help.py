"""List the commands that the asker may use."""

from __future__ import annotations

from triagebot.core.actions import UpsertComment
from triagebot.core.delivery import Delivery
from triagebot.core.markdown import code_span
from triagebot.core.values import Permission
from triagebot.routing import Command, Context, Decision, handler


@handler(
    name="help",
    needs={"issues": "write", "pull_requests": "write"},
    may={"upsert_comment": 1},
    command=Command("help", permission=Permission.READ, always=True),
    rests_on=frozenset(),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:  # noqa: ARG001 - every handler takes both
    """List the commands that you may use here."""
    return decide(ctx)


def decide(ctx: Context) -> Decision:
    """Return one comment with a row for each command whose permission the asker has."""
    rows = [
        f"| {code_span(' '.join(filter(None, (ctx.registry.prefix, command.name, command.usage))))} "
        f"| {command.help} |"
        for command in ctx.allowed
    ]
    body = "\n".join(["| command | does |", "| --- | --- |", *rows])
    return Decision((UpsertComment(slot="help", body=body),))
