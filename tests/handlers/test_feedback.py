"""People answer the bot: by commands, by replies, by labels, by closing, and by reactions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.planning import REPO, Lab, SaidModel, planning

from triagebot.core.actions import AddLabels, RemoveLabels, UpsertComment
from triagebot.core.lessons import Answered, Forget, Heard, Paired, Voted
from triagebot.core.markers import Marks
from triagebot.handlers.triage.duplicates import DuplicatesAnswer, Judgement
from triagebot.handlers.triage.voice import LabelVoice, TriageAnswer
from triagebot.ports import LabelOpinion, Request, Similar

TITLE = "The parser crashes on an empty file"
BODY = "Since 2.3 it dies with an IndexError when the file is empty."
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """An older issue of tom's, and one of hubot's that may be the same."""
    async with planning() as lab:
        lab.world.open_issue(REPO, "tom", "IndexError for empty input", "An empty file raises IndexError.")
        lab.world.open_issue(REPO, "hubot", TITLE, BODY)
        lab.memory.found = [same_as(1)]
        yield lab


def same_as(number: int, chance: float = 0.95) -> Similar:
    return Similar(
        number=number,
        title="IndexError for empty input",
        url="",
        state="open",
        state_reason=None,
        chance=chance,
        here="it dies with an IndexError",
        there="An empty file raises IndexError.",
        body="An empty file raises IndexError.",
    )


def our_comment(lab: Lab, body: str = "- Perhaps `bug`: likely"):
    issue = lab.world.issue(REPO, 2)
    mark = Marks(lab.simulator.app_id, (b"secret",)).make(issue.node_id, "triage")
    return lab.world.comment(REPO, 2, lab.world.app.bot, f"{body}\n\n{mark}")


def comment_of(plan) -> UpsertComment:
    [comment] = [action for action in plan.actions if isinstance(action, UpsertComment)]
    return comment


async def test_a_likely_duplicate_is_named_and_remembered(lab: Lab):
    plan = await lab.plan()
    assert "- Possibly related: [#1](" in comment_of(plan).body
    assert lab.lessons(plan)["suggested"].numbers == (1,)
    assert lab.lessons(plan)["saw"].issue.title == TITLE


async def test_a_model_that_agrees_makes_it_a_duplicate(lab: Lab):
    yes = Judgement(
        place=1, same="yes", quote_new="dies with an IndexError", quote_earlier="raises IndexError"
    )
    model = SaidModel({"duplicates": DuplicatesAnswer(judgements=[yes])})
    assert "- Duplicate of [#1](" in comment_of(await lab.with_model(model).plan()).body
    assert model.shown["duplicates"]["earlier"] == [
        "IndexError for empty input\nAn empty file raises IndexError."
    ]


async def test_a_models_voice_goes_through_the_memory_and_is_remembered(lab: Lab):
    lab.memory.believed = [LabelOpinion("bug", 0.7, 0.7, 7, 10, like=(1,))]
    lab.memory.swayed = [LabelOpinion("bug", 0.95, 0.93, 28, 30)]
    lab.world.add_label(REPO, 1, "bug", by="mona")
    lab.world.edit_issue(REPO, 2, by="hubot", body=BODY + " Always.")
    named = [LabelVoice(name="bug", confidence=0.9, quote="dies with an IndexError")]
    model = SaidModel({"triage": TriageAnswer(summary="", kind="bug", labels=named)})
    plan = await lab.with_model(model).plan()
    assert AddLabels(labels=("bug",)) in plan.actions
    assert lab.memory.voices == [{"bug": 0.9}]
    assert lab.lessons(plan)["heard"] == Heard(model="m", voices={"bug": 0.9}, before={"bug": 0.7})
    assert model.shown["triage"]["earlier"] == ['IndexError for empty input → "bug"']


async def test_our_new_label_is_remembered_as_ours(lab: Lab):
    lab.memory.believed = [LabelOpinion("bug", 0.95, 0.95, 57, 60)]
    [change] = lab.lessons(await lab.plan())["saw"].issue.changes
    assert (change.action, change.label, change.by_bot, change.app_id) == (
        "labeled",
        "bug",
        True,
        lab.simulator.app_id,
    )


async def test_a_word_about_duplicates_is_kept_and_the_suggestion_goes(lab: Lab):
    said = {"none": Paired(of=None, same=False), "#1": Paired(of=1), "1": Paired(of=1)}
    for who in ("tom", "hubot"):  # who may triage, and the author
        for args, paired in said.items():
            lab.world.comment(REPO, 2, who, f"/bot duplicate {args}")
            plan = await lab.plan()
            assert lab.lessons(plan)["paired"] == paired.model_copy(update={"own": who == "hubot"})
            assert "suggested" not in lab.lessons(plan)
            assert not comment_of(plan).create
            assert "#1" not in comment_of(plan).body
            assert plan.actions[-1].content == "rocket"


async def test_a_duplicate_of_nothing_possible_is_not_understood(lab: Lab):
    lab.world.open_issue(REPO, "hubot", "Newer")
    for args in ("", "#2", "#3", "#99", "#0", "octo/other#1", "#1 or #2", "all"):
        lab.world.comment(REPO, 2, "mona", f"/bot duplicate {args}")
        plan = await lab.plan()
        assert plan.lessons == ()
        assert [getattr(action, "content", action.kind) for action in plan.actions] == [
            "upsert_comment",
            "confused",
        ]


async def test_a_strangers_word_about_duplicates_does_not_count(lab: Lab):
    lab.world.comment(REPO, 2, "stranger", "/bot duplicate none")
    plan = await lab.plan()
    assert plan.lessons == ()
    assert [action.content for action in plan.actions] == ["confused"]


async def test_undo_takes_our_labels_off_and_says_so(lab: Lab):
    lab.world.add_label(REPO, 2, "bug", by=lab.world.app.bot)
    lab.world.add_label(REPO, 2, "enhancement", by="mona")
    our_comment(lab)
    lab.memory.asked = Request(("version",), NOW, answered=False)
    lab.world.comment(REPO, 2, "tom", "/bot undo")
    assert await lab.plan(None) == ("acknowledge", "undo")
    plan = await lab.plan("undo")
    assert plan.actions[0] == RemoveLabels(labels=("bug",))
    assert comment_of(plan).body.startswith("Undone by `tom`: `bug` taken off.")
    assert comment_of(plan).slot == "triage"
    assert plan.lessons == (Answered(),)
    assert plan.refused == ()


async def test_the_author_alone_cannot_undo(lab: Lab):
    our_comment(lab)
    lab.world.comment(REPO, 2, "hubot", "/bot undo")
    assert [action.content for action in (await lab.plan("undo")).actions] == ["confused"]


async def test_what_was_undone_is_left_alone_until_somebody_asks(lab: Lab):
    our_comment(lab, "Undone by `tom`.")
    lab.world.edit_issue(REPO, 2, by="hubot", title="Another title")
    assert (await lab.plan()).actions == ()
    lab.world.comment(REPO, 2, "tom", "/bot triage")
    assert comment_of(await lab.plan()).body.startswith("- Possibly related")


async def test_what_was_undone_is_left_alone_also_where_the_opening_is_delivered_late(lab: Lab):
    opened = lab.simulator.hooks.deliveries[-1]
    our_comment(lab, "Undone by `tom`.")
    issue = lab.world.issue(REPO, 2)
    issue.updated_at = issue.created_at + timedelta(minutes=1)
    lab.simulator.hooks.deliveries.append(opened)
    plan = await lab.plan()
    assert (plan.actions, plan.note) == ((), "undone by a person")


async def test_only_the_authors_own_comments_are_looked_at(lab: Lab):
    lab.world.comment(REPO, 2, "tom", "I see this, too.")
    assert await lab.plan(None) == ()
    lab.world.comment(REPO, 2, "hubot", "It is version 2.3.")
    assert await lab.plan(None) == ("triage",)
    plan = await lab.plan()
    assert (plan.actions, plan.lessons) == ((), ())
    lab.world.close(REPO, 2, by="tom")
    lab.world.comment(REPO, 2, "hubot", "It is version 2.3.")
    assert await lab.plan(None) == ()


async def test_an_answer_takes_the_request_back(lab: Lab):
    lab.world.edit_issue(
        REPO, 2, by="hubot", body="An empty file crashes the parser, every time, with an error."
    )
    lab.memory.found = ()
    asking = await lab.plan()
    items = lab.lessons(asking)["asked"].items
    our_comment(lab, comment_of(asking).body)
    lab.memory.asked = Request(items, NOW, answered=False)
    lab.world.comment(REPO, 2, "hubot", "Thanks for looking.")
    assert (await lab.plan()).actions == ()
    lab.world.comment(
        REPO,
        2,
        "hubot",
        "Steps to reproduce:\n1. touch empty.txt\n2. run `parse empty.txt`\n\n"
        "I expected an empty tree, but got an IndexError. Version 2.3.1 on Ubuntu 24.04 with Python 3.11.",
    )
    plan = await lab.plan()
    assert not comment_of(plan).create
    assert Answered() in plan.lessons


async def test_labels_that_people_change_are_kept(lab: Lab):
    lab.world.add_label(REPO, 2, "bug", by="mona")
    assert await lab.plan(None) == ("remember",)
    lab.world.remove_label(REPO, 2, "bug", by="mona")
    plan = await lab.plan("remember")
    assert plan.actions == ()
    changes = lab.lessons(plan)["saw"].issue.changes
    assert [(change.action, change.by_bot) for change in changes] == [
        ("labeled", False),
        ("unlabeled", False),
    ]


async def test_our_own_labels_make_no_work_but_what_we_took_off_was_a_persons_word(lab: Lab):
    lab.world.add_label(REPO, 2, "bug", by=lab.world.app.bot)
    assert await lab.plan(None) == ()
    lab.world.remove_label(REPO, 2, "bug", by=lab.world.app.bot)
    [put_on, taken_off] = lab.lessons(await lab.plan("remember"))["saw"].issue.changes
    assert (put_on.by_bot, taken_off.by_bot) == (True, False)


async def test_at_the_end_votes_count_of_those_who_may_triage(lab: Lab):
    ours = our_comment(lab)
    for who, reaction in (
        ("mona", "+1"),
        ("tom", "+1"),
        ("tom", "-1"),
        ("stranger", "-1"),
        ("hubot", "eyes"),
    ):
        lab.world.react(ours, reaction, by=who)
    lab.world.close(REPO, 2, by="mona")
    assert lab.lessons(await lab.plan("remember"))["voted"] == Voted(up=1, down=1)


async def test_at_the_end_a_triagers_duplicate_of_is_kept(lab: Lab):
    said = [
        ("mona", "Duplicate of #1", True),
        ("tom", "Thanks!\nduplicate of #1, I think", True),
        ("stranger", "Duplicate of #1", False),
        ("mona", "Duplicate of #99", False),
        ("mona", "This is no duplicate of #1", False),
        ("mona", "> Duplicate of #1", False),
    ]
    for who, text, named in said:
        issue = lab.world.open_issue(REPO, "hubot", TITLE)
        lab.world.comment(REPO, issue.number, who, text)
        lab.world.close(REPO, issue.number, by="mona", reason="not_planned")
        assert lab.lessons(await lab.plan("remember")).get("paired") == (Paired(of=1) if named else None)


async def test_an_issue_that_moved_away_is_forgotten(lab: Lab):
    lab.world.add_repo("octo/other")
    lab.world.transfer_issue(REPO, 2, "octo/other", by="mona")
    assert (await lab.plan("remember")).lessons == (Forget(),)
