"""Take back what triage did on an issue or pull request, because a person says so.

What is undone stays undone: a label that we took off on a person's word is as good as taken off by that
person, and triage leaves the subject alone as long as its comment says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from triagebot.core import markers
from triagebot.core.actions import Action, RemoveLabels, UpsertComment
from triagebot.core.delivery import Delivery
from triagebot.core.lessons import Answered
from triagebot.core.markdown import code_span
from triagebot.core.values import Comment, Issue, IssueEvent
from triagebot.routing import Command, Context, Decision, handler


@handler(
    name="undo",
    needs={"issues": "write", "pull_requests": "write"},
    may={"remove_labels": 20, "upsert_comment": 1},
    command=Command("undo"),
    rests_on=frozenset(),
    slots=frozenset({"triage"}),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """Take back what triage did here: its labels, what its comment says, and what it asks for."""
    number = ctx.issue.number
    events, comments = await ctx.github.events(number), await ctx.github.comments(number)
    ours = [event for event in events if ctx.app_id is not None and event.app_id == ctx.app_id]
    spoke = any(ctx.app_id is not None and _is_triages(comment, ctx.app_id) for comment in comments)
    request = await ctx.memory.request(number)
    by = delivery.sender.login if delivery.sender else "a person"
    decision = decide(ctx.issue, events, ours, by=by, spoke=spoke, prefix=ctx.registry.prefix)
    if not decision.understood or request is None or request.answered:
        return decision
    return Decision(decision.actions, lessons=(Answered(),))


def decide(
    issue: Issue,
    events: Sequence[IssueEvent],
    ours: Sequence[IssueEvent],
    *,
    by: str,
    spoke: bool,
    prefix: str,
) -> Decision:
    """Return what takes back `ours`, of the subject's events; `spoke` tells that triage wrote its comment."""
    last = {event.label: event for event in events if event.event == "labeled"}
    labels = tuple(name for name in issue.labels if last.get(name) in ours)
    if not (labels or spoke):
        return Decision(note="there is nothing to undo", understood=False)
    body = f"Undone by {code_span(by)}"
    if labels:
        body += f": {', '.join(code_span(name) for name in labels)} taken off"
    body += "."
    if any(event.event == "assigned" for event in ours):
        body += " Who was assigned stays assigned."
    body += f" Nothing more is done here unless {code_span(f'{prefix} triage')} asks for it."
    actions: list[Action] = [RemoveLabels(labels=labels)] if labels else []
    return Decision((*actions, UpsertComment(slot="triage", body=body, create=False)))


def _is_triages(comment: Comment, app_id: int) -> bool:
    return comment.app_id == app_id and markers.names(comment.body, "triage")
