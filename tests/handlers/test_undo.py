"""`/bot undo`: what GitHub looks like afterwards, and that nothing is undone twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from sqlalchemy import text
from tests.support.answering import CONFIG, REPO, Talk, talking

from triagebot.core import markers
from triagebot.ports import LabelOpinion
from triagebot.simulator.model import Review

TITLE = "The parser crashes on an empty file"
SURE = LabelOpinion("bug", 0.97, 0.95, 57, 60, words=("crashes",), like=(1,))


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """An issue that was labelled and commented on."""
    async with talking(tmp_path) as talk:
        talk.memory.opinions.append(SURE)
        talk.world.write_files(REPO, {CONFIG: "triage: {missing: {mode: off}}\n"})
        talk.world.open_issue(REPO, "hubot", TITLE)
        await talk.settle()
        yield talk


async def test_the_last_thing_is_taken_back_and_then_the_one_before(talk: Talk):
    assert talk.labels(1) == ["bug"]
    await talk.say(1, "tom", "/bot label +question")
    await talk.say(1, "tom", "/bot undo")
    assert talk.labels(1) == ["bug"]
    assert talk.reply(1, "triage").startswith("- Added `bug`")
    await talk.say(1, "tom", "/bot undo")
    assert talk.labels(1) == []
    assert talk.reply(1, "triage") == snapshot(
        "Undone by `tom`: `bug` taken off. Nothing more is done here unless `/bot triage` asks for it."
    )
    assert talk.reactions(1) == ["eyes", "rocket"]
    await talk.say(1, "tom", "/bot undo")
    assert talk.reply(1, "undo:nothing") == "There is nothing more to undo here."
    assert talk.reactions(1) == ["eyes", "confused"]
    before = talk.replies(1)
    await talk.say(1, "tom", "/bot undo")
    assert talk.replies(1) == before


async def test_what_two_people_say_at_once_is_done_once(talk: Talk):
    await talk.say(1, "tom", "/bot label +question")
    talk.clock.advance(60)
    talk.world.comment(REPO, 1, "tom", "/bot undo")
    talk.world.comment(REPO, 1, "mona", "/bot undo")
    await talk.settle()
    assert talk.labels(1) == ["bug"]
    assert talk.reactions(1) == ["eyes", "confused"]
    assert talk.reply(1, "undo:") == snapshot(
        "Something was undone here just after you said so, so no more is. `/bot undo` takes back the thing before."
    )
    await talk.say(1, "mona", "/bot undo")
    assert talk.labels(1) == []


async def test_what_was_undone_stays_so_and_counts_as_a_persons_decision(talk: Talk):
    await talk.say(1, "tom", "/bot undo")
    talk.world.edit_issue(REPO, 1, by="hubot", title=TITLE + " again")
    await talk.settle()
    await talk.say(1, "tom", "/bot triage")
    assert talk.labels(1) == []
    seen = await talk.store.history.issue(talk.world.repo(REPO).id, 1)
    assert [(change.action, change.by_bot) for change in seen.changes][-1] == ("unlabeled", False)


async def test_edits_of_the_same_comment_are_one_thing(talk: Talk):
    talk.memory.opinions.append(LabelOpinion("question", 0.97, 0.95, 57, 60))
    talk.world.edit_issue(REPO, 1, by="hubot", title=TITLE + "!")
    await talk.settle()
    assert talk.labels(1) == ["bug", "question"]
    await talk.say(1, "mona", "/bot undo")
    assert talk.labels(1) == []


async def test_a_part_can_be_named(talk: Talk):
    named = {
        "bug": ([], "- Added `bug`"),
        '"BUG"': ([], "- Added `bug`"),
        "-bug": ([], "- Added `bug`"),
        "labels": ([], "- Added `bug`"),
        "comment": (["bug"], "Undone by `tom`."),
        "triage": ([], "Undone by `tom`: `bug` taken off."),
        "all": ([], "Undone by `tom`: `bug` taken off."),
    }
    for what, (labels, comment) in named.items():
        number = talk.world.open_issue(REPO, "hubot", TITLE).number
        await talk.say(number, "tom", f"/bot undo {what}")
        assert talk.labels(number) == labels, what
        assert talk.reply(number, "triage").startswith(comment), what


async def test_what_is_not_there_is_answered_with_what_is(talk: Talk):
    await talk.say(1, "tom", "/bot undo reviews @mona <b>")
    assert talk.reply(1, "undo:") == snapshot("""\
Nothing of ours here is called `reviews @mona <b>`.
What can be undone: `bug`, `triage`, or `all`.\
""")
    assert talk.reactions(1) == ["eyes", "confused"]
    assert talk.labels(1) == ["bug"]


async def test_a_label_that_a_person_put_back_stays(talk: Talk):
    talk.world.remove_label(REPO, 1, "bug", by="mona")
    talk.world.add_label(REPO, 1, "bug", by="mona")
    await talk.say(1, "tom", "/bot undo all")
    assert talk.labels(1) == ["bug"]
    assert talk.reply(1, "triage").startswith("Undone by `tom`.")


async def test_a_removal_that_somebody_asked_for_is_reversed(talk: Talk):
    talk.world.add_label(REPO, 1, "enhancement", by="mona")
    await talk.say(1, "tom", "/bot label -enhancement")
    assert talk.labels(1) == ["bug"]
    await talk.say(1, "mona", "/bot undo")
    assert talk.labels(1) == ["bug", "enhancement"]


async def test_people_are_unassigned(talk: Talk):
    await talk.say(1, "tom", "/bot assign me @mona")
    assert sorted(user.login for user in talk.world.issue(REPO, 1).assignees) == ["mona", "tom"]
    await talk.say(1, "tom", "/bot undo mona")
    assert [user.login for user in talk.world.issue(REPO, 1).assignees] == ["tom"]
    await talk.say(1, "tom", "/bot undo")
    assert talk.world.issue(REPO, 1).assignees == []
    assert talk.labels(1) == ["bug"]


async def test_what_no_plan_tells_of_any_more_is_found_at_github(talk: Talk):
    await talk.store.database.write(lambda connection: connection.execute(text("DELETE FROM plans")).close())
    await talk.say(1, "tom", "/bot undo")
    assert talk.labels(1) == []
    assert talk.reply(1, "triage").startswith("Undone by `tom`: `bug` taken off.")


async def test_replies_that_something_was_impossible_are_not_undone(talk: Talk):
    await talk.say(1, "tom", "/bot label +question")
    for said in ("label sausage", "assign nobody-here", "duplicate #999"):
        await talk.say(1, "tom", f"/bot {said}")
    before = talk.replies(1)
    await talk.say(1, "tom", "/bot undo")
    assert talk.labels(1) == ["bug"]
    assert talk.replies(1) == before


async def test_answers_are_not_undone(talk: Talk):
    await talk.say(1, "tom", "/bot help")
    await talk.say(1, "tom", "/bot why")
    await talk.say(1, "tom", "/bot undo")
    assert talk.labels(1) == []
    assert talk.reply(1, "help").startswith("| command")


async def test_a_review_is_withdrawn_and_the_one_before_it_after_that(talk: Talk):
    files = {
        "src/empty.py": "def parse(text):\n<<<<<<< ours\n    return text\n=======\n    return None\n>>>>>>> theirs\n"
    }
    number = talk.world.open_pull(REPO, "hubot", "Parse empty files", files=files, fork=True).number
    await talk.settle()
    await talk.say(number, "tom", "/bot review")
    [review] = reviews(talk, number)
    assert talk.world.review_comments(talk.world.issue(REPO, number))
    await talk.say(number, "tom", "/bot undo review")
    assert markers.strip(review.body) == "Undone by `tom`."
    assert talk.world.review_comments(talk.world.issue(REPO, number)) == []
    await talk.say(number, "tom", "/bot undo review")
    assert talk.reactions(number) == ["eyes", "confused"]


async def test_our_part_of_the_body_is_taken_out(talk: Talk):
    talk.world.write_files(REPO, {CONFIG: "describe: {into: body}\n"})
    number = talk.world.open_pull(
        REPO, "hubot", "Parse empty files", "My own words.", files={"a.py": "x = 1\n"}, fork=True
    ).number
    await talk.say(number, "tom", "/bot describe")
    assert talk.world.issue(REPO, number).body != "My own words."
    await talk.say(number, "tom", "/bot undo")
    assert talk.world.issue(REPO, number).body == "My own words."
    await talk.say(number, "tom", "/bot undo describe")
    assert talk.reactions(number) == ["eyes", "confused"]


def reviews(talk: Talk, number: int) -> list[Review]:
    return [part for part in talk.world.issue(REPO, number).timeline if isinstance(part, Review)]
