"""Who is assigned: by the configuration's areas, then by CODEOWNERS, never against a person's decision."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from inline_snapshot import snapshot
from tests.support.planning import CONFIG, REPO, Lab, planning
from tests.support.rendered import render

from triagebot.core.actions import Assign, UpsertComment

AREAS = "triage: {missing: {mode: off}, assign: {mode: %s, areas: {area/parser: ['@octo/parsers'], bug: ['@mona']}}}\n"
OWNED = "triage: {missing: {mode: off}, assign: {mode: auto}}\n"
TITLE, BODY = "The lexer", "It is in src/parser/lexer.py, I think."


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """A repository whose team of parsers is tom and zoe; zoe may only read, so she cannot be assigned."""
    async with planning() as lab:
        lab.world.define_label(REPO, "area/parser")
        lab.world.add_team("octo", "parsers", ["tom", "zoe"])
        yield lab


def configure(lab: Lab, text: str, owners: str = "") -> None:
    lab.world.write_files(REPO, {CONFIG: text} | ({".github/CODEOWNERS": owners} if owners else {}))


async def result(lab: Lab, *labels: str, author: str = "ann", title: str = TITLE, body: str = BODY):
    """Open an issue, label it, and return whom the plan assigns and what the comment says of it."""
    issue = lab.world.open_issue(REPO, author, title, body)
    for label in labels:
        lab.world.add_label(REPO, issue.number, label, by="mona")
    lab.world.edit_issue(REPO, issue.number, by=author, body=body + " ")
    return await planned(lab)


async def planned(lab: Lab):
    plan = await lab.plan()
    people = [login for action in plan.actions if isinstance(action, Assign) for login in action.assignees]
    texts = [action.body for action in plan.actions if isinstance(action, UpsertComment) and action.create]
    return people, "".join(texts)


async def test_it_is_off_by_default(lab: Lab):
    configure(lab, "triage: {assign: {areas: {bug: ['@mona']}}}\n", "*.py @mona")
    assert (await result(lab, "bug"))[0] == []


async def test_who_looks_after_a_label_is_assigned(lab: Lab):
    configure(lab, AREAS % "auto")
    people, text = await result(lab, "area/parser")
    assert people == ["tom"]
    assert text == snapshot("""\
- Assigned to `tom`, who looks after `area/parser`

<sub>Wrong? Unassign them and it stays so; `/bot undo` takes all of it back.</sub>\
""")
    assert render(text).effects == []


async def test_two_areas_bring_two_people_at_most(lab: Lab):
    configure(lab, AREAS % "auto")
    people, _ = await result(lab, "bug", "Area/Parser".lower())
    assert people == ["tom", "mona"]


async def test_a_suggestion_mentions_nobody(lab: Lab):
    configure(lab, AREAS % "suggest")
    people, text = await result(lab, "bug")
    assert people == []
    assert text == snapshot("""\
- Perhaps for `mona`, who looks after `bug`

<sub>Nothing was changed.</sub>\
""")
    assert render(text).effects == []


async def test_the_author_is_not_given_the_own_issue(lab: Lab):
    configure(lab, AREAS % "auto")
    assert (await result(lab, "bug", author="mona"))[0] == []


async def test_the_owner_of_a_path_is_assigned(lab: Lab):
    configure(lab, OWNED, "* @tom\n/src/parser/ @octo/nobody @stranger @mona\n/src/docs/\n")
    people, text = await result(lab)
    assert people == ["mona"]
    assert text == snapshot("""\
- Assigned to `mona`, who owns `/src/parser/` in CODEOWNERS

<sub>Wrong? Unassign them and it stays so; `/bot undo` takes all of it back.</sub>\
""")


@pytest.mark.parametrize(
    ("owners", "body"),
    [
        ("* @mona\n", BODY),  # everything is nothing in particular
        ("/src/ @mona\n/src/parser/\n", BODY),  # taken out
        ("*.rs @mona\n", BODY),
        ("/src/ @mona\n", "It is somewhere in the source."),
        ("/src/ @evil/team @nobody-here mona@example.com\n", BODY),
        ("[Section]\n!src @mona\n", BODY),
    ],
)
async def test_nobody_is_assigned_by_chance(lab: Lab, owners, body):
    configure(lab, OWNED, owners)
    assert (await result(lab, body=body))[0] == []


async def test_areas_go_before_codeowners(lab: Lab):
    configure(lab, AREAS % "auto", "/src/parser/ @mona")
    assert (await result(lab, "area/parser"))[0] == ["tom"]


async def test_people_decide(lab: Lab):
    configure(lab, AREAS % "auto")
    issue = lab.world.open_issue(REPO, "ann", TITLE, BODY)
    lab.world.add_label(REPO, issue.number, "bug", by="mona")
    lab.world.assign(REPO, issue.number, "tom", by="tom")
    lab.world.edit_issue(REPO, issue.number, by="ann", title="Lexer")
    assert (await planned(lab))[0] == []
    lab.world.unassign(REPO, issue.number, "tom", by="tom")
    lab.world.edit_issue(REPO, issue.number, by="ann", title="The lexer")
    assert (await planned(lab))[0] == []


async def test_the_next_run_says_the_same_and_nobody_is_added(lab: Lab):
    configure(lab, AREAS % "auto")
    first = await result(lab, "bug")
    lab.world.assign(REPO, 1, "mona", by=lab.world.app.bot)
    lab.world.edit_issue(REPO, 1, by="ann", title="Lexer")
    assert await planned(lab) == first
    lab.world.remove_label(REPO, 1, "bug", by="tom")
    lab.world.add_label(REPO, 1, "area/parser", by="tom")
    lab.world.edit_issue(REPO, 1, by="ann", title="The lexer")
    assert (await planned(lab))[0] == []


async def test_the_load_spreads_and_the_choice_is_stable(lab: Lab):
    lab.world.add_team("octo", "parsers", ["mona", "tom"])
    configure(lab, AREAS % "auto")
    picked = [(await result(lab, "area/parser"))[0] for _ in range(8)]
    assert all(len(people) == 1 for people in picked)
    assert {people[0] for people in picked} == {"mona", "tom"}
    lab.world.edit_issue(REPO, 8, by="ann", title="Lexer")
    assert (await planned(lab))[0] == picked[-1]


async def test_pull_requests_are_left_to_githubs_own_reviews(lab: Lab):
    configure(lab, AREAS % "auto", "/src/parser/ @mona")
    lab.world.open_pull(REPO, "ann", TITLE, body=BODY, files={"src/parser/lexer.py": "1"}, fork=True)
    assert (await planned(lab))[0] == []


async def test_an_owner_that_cannot_be_one_is_an_error_in_the_configuration(lab: Lab):
    configure(lab, "triage: {assign: {mode: auto, areas: {bug: [mona]}}}\n")
    lab.world.open_issue(REPO, "ann", TITLE, BODY)
    assert "areas" in (await lab.plan()).note
