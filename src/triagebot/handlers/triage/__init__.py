"""Triage an issue: labels, duplicates, missing information, whom to ask; one plan, and one comment that says why.

Each part has a module and a `look`, and knows nothing of the others. Here is when they look, and what
becomes of what they found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from triagebot.core import markers
from triagebot.core.actions import AddLabels
from triagebot.core.delivery import Delivery
from triagebot.core.history import LabelChange, PastIssue, past
from triagebot.core.lessons import Paired, Saw
from triagebot.core.repo_config import Section
from triagebot.handlers.triage import assign, duplicates, feedback, labels, missing, paths
from triagebot.handlers.triage.assign import AssignConfig
from triagebot.handlers.triage.comment import SLOT, compose
from triagebot.handlers.triage.duplicates import DuplicateConfig
from triagebot.handlers.triage.labels import LabelConfig
from triagebot.handlers.triage.missing import MissingConfig
from triagebot.handlers.triage.part import Part
from triagebot.routing import Command, Context, Decision, handler


class TriageConfig(Section):
    """The `triage` section of the repository's configuration."""

    labels: LabelConfig = LabelConfig()
    duplicates: DuplicateConfig = DuplicateConfig()
    missing: MissingConfig = MissingConfig()
    assign: AssignConfig = AssignConfig()


def _when(delivery: Delivery) -> bool:
    """Of comments, only the author's own on an open issue can matter: they may answer what we asked."""
    if delivery.event != "issue_comment.created":
        return True
    issue, sender = delivery.payload.get("issue"), delivery.sender
    if not isinstance(issue, dict) or sender is None or sender.is_bot:
        return False
    author = issue.get("user")
    return (
        isinstance(author, dict)
        and author.get("id") == sender.id
        and issue.get("state") == "open"
        and not issue.get("pull_request")
    )


@handler(
    name="triage",
    events=(
        "issues.opened",
        "issues.edited",
        "issues.reopened",
        "issues.backfill",
        "pull_request.opened",
        "pull_request.edited",
        "pull_request.reopened",
        "pull_request.synchronize",
        "issue_comment.created",
    ),
    command=(Command("triage"), feedback.DUPLICATE, assign.ASSIGN),
    needs={"issues": "write", "pull_requests": "write"},
    may={"add_labels": 10, "remove_labels": 5, "assign": assign.MOST_NAMED, "upsert_comment": 2},
    config=TriageConfig,
    rests_on=frozenset({"text"}),
    when=_when,
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """Label the issue, name earlier ones like it, ask for what is missing; all in one comment that says why."""
    calls = [call for call in ctx.invocations if call.name == assign.ASSIGN.name]
    if not calls:
        return await _looked(ctx, delivery)
    assigned = await assign.command(ctx, delivery, calls)
    if len(calls) == len(ctx.invocations):
        return assigned
    found = await _looked(ctx, delivery)
    understood = found.understood and assigned.understood
    because = (*assigned.because, *found.because)
    return replace(found, actions=(*assigned.actions, *found.actions), understood=understood, because=because)


async def _looked(ctx: Context, delivery: Delivery) -> Decision:
    """Return what there is to do about the subject, now that this was delivered."""
    asked = any(call.name == "triage" for call in ctx.invocations)
    told = [call for call in ctx.invocations if call.name == "duplicate"]
    pairings = await feedback.pairings(ctx, told)
    heard = Decision(understood=len(pairings) == len(told), lessons=pairings)
    if ctx.issue.state == "closed" and not asked:
        saw = Saw(issue=past(ctx.issue, None))
        return replace(heard, note="closed", lessons=(saw, *pairings))
    if told and not (pairings or asked):
        return replace(heard, actions=(feedback.unheard(ctx, delivery),), note="no such duplicate")
    if delivery.event == "issue_comment.created" and not ctx.invocations:
        return await _answered(ctx, delivery)
    if delivery.event == "pull_request.synchronize":
        return await _pushed(ctx, delivery)
    if not asked and await _undone(ctx, delivery):
        return replace(heard, note="undone by a person")
    found = await _triage(ctx, pairings, only_edit=bool(told) and not asked)
    return replace(found, understood=heard.understood)


async def _answered(ctx: Context, delivery: Delivery) -> Decision:
    """Look at an author's comment: is what we asked for there now? If so the whole comment is made anew."""
    request = await ctx.memory.request(ctx.issue.number)
    if request is None or request.answered or "undo" in ctx.registry.called(delivery):
        return Decision(note="nothing that an answer could change")
    part = await missing.look(ctx, ctx.config.missing)
    shown = await _shown(ctx)
    if not shown or shown.startswith(markers.UNDONE) or (part.lines and part.lines in shown):
        return Decision(note="the comment stays as it is", lessons=part.lessons)
    return await _triage(ctx, (), asks=part, only_edit=True)


async def _undone(ctx: Context, delivery: Delivery) -> bool:
    """Return True if a person took back what we did here: then only a person's command begins anew.

    Not even a late `opened` does, of an issue that has changed since: GitHub may deliver it again for days.
    """
    fresh = delivery.event.endswith(".opened") and ctx.issue.updated_at == ctx.issue.created_at
    return not fresh and (await _shown(ctx)).startswith(markers.UNDONE)


async def _shown(ctx: Context) -> str:
    """Return what our comment says now; "" if there is none."""
    for comment in await ctx.github.comments(ctx.issue.number):
        if ctx.app_id is not None and comment.app_id == ctx.app_id and markers.names(comment.body, SLOT):
            return markers.strip(comment.body)
    return ""


async def _pushed(ctx: Context, delivery: Delivery) -> Decision:
    """Follow the files that a push has changed; the text is as it was, so nothing is said."""
    if not ctx.config.labels.paths or await _undone(ctx, delivery):
        return Decision(note="nothing here goes by paths, or a person took it back")
    defined, events = await ctx.github.labels(), await feedback.events(ctx)
    part = await paths.look(ctx, ctx.config.labels, defined, events)
    seen = _labelled(past(ctx.issue, events, ctx.app_id), _added([part]), ctx)
    return Decision(part.actions, note=part.note, lessons=(Saw(issue=seen),))


async def _triage(
    ctx: Context, pairings: tuple[Paired, ...], *, asks: Part | None = None, only_edit: bool = False
) -> Decision:
    """Return what all parts found, in one plan. `asks` is the missing part, where it has looked already."""
    issue, config = ctx.issue, ctx.config
    defined = await ctx.github.labels()
    events = await feedback.events(ctx)
    # What a person has just said about duplicates is not in the memory yet.
    likely = not (pairings or issue.is_pull_request)
    similar = await ctx.memory.similar(issue, limit=duplicates.FOUND) if likely else ()
    parts = [
        await labels.look(ctx, config.labels, defined, events, similar),
        await paths.look(ctx, config.labels, defined, events),
        await duplicates.look(ctx, config.duplicates, similar),
    ]
    added = _added(parts)
    if not issue.is_pull_request:
        parts.append(await assign.look(ctx, config.assign, [*dict.fromkeys([*issue.labels, *added])]))
        parts.append(asks or await missing.look(ctx, config.missing))
    comment = compose(parts, taken_off=labels.taken_off(events, ctx.app_id), prefix=ctx.registry.prefix)
    if only_edit or _nobody_reads(ctx, added):
        comment = comment.model_copy(update={"create": False})
    seen = _labelled(past(issue, events, ctx.app_id), added, ctx)
    return Decision(
        actions=(*(action for part in parts for action in part.actions), comment),
        note="; ".join(part.note for part in parts if part.note and not part.lines),
        lessons=(Saw(issue=seen), *pairings, *(lesson for part in parts for lesson in part.lessons)),
        because=tuple(reason for part in parts for reason in part.because),
    )


def _nobody_reads(ctx: Context, added: Sequence[str]) -> bool:
    """Return True if a bot wrote the text and nothing was done: suggestions would be for nobody."""
    author = ctx.issue.author
    return author is not None and author.is_bot and not added and not ctx.invocations


def _added(parts: Sequence[Part]) -> list[str]:
    """Return the labels that the parts put on."""
    actions = [action for part in parts for action in part.actions]
    return [name for action in actions if isinstance(action, AddLabels) for name in action.labels]


def _labelled(seen: PastIssue, added: Sequence[str], ctx: Context) -> PastIssue:
    """Return the issue with our new labels among its changes: GitHub's own event comes from a bot, and is not read."""
    new = [name for name in added if name not in seen.labels]
    changes = [LabelChange("labeled", name, ctx.now, by_bot=True, app_id=ctx.app_id) for name in new]
    return replace(seen, changes=(*(seen.changes or ()), *changes))
