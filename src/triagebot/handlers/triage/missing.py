"""Ask the author once for what a report of its kind lacks, and take that back when it is there.

The first request is remembered with the plan that makes it (`Asked`), whatever becomes of the comment. From
then on its items can only become fewer: each run judges them anew against the text as it is and everything
that the author has replied, until none is left (`Answered`); after that nothing is ever asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from triagebot.core import forms
from triagebot.core.actions import Because
from triagebot.core.cues import kind_of
from triagebot.core.forms import Template
from triagebot.core.lacking import FIELD, Report, lacks, left, report
from triagebot.core.language import language, spoken
from triagebot.core.lessons import Answered, Asked
from triagebot.core.particulars import PARTICULARS
from triagebot.core.repo_config import Section
from triagebot.core.sections import parts
from triagebot.core.values import Comment, Issue
from triagebot.handlers.triage.missing_texts import request
from triagebot.handlers.triage.part import Part
from triagebot.ports import GitHubReader
from triagebot.routing import Context

FOLDER = ".github/ISSUE_TEMPLATE"
SINGLE = ".github/ISSUE_TEMPLATE.md"
MOST_TEMPLATES = 8
"""So many templates are read, those for bugs first. Each is a request, mostly answered from the cache."""

LATE = timedelta(days=14)
"""An issue older than this is not asked about unless somebody calls the bot: its author has moved on."""

INSIDERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


class MissingConfig(Section):
    """How missing information is handled."""

    mode: Literal["suggest", "off"] = "suggest"


async def look(ctx: Context, config: MissingConfig) -> Part:
    """Return the request for what the report lacks, or nothing."""
    if config.mode == "off":
        return Part(note="missing information is off")
    if ctx.issue.is_pull_request or ctx.issue.state == "closed":
        return Part(note="nothing is asked here")
    asked = await ctx.memory.request(ctx.issue.number)
    if asked is None:
        return await _first(ctx)
    if asked.answered:
        return Part(note="the author was asked before")
    subject = await _report(ctx)
    comments = await ctx.github.comments(ctx.issue.number)
    return await asyncio.to_thread(again, asked.items, subject, _replies(ctx.issue, comments))


async def _first(ctx: Context) -> Part:
    if spared := _spared(ctx):
        return Part(note=spared)
    subject = await _report(ctx)
    items = await asyncio.to_thread(lacks, subject)  # the first time, the languages' model is loaded
    if not items:
        return Part(note="nothing that matters is missing")
    comments = await ctx.github.comments(ctx.issue.number)
    if not _invited(ctx) and _others_talk(ctx.issue, comments):
        return Part(note="people are talking already")
    items = await asyncio.to_thread(left, items, subject, _replies(ctx.issue, comments))
    if not items:
        return Part(note="the author has added what was missing")
    lines = await asyncio.to_thread(_lines, items, subject)
    return Part(lines=lines, lessons=(Asked(items=items),), because=_because(items))


def again(items: Sequence[str], subject: Report, replies: Sequence[str]) -> Part:
    """Return what is left of a request; nothing, for good, once it is answered or pointless."""
    if withdrawn(subject):
        return Part(lessons=(Answered(),), note="the issue is no report of a bug", worth=False)
    open_items = left(items, subject, replies)
    if not open_items:
        return Part(lessons=(Answered(),), note="the author has answered", worth=False)
    return Part(lines=_lines(open_items, subject), because=_because(open_items))


def _because(items: Sequence[str]) -> tuple[Because, ...]:
    says = "not found in the report, the comments, or the form's fields"
    return tuple(Because(about="missing", name=item[:200], done=True, says=says) for item in items)


def withdrawn(subject: Report) -> bool:
    """Return True if its labels by now say that the issue is a wish or a question."""
    kinds = {kind for label in subject.labels if (kind := kind_of(label))}
    return bool(kinds) and "bug" not in kinds


def _lines(items: Sequence[str], subject: Report) -> str:
    labels = [item.removeprefix(FIELD) for item in items if item.startswith(FIELD)]
    names = [name for name in PARTICULARS if name in items]
    return request(names, labels, spoken(language(f"{subject.title}\n{subject.words}")))


def _spared(ctx: Context) -> str:
    """Return why the author is not asked, whatever the report lacks; "" if there is no reason."""
    issue = ctx.issue
    if issue.author is None or issue.author.is_bot:
        return "nobody could answer"
    if issue.author_association in INSIDERS:
        return "the author knows what the project needs"
    if _invited(ctx):
        return ""
    if ctx.now - issue.created_at > LATE:
        return "too late to ask"
    return "somebody is on it" if issue.assignees else ""


def _invited(ctx: Context) -> bool:
    """Return True if somebody with the right to triage asks for this run."""
    return any(call.name == "triage" for call in ctx.invocations)


def _replies(issue: Issue, comments: Sequence[Comment]) -> list[str]:
    author = issue.author.id if issue.author else None
    return [item.body for item in comments if item.author is not None and item.author.id == author]


def _others_talk(issue: Issue, comments: Sequence[Comment]) -> bool:
    author = issue.author.id if issue.author else None
    return any(
        item.author is not None and item.author.id != author and not item.author.is_bot for item in comments
    )


async def _report(ctx: Context) -> Report:
    """Return what is judged; in a thread, like all that reads texts of any length."""
    templates = await _templates(ctx.github, ctx.issue)
    return await asyncio.to_thread(report, ctx.issue, templates)


async def _templates(github: GitHubReader, issue: Issue) -> list[Template]:
    """Return the repository's templates, read only for a text that has headings, so may be from one."""
    if len(parts(issue.body)) < 2:
        return []
    paths = await github.folder(FOLDER)
    paths = sorted(paths, key=lambda path: ("bug" not in path.lower(), path))[:MOST_TEMPLATES]
    found: list[Template] = []
    for path in paths or [SINGLE]:
        content = await github.file(path)
        template = await asyncio.to_thread(forms.read, content, path) if content is not None else None
        if template is not None:
            found.append(template)
    return found
