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


async def test_every_role_can_do_what_it_may_and_nothing_else(talk: Talk):
    """What is allowed is carried out for the lowest role that may; from there on its plan is looked at.

    What asks for no author is planned on one of own and others' content: from role to role on the other.
    """
    carried_out: set[tuple[str, bool]] = set()
    for role in ROLES:
        person = f"person-{role}"
        talk.world.add_user(person)
        talk.world.set_permission(REPO, person, role)
        for own in (True, False):
            may = [name for name in talk.registry.commands if allowed(talk, name, role, own=own)]
            as_author = {name for name in may if own and talk.registry.commands[name].author}
            new = [name for name in may if (name, name in as_author) not in carried_out]
            for name in new:
                await is_carried_out(talk, role, name, own=own)
            turn = {name for at, name in enumerate(may) if (ROLES.index(role) + at) % 2 == own}
            await is_planned(
                talk, role, [one for one in may if one not in new and one in as_author | turn], own=own
            )
            await is_refused(
                talk, role, [name for name in talk.registry.commands if name not in may], own=own
            )
            carried_out |= {(name, name in as_author) for name in new}
    assert {name for name, _ in carried_out} == set(talk.registry.commands)


async def is_carried_out(talk: Talk, role: str, name: str, *, own: bool) -> None:
    number = await subject(talk, name, f"person-{role}" if own else "hubot")
    before = await left_behind(talk, number)
    await talk.say(number, f"person-{role}", f"/bot {SAID.get(name, name)}")
    after = await left_behind(talk, number)
    assert after != before, (role, name, own)
    assert after["others"] == before["others"], (role, name, own)
    assert talk.reactions(number)[0] == "eyes", (role, name, own)


async def is_planned(talk: Talk, role: str, names: list[str], *, own: bool) -> None:
    for some in comments(names):
        number = await subject(talk, some[0], f"person-{role}" if own else "hubot")
        plans = await talk.plans(number, f"person-{role}", said(some))
        answered = [name for plan in plans for name in plan.commands]
        assert sorted(answered) == sorted(some), (role, own)


async def is_refused(talk: Talk, role: str, names: list[str], *, own: bool) -> None:
    for some in comments(names):
        number = await subject(talk, some[0], f"person-{role}" if own else "hubot")
        before = await left_behind(talk, number)
        await talk.say(number, f"person-{role}", said(some))
        assert await left_behind(talk, number) == before, (role, some, own)
        assert talk.reactions(number) == ["confused"], (role, some, own)


def comments(names: list[str]) -> list[list[str]]:
    """Return the commands of each comment: those on pull requests apart, and no more than are read."""
    parted = [[name for name in names if (name in ON_PULLS) == on_pull] for on_pull in (True, False)]
    return [part[at : at + MOST] for part in parted for at in range(0, len(part), MOST)]


def said(names: list[str]) -> str:
    return "\n".join(f"/bot {SAID.get(name, name)}" for name in names)


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
            text = said(names[start : start + MOST])
            assert await talk.say(number, actor, text) == []
            before["comments"] += [text] if who == "ourselves" else []
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
