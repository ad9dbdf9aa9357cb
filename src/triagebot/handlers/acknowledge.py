"""Answer at once that a command was seen; say what was meant by a misspelt one, and who may use which.

A thread gets one reply that a command was refused and one that it has had its commands for today, ever:
whoever comes next sees them there, and gets 😕. People who may not triage get no reply to words that are
no command: nobody asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from triagebot.core import commands
from triagebot.core.actions import React, UpsertComment
from triagebot.core.commands import Invocation
from triagebot.core.delivery import Delivery, diff_comment
from triagebot.core.markdown import code_span
from triagebot.core.values import Permission
from triagebot.routing import ANY, Command, Context, Decision, handler

REFUSED, SPENT, UNKNOWN = "acknowledge:refused", "acknowledge:spent", "acknowledge:unknown"


@handler(
    name="acknowledge",
    needs={"issues": "write", "pull_requests": "write"},
    may={"react": 1, "upsert_comment": 1},
    command=Command(ANY),
    rests_on=frozenset(),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """React with 👀 to a comment that holds a command, or 😕; say once who may use it, or what was meant."""
    said = {slot for slot in (REFUSED, SPENT) if await ctx.record.made(slot)}
    decision = decide(ctx, delivery, int(delivery.payload["comment"]["id"]))
    fresh = [
        action
        for action in decision.actions
        if not (isinstance(action, UpsertComment) and action.slot in said)
    ]
    return Decision(tuple(fresh), note=decision.note)


def decide(ctx: Context, delivery: Delivery, comment_id: int) -> Decision:
    """Return 👀 if any command is carried out, else 😕, with the one reply that there is to give."""
    known, may = ctx.registry.commands, {command.name for command in ctx.allowed}
    unknown = [call.name for call in ctx.invocations if call.name not in known]
    refused = [call for call in ctx.invocations if call.name in known and call.name not in may]
    carried_out = len(ctx.invocations) > len(unknown) + len(refused)
    review = delivery.event.startswith("pull_request_review_comment")
    seen = React(content="eyes" if carried_out else "confused", comment_id=comment_id, review_comment=review)
    if ctx.spent and refused:
        return Decision((seen, _reply(delivery, SPENT, _spent(ctx))))
    if refused:
        return Decision((seen, _reply(delivery, REFUSED, _refused(ctx, refused))))
    if carried_out:
        return Decision((seen,))
    if ctx.permission < Permission.TRIAGE:
        return Decision((seen,), note="unknown command by somebody who may not triage")
    return Decision((seen, _reply(delivery, UNKNOWN, _unknown(ctx, unknown))))


def _reply(delivery: Delivery, slot: str, body: str) -> UpsertComment:
    return UpsertComment(slot=slot, body=body, reply_to=diff_comment(delivery))


def _unknown(ctx: Context, names: Sequence[str]) -> str:
    prefix, lines = ctx.registry.prefix, []
    for name in dict.fromkeys(names):
        meant = commands.suggest(name, ctx.registry.commands)
        hint = f", did you mean {code_span(f'{prefix} {meant}')}?" if meant else "."
        lines.append(f"There is no {code_span(f'{prefix} {name}')}{hint}")
    return "\n".join([*lines, f"{code_span(f'{prefix} help')} lists the commands."])


def _refused(ctx: Context, calls: Sequence[Invocation]) -> str:
    """Say what each refused command needs, and who can give it."""
    lines = []
    for name in dict.fromkeys(call.name for call in calls):
        needs = ctx.least.get(name, ctx.registry.commands[name].permission).name.lower()
        author = ", or to have opened this" if ctx.registry.commands[name].author else ""
        lines.append(f"{code_span(f'{ctx.registry.prefix} {name}')} needs the {needs} role here{author}.")
    whom = "An admin of this repository gives roles, and `commands` in `.github/triagebot.yml` says what is needed."
    return "\n".join([*lines, "", f"{whom} This is said once here; other refused commands only get 😕."])


def _spent(ctx: Context) -> str:
    always = [command.name for command in ctx.registry.commands.values() if command.always]
    names = ", ".join(code_span(f"{ctx.registry.prefix} {name}") for name in always)
    return (
        "This thread has had its commands for today (`budget.commands_per_thread` in `.github/triagebot.yml`); "
        "people without the triage role can use up a third of them. Others only get 😕 until there is room again, "
        f"a day after each. For people with write, {names} go on."
    )
