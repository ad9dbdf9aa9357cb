"""Show how the bot is configured in this repository: what differs from the defaults, and which file says so."""

from __future__ import annotations

from triagebot.core import repo_config
from triagebot.core.actions import UpsertComment
from triagebot.core.config_keys import DEFAULT, Key, keys
from triagebot.core.delivery import Delivery, comment_id, diff_comment
from triagebot.core.markdown import code_span
from triagebot.core.text import cut, fitting
from triagebot.routing import Command, Context, Decision, handler

LONGEST = 300
"""So much of a value is shown."""
ROOM = 50_000
"""So many characters of rows are shown: GitHub takes no longer comments."""
FILES = {
    "repository": repo_config.PATH,
    "organisation": f"the organisation's {repo_config.ORGANISATION_PATH}",
}


@handler(
    name="config",
    needs={"issues": "write", "pull_requests": "write"},
    may={"upsert_comment": 1},
    command=Command("config"),
    rests_on=frozenset(),
)
async def handle(ctx: Context, delivery: Delivery) -> Decision:
    """Show what is configured for this repository, and where."""
    model = ctx.registry.config_model
    own = repo_config.load(await ctx.github.file(repo_config.PATH), model)
    shared = repo_config.load(await ctx.github.organisation_file(repo_config.ORGANISATION_PATH), model)
    thread = diff_comment(delivery)
    body = describe([key for key in keys(own, shared) if key.source != DEFAULT])
    return Decision((UpsertComment(slot=f"config:{comment_id(delivery)}", body=body, reply_to=thread),))


def describe(set_keys: list[Key]) -> str:
    """Return what is set, as a table; the files were read without mistakes."""
    last = f"All the rest is as by default. {code_span(repo_config.PATH)} is read from the default branch."
    if not set_keys:
        return f"Nothing is configured here: everything is as by default, or would be set in {code_span(repo_config.PATH)}."
    rows = [
        f"| {_cell(key.key)} | {_cell(key.written)} | {code_span(FILES[key.source])} |" for key in set_keys
    ]
    shown = fitting(rows, ROOM)
    if len(shown) < len(rows):
        last = f"{len(rows) - len(shown)} more keys are set and do not fit here. {last}"
    return "\n".join(["| key | value | from |", "| --- | --- | --- |", *shown, "", last])


def _cell(text: str) -> str:
    """Return a code span that fits into a table: there a pipe ends the cell, in code too, unless it is escaped."""
    return code_span(cut(text, LONGEST)).replace("|", "\\|")
