"""Who may do what: every role, on own and on others' content, with every command there is.

The commands come from the registry, so a new one cannot be forgotten: where it is allowed it must leave
something behind that can be seen, and where it is not it must leave nothing. What is looked at is GitHub
and the memory, not what was planned.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.answering import CONFIG, REPO, Talk, talking

from triagebot.core import markers
from triagebot.core.commands import MOST
from triagebot.core.values import Permission
from triagebot.ports import LabelOpinion
from triagebot.simulator.model import Review

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
NOBODY = ("another bot", "ourselves", "a deleted account")
RAISED = {"label": "write", "assign": "maintain", "config": "admin", "help": "triage"}
"""So that every level decides about some command."""

SAID = {
    "ask": "ask How is an empty file parsed?",
    "assign": "assign mona",
    "duplicate": "duplicate none",
    "label": "label +bug",
}
"""With what a command does something visible; others do without words."""

ON_PULLS = {"describe", "docs", "fix", "review"}


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """A repository where triage is sure of a label, and each level of permission is what some command needs."""
    async with talking(tmp_path) as talk:
        raised = ", ".join(f"{name}: {level}" for name, level in RAISED.items())
        talk.world.write_files(
            REPO,
            {
                CONFIG: f"commands: {{{raised}}}\nbudget: {{commands_per_thread: 1000}}\n",
                "README.md": "# Parser\n\nAn empty file is parsed as an empty tree.\n",
            },
        )
        talk.memory.opinions.append(LabelOpinion("enhancement", 0.97, 0.95, 57, 60))
        yield talk


async def subject(talk: Talk, name: str, author: Any) -> int:
    """Open what a command is about; the bot has put one label on it, and nothing else happened."""
    text = ("The parser crashes", "Traceback (most recent call last):\nIndexError: list index out of range")
    if name in ON_PULLS:
        files = {"src/empty.py": "def parse(text):\n<<<<<<< ours\n    return text\n"}
        number = talk.world.open_pull(REPO, author, *text, files=files, fork=True).number
    else:
        number = talk.world.open_issue(REPO, author, *text).number
    talk.world.add_label(REPO, number, "good first issue", by=talk.world.app.bot)
    if name == "resume":
        await talk.say(number, "ada", "/bot pause")
    talk.seen = len(talk.simulator.hooks.deliveries)  # nobody worked on what happened so far
    return number


async def left_behind(talk: Talk, number: int) -> dict[str, Any]:
    """Return everything that a command could have changed, but for the answer that it was refused."""
    issue, repo_id = talk.world.issue(REPO, number), talk.world.repo(REPO).id
    ours = [one.body or "" for one in issue.comments.values() if one.via_app]
    return {
        "labels": talk.labels(number),
        "people": sorted(user.login for user in issue.assignees),
        "text": (issue.title, issue.body, issue.state),
        "comments": [text for text in ours if not (markers.slot_of(text) or "").startswith("acknowledge:")],
        "reviews": [part.body for part in issue.timeline if isinstance(part, Review)],
        "paused": await talk.store.history.paused(repo_id, number),
        "pairings": [one for one in await talk.store.history.pairings(repo_id) if one.number == number],
        "others": sorted(
            (one.number, tuple(label.name for label in one.labels), len(one.comments))
            for one in talk.world.repo(REPO).issues.values()
            if one.number != number
        ),
    }


def allowed(talk: Talk, name: str, role: str, *, own: bool) -> bool:
    """Return what the declaration and the configuration say."""
    command = talk.registry.commands[name]
    least = Permission[RAISED[name].upper()] if name in RAISED else command.permission
    return Permission[role.upper()] >= least or (own and command.author)


def cases(talk: Talk, role: str) -> tuple[list[tuple[str, bool]], dict[bool, list[str]]]:
    """Return the commands that are allowed, each with whose content it is tried on, and those that are refused.

    A refused one is tried on both. An allowed one that asks for no author is tried on one of them: from
    role to role on the other.
    """
    may: list[tuple[str, bool]] = []
    refused: dict[bool, list[str]] = {True: [], False: []}
    for place, (name, command) in enumerate(talk.registry.commands.items()):
        for own in (True, False):
            if not allowed(talk, name, role, own=own):
                refused[own].append(name)
            elif command.author or own == ((ROLES.index(role) + place) % 2 == 0):
                may.append((name, own))
    return may, refused


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_can_do_what_it_may_and_nothing_else(talk: Talk, role: str):
    person = f"person-{role}"
    talk.world.add_user(person)
    talk.world.set_permission(REPO, person, role)
    may, refused = cases(talk, role)
    for name, own in may:
        number = await subject(talk, name, person if own else "hubot")
        before = await left_behind(talk, number)
        await talk.say(number, person, f"/bot {SAID.get(name, name)}")
        after = await left_behind(talk, number)
        assert after != before, (role, name, own)
        assert after["others"] == before["others"], (role, name, own)
        assert talk.reactions(number)[0] == "eyes", (role, name, own)
    for own, names in refused.items():
        for kind in ("issue", "pull"):
            some = [name for name in names if (name in ON_PULLS) == (kind == "pull")]
            if not some:
                continue
            number = await subject(talk, some[0], person if own else "hubot")
            before = await left_behind(talk, number)
            for start in range(0, len(some), MOST):
                said = [f"/bot {SAID.get(name, name)}" for name in some[start : start + MOST]]
                await talk.say(number, person, "\n".join(said))
                assert await left_behind(talk, number) == before, (role, said, own)
                assert talk.reactions(number) == ["confused"], (role, said, own)


@pytest.mark.parametrize("who", NOBODY)
async def test_bots_we_ourselves_and_the_deleted_can_do_nothing(talk: Talk, who: str):
    robot = talk.world.add_user("robot")
    robot.type = "Bot"
    talk.world.set_permission(REPO, robot, "admin")
    actor = {"another bot": robot, "ourselves": talk.world.app.bot, "a deleted account": None}[who]
    names = list(talk.registry.commands)
    for own in (True, False):
        number = await subject(talk, "label", actor if own and actor is not None else "hubot")
        before = await left_behind(talk, number)
        for start in range(0, len(names), MOST):
            said = "\n".join(f"/bot {SAID.get(name, name)}" for name in names[start : start + MOST])
            assert await talk.say(number, actor, said) == []
            before["comments"] += [said] if who == "ourselves" else []
        assert await left_behind(talk, number) == before


async def test_a_comment_that_an_insider_edited_stays_its_authors(talk: Talk):
    """Nor do an insider's rights carry an outsider's words: both must be the same person's."""
    number = await subject(talk, "label", "hubot")
    comment = talk.world.comment(REPO, number, "stranger", "Hello")
    await talk.settle()
    talk.world.edit_comment(REPO, comment.id, "/bot label +bug", by="ada")
    assert await talk.settle() == []
    talk.world.edit_comment(REPO, comment.id, "/bot label +bug\n/bot undo", by="stranger")
    await talk.settle()
    assert talk.labels(number) == ["good first issue"]
    theirs = talk.world.comment(REPO, number, "ada", "Hello")
    talk.world.edit_comment(REPO, theirs.id, "/bot label +bug", by="ada")
    await talk.settle()
    assert talk.labels(number) == ["bug", "good first issue"]


async def test_who_lost_the_right_before_it_was_carried_out_has_lost_it(talk: Talk):
    number = await subject(talk, "label", "hubot")
    talk.world.comment(REPO, number, "mona", "/bot label +bug")
    talk.world.set_permission(REPO, "mona", "read")
    await talk.settle()
    assert talk.labels(number) == ["good first issue"]
