"""Explain what the bot did on an issue or pull request, from the plan that it saved then.

Nothing is worked out anew: what is said is what was written down when it was decided, and what became of it.
"""

from __future__ import annotations

from triagebot.core.actions import UpsertComment
from triagebot.core.delivery import Delivery, comment_id, diff_comment
from triagebot.core.markdown import code_span
from triagebot.core.values import Issue, IssueEvent
from triagebot.handlers.why.choice import Explained, explained
from triagebot.handlers.why.text import describe
from triagebot.routing import Command, Context, Decision, handler

LOOKED_BACK = 100
MOST = 3
"""So many questions of one comment are answered."""


@handler(
    name="why",
    needs={"issues": "write", "pull_requests": "write"},
    may={"upsert_comment": 1},
    command=Command("why", usage="[a label, duplicate, review, comment, …]", author=True),
    rests_on=frozenset(),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """Explain what was done here: the evidence, how sure, which model, what it cost, what was not done."""
    entries = await ctx.record.entries(limit=LOOKED_BACK)
    comments = await ctx.github.comments(ctx.issue.number)
    texts: list[str] = []
    understood = False
    for call in ctx.invocations[:MOST]:
        found = explained(entries, call.args, comments)
        understood = understood or found is not None
        texts.append(await _answer(ctx, call.args, found))
    body = "\n\n---\n\n".join(texts)
    reply = UpsertComment(slot=f"why:{comment_id(delivery)}", body=body, reply_to=diff_comment(delivery))
    return Decision((reply,), understood=understood)


async def _answer(ctx: Context, what: str, found: Explained | None) -> str:
    if found is not None:
        return describe(found, ctx.issue.url)
    if not what:
        return "Nothing was done here that is still on record."
    put_on = _put_on_by(ctx.issue, what.strip("\"'`“”+- "), await ctx.github.events(ctx.issue.number))
    return put_on or f"Nothing that is on record here has to do with {code_span(what[:80])}."


def _put_on_by(issue: Issue, name: str, events: list[IssueEvent]) -> str:
    """Return who put a label on that the subject carries; "" if it carries none of that name."""
    if name.casefold() not in {label.casefold() for label in issue.labels}:
        return ""
    last = [
        one for one in events if one.event == "labeled" and (one.label or "").casefold() == name.casefold()
    ]
    who = last[-1].actor if last else None
    return f"{code_span(name[:60])} was put on by {code_span(who.login) if who else 'somebody'}."
