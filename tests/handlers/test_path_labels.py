"""Labels of a pull request by the files that it changes: on with the files, off with them, never against a person."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.support.planning import CONFIG, REPO, Lab, planning
from tests.support.rendered import render

from triagebot.core.actions import AddLabels, RemoveLabels, UpsertComment
from triagebot.core.values import PullFile
from triagebot.handlers.triage.labels import LabelConfig
from triagebot.handlers.triage.paths import matching
from triagebot.ports import LabelOpinion

PATHS = "triage: {labels: {%spaths: {docs: ['docs/**', '*.md', '!docs/generated/**'], nosuch: ['**'], parser: ['src/**']}}}\n"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with planning() as lab:
        for name in ("docs", "parser"):
            lab.world.define_label(REPO, name)
        lab.world.write_files(REPO, {CONFIG: PATHS % "", "docs/a.md": "a\n", "src/a.py": "a = 1\n"})
        yield lab


async def planned(lab: Lab):
    """Return the labels that the latest delivery's plan puts on and takes off, and what it would post anew."""
    plan = await lab.plan()
    assert plan.refused == ()
    on = [name for action in plan.actions if isinstance(action, AddLabels) for name in action.labels]
    off = [name for action in plan.actions if isinstance(action, RemoveLabels) for name in action.labels]
    said = [action.body for action in plan.actions if isinstance(action, UpsertComment) and action.create]
    return on, off, "".join(said)


def opened(lab: Lab, files: dict[str, str | None], **more):
    return lab.world.open_pull(REPO, "ann", "Change things", "As agreed.", files=files, **more)


async def test_labels_follow_the_files_quietly(lab: Lab):
    opened(lab, {"docs/b.md": "b\n", "lib/x.py": "x = 1\n"})
    assert await planned(lab) == (["docs"], [], "")


async def test_exclusions_hold_and_what_nobody_defined_is_not_put_on(lab: Lab):
    opened(lab, {"docs/generated/b.md": "b\n"})
    assert await planned(lab) == ([], [], "")
    assert "no label here is called nosuch" in (await lab.plan()).note


async def test_a_moved_file_counts_where_it_was_and_where_it_is():
    moved = PullFile("src/guide.md", "renamed", 0, 0, None, "docs/guide.md")
    assert matching({"docs": ["docs/**"], "src": ["src/**"]}, [moved]) == {
        "docs": "docs/guide.md",
        "src": "src/guide.md",
    }


async def test_a_push_brings_labels_and_takes_back_only_our_own(lab: Lab):
    issue = opened(lab, {"docs/b.md": "b\n"})
    lab.world.add_label(REPO, issue.number, "docs", by=lab.world.app.bot)
    lab.world.push_commits(REPO, issue.number, {"docs/b.md": None, "src/b.py": "b = 1\n"})
    assert await planned(lab) == (["parser"], ["docs"], "")
    assert [action.kind for action in (await lab.plan()).actions] == ["add_labels", "remove_labels"]


async def test_what_a_person_put_on_or_took_off_stays_so(lab: Lab):
    issue = opened(lab, {"docs/b.md": "b\n"})
    lab.world.add_label(REPO, issue.number, "docs", by="mona")
    lab.world.add_label(REPO, issue.number, "parser", by=lab.world.app.bot)
    lab.world.remove_label(REPO, issue.number, "parser", by="tom")
    lab.world.push_commits(REPO, issue.number, {"docs/b.md": None, "src/b.py": "b = 1\n"})
    assert await planned(lab) == ([], [], "")


async def test_a_label_that_a_person_put_back_is_theirs(lab: Lab):
    issue = opened(lab, {"docs/b.md": "b\n"})
    bot = lab.world.app.bot
    lab.world.add_label(REPO, issue.number, "docs", by=bot)
    lab.world.remove_label(REPO, issue.number, "docs", by="mona")
    lab.world.add_label(REPO, issue.number, "docs", by="mona")
    lab.world.push_commits(REPO, issue.number, {"docs/b.md": None})
    assert await planned(lab) == ([], [], "")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("allow: [bug], ", ""),
        ("mode: off, ", ""),
        ("mode: suggest, ", "- Perhaps `docs`: `docs/b.md` is changed"),
    ],
)
async def test_the_configuration_bounds_them(lab: Lab, keys: str, expected: str):
    lab.world.write_files(REPO, {CONFIG: PATHS % keys})
    opened(lab, {"docs/b.md": "b\n"})
    on, off, said = await planned(lab)
    assert (on, off) == ([], [])
    assert said.startswith(expected)
    assert bool(said) == bool(expected)


async def test_beside_something_to_say_they_are_said(lab: Lab):
    lab.memory.believed = [
        LabelOpinion("bug", 0.95, 0.95, 47, 50),
        LabelOpinion("parser", 0.99, 0.99, 99, 100),
    ]
    opened(lab, {"docs/`@mona` #1.md": "b\n"})
    on, _, said = await planned(lab)
    assert on == ["bug", "docs"], "a label that has paths is told by them alone"
    assert "- Added `bug`: right 47 of 50 times\n- Added `docs`: ``docs/`@mona` #1.md`` is changed" in said
    assert render(said).effects == []


async def test_a_closed_one_and_one_without_paths_are_left_alone(lab: Lab):
    issue = opened(lab, {"docs/b.md": "b\n"})
    lab.world.write_files(REPO, {CONFIG: "triage: {}\n"})
    lab.world.push_commits(REPO, issue.number, {"docs/c.md": "c\n"})
    assert await planned(lab) == ([], [], "")


def test_braces_are_refused_since_they_would_never_match():
    with pytest.raises(ValueError, match=r"braces are not read; write one glob for each"):
        LabelConfig(paths={"docs": ("**/*.{md,rst}",)})
