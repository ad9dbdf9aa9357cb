"""Assign an issue to who looks after its area: from the configuration's areas, then CODEOWNERS.

Off unless the configuration turns it on, and never against a person's decision: whoever assigned or
unassigned somebody here has decided. Who of several people it is follows from the issue alone, so that the
load spreads and the same issue always gets the same answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from triagebot.core import codeowners
from triagebot.core.actions import Action, Assign, Because, UpsertComment
from triagebot.core.commands import Invocation
from triagebot.core.delivery import Delivery, comment_id, diff_comment
from triagebot.core.markdown import code_span
from triagebot.core.repo_config import Section
from triagebot.core.text import strip_hidden
from triagebot.core.values import IssueEvent
from triagebot.handlers.triage.part import Part
from triagebot.routing import Command, Context, Decision

MOST = 2
"""So many people are named at a time, each for another area."""

MOST_TRIED = 5
"""So many teams of an area are read, and so many of its people asked about until one can be assigned."""

MOST_NAMED = 10
"""So many people a command can assign."""

ASSIGN = Command(
    "assign",
    usage="@user…, or me",
    help="Assign these people; without names, whoever looks after the area.",
)

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}", re.ASCII)
_TEAM = re.compile(r"@[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_-]{1,100}", re.ASCII)


Owner = Annotated[str, Field(pattern=r"^@[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9_-]{1,100})?$")]


class AssignConfig(Section):
    """How issues are assigned. `areas` names people (`@mona`) or teams (`@octo/parsers`) by label.

    Teams are read with the App permission `members: read`; without it they have no members.
    """

    mode: Literal["auto", "suggest", "off"] = "off"
    areas: dict[str, tuple[Owner, ...]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Area:
    """Something that somebody looks after: its owners as written, and how to say why it is this one."""

    owners: tuple[str, ...]
    why: str


async def look(ctx: Context, config: AssignConfig, labels: Sequence[str]) -> Part:
    """Return whom to assign, given the labels that the issue has or gets, or nothing."""
    issue = ctx.issue
    if config.mode == "off" or issue.is_pull_request or issue.state == "closed":
        return Part(note="nobody is assigned here")
    if _decided(ctx, await ctx.github.events(issue.number)):
        return Part(note="people decide who is assigned")
    picked = await _picked(ctx, config, labels)
    if not picked:
        return Part(note="nobody to assign")
    if issue.assignees and {login.casefold() for login in issue.assignees} != {
        one.casefold() for one in picked
    }:
        return Part(note="somebody is assigned already")
    return _part(picked, assigned=config.mode == "auto")


async def _picked(ctx: Context, config: AssignConfig, labels: Sequence[str]) -> dict[str, str]:
    """Return one person for each of the first areas, with why."""
    present = {label.casefold() for label in labels}
    areas = [
        Area(owners, f"looks after {code_span(label)}")
        for label, owners in config.areas.items()
        if label.casefold() in present
    ] or await _owned(ctx)
    picked: dict[str, str] = {}
    for area in areas[:MOST]:
        login = await _pick(ctx, area, besides=picked)
        if login:
            picked[login] = area.why
    return picked


async def command(ctx: Context, delivery: Delivery, calls: Sequence[Invocation]) -> Decision:
    """Return who is assigned because a person says so: those named, or without names who looks after it.

    `me` is who says it, and of a team one is picked. Whoever cannot be assigned here is named in a reply.
    """
    chosen: dict[str, str] = {}
    refused: dict[str, None] = {}
    for call in calls:
        if not call.args:
            chosen |= await _looked_after(ctx)
        for name in call.args.replace(",", " ").split()[:MOST_NAMED]:
            login = await _named(ctx, delivery, name)
            if login:
                chosen.setdefault(login.casefold(), login)
            else:
                refused[name] = None
    people = tuple(chosen.values())[:MOST_NAMED]
    lines = [f"{code_span(name[:60])} cannot be assigned here." for name in refused]
    if not (people or lines):
        lines = [
            "Nobody looks after this: no area and no CODEOWNERS rule names somebody who can be assigned."
        ]
    actions: list[Action] = [Assign(assignees=people, asked=True)] if people else []
    if lines:
        slot = f"triage:assign:{comment_id(delivery)}"
        actions.append(UpsertComment(slot=slot, body="\n".join(lines), reply_to=diff_comment(delivery)))
    by = delivery.sender.login if delivery.sender else "somebody"
    because = tuple(
        Because(about="assign", name=login, done=True, says=f"{by} asked for it") for login in people
    )
    return Decision(tuple(actions), understood=bool(people), because=because)


async def _looked_after(ctx: Context) -> dict[str, str]:
    """Return who looks after the subject's areas, as if assigning were on."""
    picked = await _picked(ctx, ctx.config.assign, ctx.issue.labels)
    return {login.casefold(): login for login in picked}


async def _named(ctx: Context, delivery: Delivery, name: str) -> str | None:
    """Return the login that a person means, if it can be assigned."""
    if name.casefold() == "me":
        name = delivery.sender.login if delivery.sender else ""
    if _TEAM.fullmatch(name):
        return await _pick(ctx, Area((name,), ""), besides=())
    login = name.removeprefix("@")
    return login if _LOGIN.fullmatch(login) and await ctx.github.assignable(login) else None


def _part(picked: dict[str, str], *, assigned: bool) -> Part:
    verb = "Assigned to" if assigned else "Perhaps for"
    return Part(
        actions=(Assign(assignees=tuple(picked)),) if assigned else (),
        lines="\n".join(f"- {verb} {code_span(login)}, who {why}" for login, why in picked.items()),
        undo="Unassign them and it stays so" if assigned else "",
        because=tuple(
            Because(about="assign", name=login, done=assigned, says=why[:400])
            for login, why in picked.items()
        ),
    )


def _decided(ctx: Context, events: Iterable[IssueEvent]) -> bool:
    """Return True if somebody is assigned whom we did not assign, or anybody else ever had a say in it."""
    changes = [event for event in events if event.event in ("assigned", "unassigned")]
    if any(
        event.event == "unassigned" or event.app_id is None or event.app_id != ctx.app_id for event in changes
    ):
        return True
    ours = {event.assignee.casefold() for event in changes if event.assignee}
    return any(login.casefold() not in ours for login in ctx.issue.assignees)


async def _owned(ctx: Context) -> list[Area]:
    """Return who owns the paths that the issue names, if they are named in particular in CODEOWNERS."""
    issue, repo = ctx.issue, ctx.subject.repo.full_name
    named = codeowners.paths(strip_hidden(f"{issue.title}\n{issue.body}")[0], repo)
    if not named:
        return []
    for place in codeowners.PLACES:
        content = await ctx.github.file(place)
        if content is not None:
            return await asyncio.to_thread(_areas, content, named)  # a large file takes a second
    return []


def _areas(content: bytes, named: Sequence[str]) -> list[Area]:
    """Return the owners of the first path that has some of its own: a report names where it hurts first."""
    rules = codeowners.parse(content)
    for path in named:
        rule = codeowners.owners(rules, path)
        if rule and rule.owners and not rule.everything:
            return [Area(rule.owners, f"owns {code_span(rule.pattern)} in CODEOWNERS")]
    return []


async def _pick(ctx: Context, area: Area, *, besides: Iterable[str]) -> str | None:
    """Return one of the area's people who can be assigned, not the author and nobody of `besides`."""
    author = ctx.issue.author.login.casefold() if ctx.issue.author else ""
    taken = {author, *(login.casefold() for login in besides)}
    people = {
        login.casefold(): login for owner in area.owners[:MOST_TRIED] for login in await _people(ctx, owner)
    }
    candidates = [login for key, login in people.items() if key not in taken and not key.endswith("[bot]")]
    candidates.sort(key=lambda login: _draw(ctx.issue.number, login))
    for login in candidates[:MOST_TRIED]:
        if await ctx.github.assignable(login):
            return login
    return None


async def _people(ctx: Context, owner: str) -> list[str]:
    """Return the people behind `@mona` or, of this repository's owner, `@octo/parsers`."""
    account, _, team = owner.removeprefix("@").partition("/")
    if not team:
        return [account] if account else []
    if account.casefold() != ctx.subject.repo.owner.casefold():
        return []
    return await ctx.github.team_members(team)


def _draw(number: int, login: str) -> bytes:
    """Return the lot of a person for an issue: the lowest is picked, and nobody's changes when others leave."""
    return hashlib.sha256(f"{number}:{login.casefold()}".encode()).digest()
