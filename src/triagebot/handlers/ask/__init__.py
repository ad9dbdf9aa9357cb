"""Answer a question about the repository from its own files and issues, each sentence with what it rests on.

The repository is searched without a model (`reading`). A model then writes sentences, and each must quote a
passage that it was shown (`voice`); what does not hold is dropped, and if nothing is left the answer is that
it doesn't know. Without a model the places are named. Only this repository is ever read, on a pull
request the state that it is made for.
"""

from __future__ import annotations

from triagebot.core.actions import Because, UpsertComment
from triagebot.core.commands import Invocation
from triagebot.core.delivery import Delivery, comment_id, review_thread
from triagebot.core.values import Permission
from triagebot.handlers.ask.comment import compose
from triagebot.handlers.ask.reading import search
from triagebot.handlers.ask.voice import ask
from triagebot.routing import Command, Context, Decision, handler

MOST = 2
"""Questions of one comment that are answered."""


@handler(
    name="ask",
    needs={"issues": "write", "pull_requests": "write", "contents": "read"},
    may={"upsert_comment": MOST},
    command=Command("ask", usage="<question>", permission=Permission.TRIAGE, author=True),
    rests_on=frozenset(),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """Answer a question from the repository's docs, code and issues, with links; or say that it doesn't know."""
    questions = [call for call in ctx.invocations if call.args][:MOST]
    if not questions:
        body = f"Ask something: `{ctx.registry.prefix} ask where is the configuration read?`"
        return Decision((_reply(ctx, delivery, 0, body),), note="no question", understood=False)
    actions: list[UpsertComment] = []
    because: list[Because] = []
    for place, call in enumerate(questions):
        body, evidence = await _answer(ctx, call)
        actions.append(_reply(ctx, delivery, place, body))
        because += evidence
    return Decision(tuple(actions), because=tuple(because))


async def _answer(ctx: Context, call: Invocation) -> tuple[str, list[Because]]:
    reading = await search(ctx, call.args)
    heard = await ask(ctx, call.args, reading)
    return compose(ctx, reading, heard), reading.because()


def _reply(ctx: Context, delivery: Delivery, place: int, body: str) -> UpsertComment:
    slot = f"ask:{comment_id(delivery)}" + (f":{place + 1}" if place else "")
    in_thread = ctx.issue.is_pull_request and review_thread(delivery) is not None
    return UpsertComment(slot=slot, body=body, reply_to=comment_id(delivery) if in_thread else None)
