"""The demo's story can be played from its first step to its last, and is as varied as it claims."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.support.clock import ManualClock

from triagebot import handlers
from triagebot.core import repo_config
from triagebot.core.redact import redact
from triagebot.core.text import strip_hidden
from triagebot.routing import discover
from triagebot.simulator import World
from triagebot.simulator.state import ALL_EVENTS
from triagebot.simulator.story import Edit, OnIssue, OpenIssue, OpenPull, Say, Star, Step
from triagebot.simulator.story_demo import DEMO
from triagebot.simulator.story_play import Stage

EVENTS = (*ALL_EVENTS, "star")


@pytest.fixture
def heard() -> list[tuple[str, str | None]]:
    """The webhooks that the whole story sends, by event and action."""
    sent: list[tuple[str, str | None]] = []
    world = World(ManualClock(), events=EVENTS)
    stage = Stage(world, DEMO)
    world.emit = lambda event, payload, *_: sent.append((event, payload.get("action")))
    for step in DEMO.steps:
        stage.play(step)
    return sent


def test_every_step_can_be_played_and_sends_a_webhook(heard):
    assert len(heard) >= 50
    assert Counter(event for event, _ in heard).keys() == {
        "issues",
        "issue_comment",
        "pull_request",
        "push",
        "star",
    }
    assert {action for event, action in heard if event == "issues"} >= {
        "opened",
        "edited",
        "closed",
        "reopened",
        "labeled",
    }


def test_at_least_25_issues_and_pull_request_events_can_lead_to_work(heard):
    wants = discover(handlers).wants
    assert sum(wants(f"{event}.{action}") for event, action in heard) >= 25


def test_steps_are_unique_and_wait_only_for_earlier_ones():
    earlier: dict[str, Step] = {}
    for step in DEMO.steps:
        assert step.key not in earlier
        assert set(step.after) <= earlier.keys()
        if isinstance(step, OnIssue):
            assert isinstance(earlier[step.on], OpenIssue | OpenPull)
            assert earlier[step.on].repo == step.repo
        earlier[step.key] = step


def test_issues_are_varied_and_all_different():
    opened = [step for step in DEMO.steps if isinstance(step, OpenIssue | OpenPull)]
    bodies = [step.body or "" for step in opened]
    assert len({step.title for step in opened}) == len(opened) >= 25
    assert len(set(bodies)) == len(bodies)
    assert {step.repo for step in opened} == {project.name for project in DEMO.projects}
    assert min(map(len, bodies)) == 0
    assert max(map(len, bodies)) > 1_500


@pytest.mark.parametrize("project", DEMO.projects, ids=lambda project: project.name)
def test_a_repository_has_what_a_real_one_has(project):
    names = [label[0] for label in project.labels]
    assert len(set(names)) == len(names) >= 10
    assert all(label[2] for label in project.labels)
    assert "README.md" in project.files
    assert project.roles


def test_the_configuration_in_the_story_is_valid_and_changes_something():
    model = discover(handlers).config_model
    written = [file for project in DEMO.projects if (file := project.files.get(repo_config.PATH))]
    assert len(written) == 1
    config = repo_config.load(written[0].encode(), model)
    assert config != repo_config.load(None, model)


def test_the_traps_are_in_it():
    texts = [step.body or "" for step in DEMO.steps if isinstance(step, OpenIssue | Edit)]
    said = [step.text for step in DEMO.steps if isinstance(step, Say)]
    assert any("previous instructions" in text and strip_hidden(text)[0] != text for text in texts)
    assert any(redact(text) != text for text in texts)
    assert any(text.startswith("```\n/bot") or "\n```\n/bot" in text for text in said)
    assert any("/bot traige" in text for text in said)
    assert any(step.by in DEMO.bots for step in DEMO.steps)
    assert any(isinstance(step, Star) for step in DEMO.steps)
