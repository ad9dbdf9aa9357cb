"""Describe a pull request: what it changes file by file, and what may break, in one comment or its own text.

The description is facts (`facts`): definitions that came, went or changed, as the syntax trees tell. A
model may add a summary and a line for a file (`voice`), each checked against the diff.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

from triagebot.core import body_part
from triagebot.core.actions import Because, EditBody, Status, UpsertComment
from triagebot.core.code import patience
from triagebot.core.delivery import Delivery, comment_id, review_thread
from triagebot.core.repo_config import Section
from triagebot.core.values import Permission, PullFile, PullRequest
from triagebot.handlers.describe.comment import Described, compose
from triagebot.handlers.describe.facts import FileFacts, breaking, facts, order, wants_content
from triagebot.handlers.describe.voice import ask
from triagebot.ports import Entry
from triagebot.routing import Command, Context, Decision, handler

MOST_TOLD = 150
"""Files that are told about one by one."""
DEATHS = 3
"""Files that may each cost a parser its life; then no more of the change's code is parsed."""
MOST_READ = 60
"""Of these, files that are fetched as a whole: one request each."""
LARGEST = 400_000
LONGEST_BODY = 64_000
"""Characters of a pull request's own text, the description included; GitHub takes 65,536."""
LOOKED_BACK = 100
"""Plans in which what we wrote into it is looked for."""


class DescribeConfig(Section):
    """Where the description goes: a comment of its own, or the pull request's own text, between marks."""

    into: Literal["comment", "body"] = "comment"


@handler(
    name="describe",
    needs={"issues": "write", "pull_requests": "write", "contents": "read"},
    may={"upsert_comment": 1, "edit_body": 1},
    command=Command("describe", permission=Permission.TRIAGE, author=True),
    config=DescribeConfig,
    rests_on=frozenset(),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """Describe the pull request: a summary, what each file changes, and what may break."""
    if ctx.pull is None:
        body = "This is an issue; there is nothing to describe but its own text. On a pull request it works."
        reply = UpsertComment(slot=f"describe:{comment_id(delivery)}", body=body)
        return Decision((reply,), note="not a pull request", understood=False)
    files = order(await ctx.github.pull_files(ctx.issue.number))
    if not files:
        in_thread = review_thread(delivery) is not None
        body = "This pull request changes no files, as far as GitHub shows."
        reply = UpsertComment(
            slot=f"describe:{comment_id(delivery)}",
            body=body,
            reply_to=comment_id(delivery) if in_thread else None,
        )
        return Decision((reply,), note="no files")
    told = await _facts(ctx, ctx.pull, files[:MOST_TOLD])
    text = compose(Described(ctx.issue.url, ctx.pull.head_sha, files, told, await ask(ctx, files)))
    because = tuple(
        Because(about="other", name=one.name[:200], done=False, says=f"{one.what} in {one.path}"[:400])
        for one in breaking(told)[:5]
    )
    if ctx.config is None or ctx.config.into == "comment":
        return Decision((UpsertComment(slot="describe", body=text),), because=because)
    if obstacle := await _obstacle(ctx, text):
        return Decision(
            (UpsertComment(slot="describe", body=f"{text}\n\n<sub>{obstacle}</sub>"),), because=because
        )
    return Decision((EditBody(text=text),), because=because)


async def _obstacle(ctx: Context, text: str) -> str:
    """Return why the description cannot stand in the pull request's own text; "" if it can."""
    if len(ctx.issue.body) + len(text) > LONGEST_BODY:
        return "This is a comment because the text above has no room for it."
    body = (await ctx.github.issue(ctx.issue.number)).body  # with our part, unlike the one in the context
    last = _last_put_in(await ctx.record.entries(limit=LOOKED_BACK))
    if last and all(part.text != last for part in body_part.parts(body)):
        return "This is a comment because a person changed the description in the text above, or took it out."
    return ""


def _last_put_in(entries: Sequence[Entry]) -> str:
    """Return what we last wrote into the text; "" if that was nothing, or to take it out again."""
    for entry in entries:
        done = {one.index for one in entry.receipts if one.status in (Status.APPLIED, Status.UNCHANGED)}
        for index, action in enumerate(entry.plan.actions):
            if isinstance(action, EditBody) and index in done:
                return action.text.strip()
    return ""


async def _facts(ctx: Context, pull: PullRequest, files: Sequence[PullFile]) -> list[FileFacts]:
    """Return the facts of these files; those of which only a part is known are read at the head, as far as allowed."""
    told: list[FileFacts] = []
    read, limit = 0, patience(DEATHS)
    for file in files:
        head: str | None = None
        if wants_content(file) and read < MOST_READ:
            read += 1
            content = await ctx.github.file(file.path, pull.head_sha)
            if content is not None and len(content) <= LARGEST:
                head = content.decode("utf-8", "replace")
        told.append(await asyncio.to_thread(facts, file, head, limit))
    return told
