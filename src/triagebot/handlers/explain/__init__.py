"""Say why a check failed, or what a pasted stack trace says: the telling lines, and the code they point to.

The lines are found by the shapes in which tools write errors (`core/logs`), never by a model. A model may
add the likely cause, and only with words that really stand in those lines (`voice`).
"""

from __future__ import annotations

from triagebot.core.actions import Because, UpsertComment
from triagebot.core.delivery import Delivery, comment_id, review_thread
from triagebot.core.values import Permission
from triagebot.handlers.explain import checks, pasted
from triagebot.handlers.explain.comment import compose
from triagebot.handlers.explain.trouble import Findings
from triagebot.handlers.explain.voice import ask
from triagebot.routing import Command, Context, Decision, handler


@handler(
    name="explain",
    needs={
        "issues": "write",
        "pull_requests": "write",
        "contents": "read",
        "checks": "read",
        "actions": "read",
    },
    may={"upsert_comment": 1},
    command=Command("explain", usage="[check]", permission=Permission.TRIAGE, author=True),
    rests_on=frozenset(),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """Explain a failed check or a pasted stack trace: the lines that say why, and the code they point to."""
    wish = next((call.args for call in ctx.invocations if call.args), "")
    found = await _look(ctx, delivery, wish)
    if not found.troubles:
        return Decision(
            (_reply(ctx, delivery, found.nothing),), note=found.nothing[:200], understood=found.fine
        )
    heard = await ask(ctx, found.troubles)
    because = tuple(
        Because(about="other", name=one.name[:200] or "text", done=False, says=one.message[:400])
        for one in found.troubles
    )
    return Decision((_reply(ctx, delivery, compose(ctx, found, heard)),), because=because)


async def _look(ctx: Context, delivery: Delivery, wish: str) -> Findings:
    """Look where the person points: at what the comment itself holds, else at what failed, else at the text."""
    own = await pasted.look(ctx, await pasted.near(ctx, delivery))
    if own.troubles:
        return own
    if ctx.pull is not None:
        return await checks.look(ctx, ctx.pull, wish)
    return await pasted.look(ctx, await pasted.around_here(ctx, delivery))


def _reply(ctx: Context, delivery: Delivery, body: str) -> UpsertComment:
    in_thread = ctx.issue.is_pull_request and review_thread(delivery) is not None
    return UpsertComment(
        slot=f"explain:{comment_id(delivery)}",
        body=body,
        reply_to=comment_id(delivery) if in_thread else None,
    )
