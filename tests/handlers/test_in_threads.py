"""Commands said in the thread of a comment on the diff are answered in that thread, and taken back from there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.answering import CONFIG, REPO, Talk, talking

from triagebot.core import markers
from triagebot.simulator.acts_reviews import Draft

ASKED = {
    "acknowledge": "/bot sausage",
    "assign": "/bot assign nobody-here",
    "config": "/bot config",
    "explain": "/bot explain",
    "label": "/bot label sausage",
    "undo": "/bot undo sausage",
    "why": "/bot why",
}


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """A pull request with one comment on its diff."""
    async with talking(tmp_path) as talk:
        talk.world.write_files(REPO, {CONFIG: "commands: {triage: maintain}\n"})
        talk.world.open_pull(REPO, "hubot", "Parse", files={"a.py": "x = 1\n"}, fork=True)
        talk.world.submit_review(REPO, 1, "mona", comments=[Draft("a.py", "Why x?", line=1)])
        await talk.settle()
        yield talk


def answers(talk: Talk) -> list[str]:
    """Return what we said in the thread."""
    [first, *others] = talk.world.review_comments(talk.world.issue(REPO, 1))
    assert all(one.in_reply_to == first.id for one in others)
    return [markers.strip(one.body) for one in others if one.user is talk.world.app.bot]


@pytest.mark.parametrize("where", ["the first comment", "a reply"])
async def test_every_answer_stands_in_the_thread_it_was_asked_in(talk: Talk, where: str):
    talk.clock.advance(60)
    first = talk.world.review_comments(talk.world.issue(REPO, 1))[0]
    conversation = talk.replies(1)
    for at, (name, said) in enumerate([*ASKED.items(), ("acknowledge", "/bot triage")]):
        if where == "a reply":
            talk.world.reply(REPO, 1, first.id, "tom", said)
        else:
            talk.world.edit_review_comment(talk.world.issue(REPO, 1), first, said, by="mona")
        plans = [plan for plan, _ in await talk.settle()]
        assert [plan.refused for plan in plans if plan.refused] == [], name
        assert len(answers(talk)) == at + 1, name
    assert talk.replies(1) == conversation


async def test_an_answer_in_a_thread_is_taken_back_there_and_from_elsewhere(talk: Talk):
    first = talk.world.review_comments(talk.world.issue(REPO, 1))[0]
    for said in ("/bot ask What is x?", "/bot explain"):
        talk.clock.advance(60)
        talk.world.reply(REPO, 1, first.id, "tom", said)
        await talk.settle()
    assert len(answers(talk)) == 2
    await talk.say(1, "tom", "/bot undo")
    talk.clock.advance(60)
    talk.world.reply(REPO, 1, first.id, "tom", "/bot undo ask")
    await talk.settle()
    assert answers(talk) == ["Undone by `tom`."] * 2
