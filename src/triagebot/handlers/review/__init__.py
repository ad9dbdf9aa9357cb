"""Review a pull request: rules and a model look at its diff, and what passes every check becomes one review.

Here is when a review is made, and what is posted of it. What is read, cut into parts, asked, checked and
written has its own module each (docs/adr/0015).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from triagebot.core.actions import EditReviewComment, Status, SubmitReview, UpsertComment
from triagebot.core.delivery import Delivery
from triagebot.core.markdown import code_span
from triagebot.core.repo_config import Section
from triagebot.core.values import Permission, PullRequest, Review
from triagebot.handlers.review import earlier, reading, writing
from triagebot.handlers.review.looking import Looked, look
from triagebot.handlers.review.reading import SLOT
from triagebot.handlers.review.scope import select
from triagebot.routing import Command, Context, Decision, handler

When = Literal["command", "opened", "ready", "synchronize"]
MOST_COMMENTS = 30
MOST_EDITS = 20
"""Findings marked as fixed in one go."""
MOST_PATHS = 20
LOOKED_BACK = 10
"""Plans among which a review is looked for that a push overtook."""

_EVENTS: dict[str, When] = {
    "pull_request.opened": "opened",
    "pull_request.ready_for_review": "ready",
    "pull_request.synchronize": "synchronize",
}


class ReviewConfig(Section):
    """When pull requests are reviewed, and what is wanted. `instructions` are shown to the model as they are."""

    on: tuple[When, ...] = ("command",)
    ignore: tuple[str, ...] = ("**/*.lock",)
    max_comments: int = Field(default=8, ge=1, le=MOST_COMMENTS)
    instructions: str = Field(default="", max_length=2_000)
    style: bool = False


@handler(
    name="review",
    events=tuple(_EVENTS),
    command=Command("review", "[path…]"),
    needs={"pull_requests": "write", "contents": "read", "issues": "write"},
    may={"submit_review": MOST_COMMENTS, "edit_review_comment": MOST_EDITS, "upsert_comment": 1},
    config=ReviewConfig,
    rests_on=frozenset({"head"}),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """Review this pull request: all that changed since the last review, or the files that you name."""
    if ctx.pull is None:
        return _answer("Only a pull request can be reviewed.", understood=False)
    asked = bool(ctx.invocations) or await _overtaken(ctx, delivery)
    if not asked and (spared := await _spared(ctx, ctx.pull, delivery)):
        return Decision(note=spared)
    if ctx.pull.state == "closed":
        return _answer("This pull request is closed, so it was not reviewed.", understood=False)
    if ctx.invocations and "command" not in ctx.config.on:
        return _answer(
            "Reviews by command are off here: `review.on` does not hold `command`.", understood=False
        )
    words = (word.strip("`\"'") for call in ctx.invocations for word in call.args.split())
    paths = tuple(dict.fromkeys(word for word in words if word))
    if not ctx.invocations or any(not call.args for call in ctx.invocations):
        paths = ()
    if len(paths) > MOST_PATHS:
        return _answer(f"At most {MOST_PATHS} files or folders can be named at once.", understood=False)
    return await _review(ctx, ctx.pull, paths, asked=asked)


async def _overtaken(ctx: Context, delivery: Delivery) -> bool:
    """Return True if a review was due, and this push came before it was posted: it is made now."""
    if delivery.event != "pull_request.synchronize":
        return False
    for entry in await ctx.record.entries(limit=LOOKED_BACK):
        for index, action in enumerate(entry.plan.actions):
            if isinstance(action, SubmitReview):
                return any(one.index == index and one.status is Status.STALE for one in entry.receipts)
    return False


async def _spared(ctx: Context, pull: PullRequest, delivery: Delivery) -> str:
    """Return why nothing is reviewed by itself; "" if there is no reason."""
    if _EVENTS.get(delivery.event) not in ctx.config.on:
        return "not asked for: `review.on` does not name it"
    if pull.state == "closed" or pull.draft:
        return "closed" if pull.state == "closed" else "a draft is reviewed only on command"
    if await ctx.memory.paused(pull.number):
        return "paused by a person"
    if pull.author is None or await ctx.github.permission(pull.author.login) < Permission.TRIAGE:
        return "its author has no permission here, so a person must ask"
    return ""


async def _review(ctx: Context, pull: PullRequest, paths: tuple[str, ...], *, asked: bool) -> Decision:
    reviews = await ctx.github.reviews(pull.number)
    if not asked and reading.taken_back(reviews):
        return Decision(note="undone by a person: reviewed again only on command")
    last = None if paths else reading.last_review(reviews)
    slot = f"{SLOT}:{_name(paths)}" if paths else reading.slot_for(reviews, last, pull)
    done = last if last and reading.stands(last, pull) else reading.made(reviews, slot, pull.head_sha)
    if done:
        return _up_to_date(ctx, done, paths, asked=asked)
    files = await ctx.github.pull_files(pull.number)
    scope = await asyncio.to_thread(select, files, ignore=ctx.config.ignore, paths=paths)
    if paths and not (scope.chosen or scope.left):
        names = writing.listed(paths)
        return _answer(f"None of the {len(files):,} changed files is named by {names}.", understood=False)
    said = await asyncio.to_thread(earlier.read, await ctx.github.diff_comments(pull.number))
    change = await reading.change(ctx.github, pull, files=files, scope=scope, said=said, last=last)
    looked = await look(ctx, pull, change, said, last)
    if not looked.complete:  # the next command shall not take this for the whole review
        slot = f"{slot}:part-{looked.account.parts}"
        if done := reading.made(reviews, slot, pull.head_sha):
            return _still(looked, done)
    decision = await asyncio.to_thread(_decision, ctx, pull, looked, slot=slot, asked=asked)
    if any(isinstance(one, SubmitReview) for one in decision.actions) and await ctx.record.made(SLOT):
        since = f"Reviewed since, at {code_span(pull.head_sha[:7])}."  # an earlier answer would mislead
        answer = UpsertComment(slot=SLOT, body=since, create=False)
        decision = replace(decision, actions=(*decision.actions, answer))
    return decision


def _decision(ctx: Context, pull: PullRequest, looked: Looked, *, slot: str, asked: bool) -> Decision:
    posted, cut = looked.kept[: ctx.config.max_comments], looked.kept[ctx.config.max_comments :]
    edits = tuple(
        EditReviewComment(comment_id=one.id, body=earlier.closed(one, pull.head_sha))
        for one in looked.fixed[:MOST_EDITS]
    )
    if not (posted or asked):
        because = writing.reasons((), (), looked.account.tally)
        return Decision(edits, note="nothing to say about it", because=because)
    review = SubmitReview(
        slot=slot,
        head_sha=pull.head_sha,
        body=f"{writing.compose(posted, cut, looked.account, ctx.registry.prefix)}\n\n{reading.based(pull)}",
        comments=tuple(writing.comment(one) for one in posted),
    )
    return Decision((review, *edits), because=writing.reasons(posted, cut, looked.account.tally))


def _name(paths: Sequence[str]) -> str:
    """Return a name for a review of just these paths: asked twice at one commit, it is made once."""
    return hashlib.sha256("\n".join(sorted(paths)).encode()).hexdigest()[:16]


def _up_to_date(ctx: Context, last: Review, paths: Sequence[str], *, asked: bool) -> Decision:
    if not asked:
        return Decision(note="this commit was reviewed before")
    there = f"[reviewed]({last.url})" if last.url else "reviewed"
    again = f" {code_span(f'{ctx.registry.prefix} review .')} looks at all of it again." if not paths else ""
    return _answer(f"Up to date: already {there} at {code_span(last.commit_sha[:7])}.{again}")


def _still(looked: Looked, done: Review) -> Decision:
    there = f"[this review]({done.url})" if done.url else "the review above"
    return _answer(f"{looked.account.silence} It stands in {there}.", understood=False)


def _answer(text: str, *, understood: bool = True) -> Decision:
    return Decision((UpsertComment(slot=SLOT, body=text),), note=text, understood=understood)
