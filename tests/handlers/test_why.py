"""`/bot why`: told from what was saved when it was decided, and nothing of it acts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from tests.support.answering import CONFIG, REPO, Talk, talking
from tests.support.planning import NoModels, SaidModel
from tests.support.rendered import render

from triagebot.core.actions import AddLabels, Because, Plan, Receipt, Status, Usage
from triagebot.handlers.triage.voice import TriageAnswer
from triagebot.handlers.why.choice import Explained
from triagebot.handlers.why.text import describe
from triagebot.ports import Entry, LabelOpinion, Similar

TITLE = "The parser crashes on an empty file"
BODY = "Since 2.3 it dies with an IndexError when the file is empty. " * 12
SURE = LabelOpinion("bug", 0.97, 0.95, 57, 60, words=("crashes", "`@mona` fixes #1"), like=(1,))
MAYBE = LabelOpinion("question", 0.8, 0.75, 15, 20)
LIKE = Similar(
    number=1,
    title="IndexError",
    url="",
    state="open",
    state_reason=None,
    chance=0.6,
    here="it dies with an IndexError",
    there="An empty file raises IndexError @mona.",
)


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """An issue that was labelled, with a summary by a model, and a label suggested."""
    async with talking(tmp_path) as talk:
        talk.world.open_issue(REPO, "tom", "IndexError")
        await talk.settle()
        talk.memory.opinions += [SURE, MAYBE]
        talk.memory.similar.append(LIKE)
        talk.world.write_files(REPO, {CONFIG: "triage: {missing: {mode: off}}\n"})
        answer = TriageAnswer(
            summary="It dies with an IndexError when the file is empty.", kind="bug", labels=[]
        )
        talk.with_model(SaidModel({"triage": answer}))
        talk.world.open_issue(REPO, "hubot", TITLE, BODY)
        await talk.settle()
        yield talk


def plain(talk: Talk, text: str | None) -> str:
    """Return a reply with what differs from run to run replaced."""
    delivery = next(plan.delivery_id for plan, _ in talk.done if plan.handler == "triage" and plan.because)
    address = talk.simulator.url
    return (text or "").replace(delivery, "DELIVERY").replace(address, "https://github.example")


async def test_the_newest_plan_is_told_with_all_that_it_rests_on(talk: Talk):
    await talk.say(2, "tom", "/bot why")
    text = talk.reply(2, "why:")
    assert plain(talk, text) == snapshot("""\
`triage` on the event `issues.opened` of 2026-01-05 12:00 UTC (delivery `DELIVERY`).

- put on `bug`: done
- the comment `triage`: done ([here](https://github.example/octo/parser/issues/2#issuecomment-1500000001))
- Besides: `no label goes by paths here; nobody is assigned here; missing information is off`

The evidence, as it was kept then:

- label `bug` (done): sure to 0.95; right 57 of 60 times before; from the words `crashes`, `` `@mona` fixes #1 ``; like [#1](https://github.example/octo/parser/issues/1)
- label `question` (only said): sure to 0.75; right 15 of 20 times before
- duplicate `#1` (only said): sure to 0.60; from the words `it dies with an IndexError`, `An empty file raises IndexError @mona.`

Asked `m` with the prompt `triage`, version `1`: 1 + 1 tokens, 0.0 s, price unknown.\
""")
    assert render(text).effects == []
    assert talk.reactions(2) == ["eyes", "rocket"]


async def test_one_thing_can_be_asked_about(talk: Talk):
    asked = {}
    ours = next(one.id for one in talk.world.issue(REPO, 2).comments.values() if one.via_app)
    talk.world.add_label(REPO, 2, "enhancement", by="mona")
    for what in (
        "bug",
        "+Bug",
        "question",
        "duplicate",
        "#1",
        "triage",
        "comment",
        f"#issuecomment-{ours}",
        "enhancement",
        "sausage @mona",
    ):
        await talk.say(2, "tom", f"/bot why {what}")
        asked[what] = (talk.reply(2, "why:"), talk.reactions(2)[-1])
    told = {what: text.count("\n- ") for what, (text, _) in asked.items()}
    assert "- label `bug` (done): sure to 0.95" in asked["bug"][0]
    assert "question" not in asked["bug"][0].partition("The evidence")[2]
    assert asked["bug"] == asked["+Bug"]
    assert "- label `question` (only said): sure to 0.75" in asked["question"][0]
    assert asked["duplicate"][0].partition("The evidence")[2] == asked["#1"][0].partition("The evidence")[2]
    assert "duplicate `#1` (only said)" in asked["#1"][0]
    assert asked["triage"][0] == asked["comment"][0] == asked[f"#issuecomment-{ours}"][0]
    assert asked["enhancement"] == ("`enhancement` was put on by `mona`.", "confused")
    assert asked["sausage @mona"] == (
        "Nothing that is on record here has to do with `sausage @mona`.",
        "confused",
    )
    assert told["triage"] > told["bug"]
    assert all(render(text).effects == [] for text, _ in asked.values())


async def test_what_was_not_done_is_told_with_the_reason(talk: Talk):
    talk.world.remove_label(REPO, 2, "bug", by="mona")
    await talk.say(2, "mona", "/bot label bug sausage")
    await talk.say(2, "mona", "/bot why label")
    assert plain(talk, talk.reply(2, "why:")).split("(delivery")[1].partition("\n")[2] == snapshot("""\

- put on `bug`: done
- the comment `label`: done ([here](https://github.example/octo/parser/issues/2#issuecomment-1500000003))

The evidence, as it was kept then:

- label `bug` (done): mona asked for it

No language model was asked.\
""")


async def test_who_asked_for_a_label_or_a_person_is_told(talk: Talk):
    await talk.say(2, "tom", "/bot label question -bug\n/bot assign mona\n/bot triage")
    await talk.say(2, "mona", "/bot why question\n/bot why bug\n/bot why mona")
    lines = talk.reply(2, "why:").splitlines()
    assert [line for line in lines if line.endswith("asked for it")] == snapshot(
        [
            "- label `question` (done): tom asked for it",
            "- label `bug` (done): tom asked for it",
            "- assign `mona` (done): tom asked for it",
        ]
    )


async def test_a_silent_one_says_so_in_words(talk: Talk):
    talk.memory.opinions.clear()
    talk.memory.similar.clear()
    talk.with_model(NoModels())
    number = talk.world.open_issue(REPO, "hubot", "Another").number
    await talk.settle()
    await talk.say(number, "mona", "/bot why")
    text = talk.reply(number, "why:") or ""
    assert "- There was nothing to say." in text
    assert "it was so already" not in text


async def test_where_nothing_was_done_that_is_said(talk: Talk):
    number = talk.world.open_issue(REPO, "hubot", "Another").number
    await talk.say(number, "hubot", "/bot why")  # its author
    text = talk.reply(number, "why:")
    assert "`triage` on the event `issues.opened`" in text
    await talk.say(number, "stranger", "/bot why")
    assert talk.reactions(number) == ["confused"]


def test_many_calls_are_told_together_and_a_long_plan_fits():
    usage = Usage(
        endpoint="e",
        model="m",
        prompt="review",
        prompt_version="3",
        input_tokens=900,
        output_tokens=50,
        seconds=1.5,
    )
    plan = Plan(
        key="d:review",
        delivery_id="d",
        handler="review",
        target=None,
        actions=tuple(AddLabels(labels=(f"{number}" + "`" * 40,)) for number in range(500)),
        usage=(usage, usage, usage.model_copy(update={"prompt": "check", "cost": 0.001})),
        refused=("x" * 3_000,) * 500,
        because=tuple(
            Because(about="label", name="`" * 200, done=True, words=("`a" * 200,) * 9, says="w " * 190)
            for _ in range(40)
        ),
        created_at=datetime(2026, 1, 5, tzinfo=UTC),
    )
    receipts = [
        Receipt(
            plan_key=plan.key, index=at, kind="add_labels", status=status, detail="why", at=plan.created_at
        )
        for at, status in enumerate(Status)
    ]
    text = describe(
        Explained(Entry(plan, tuple(receipts), "", plan.created_at)), "https://github.example/o/r/issues/1"
    )
    assert len(text) < 20_000
    ends = [line.partition(": ")[2] for line in text.splitlines() if line.startswith("- put on")]
    assert ends[:6] == snapshot(
        [
            "done: `why`",
            "nothing to do, it was so already: `why`",
            "not done, the ground had changed: `why`",
            "not done: `why`",
            "failed: `why`",
            "not done yet",
        ]
    )
    assert text.splitlines()[-2:] == snapshot(
        [
            "Asked `m` 2 times with the prompt `review`, version `3`: 1,800 + 100 tokens, 3.0 s, price unknown.",
            "Asked `m` with the prompt `check`, version `3`: 900 + 50 tokens, 1.5 s, $0.00100.",
        ]
    )
