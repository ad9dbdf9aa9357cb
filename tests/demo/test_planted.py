"""The story's planted duplicates, searched for in its projects' pasts with the real store and embedder."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.clock import ManualClock

from triagebot.core.history import PastIssue
from triagebot.memory import similar
from triagebot.memory.embedded import compared, texts, to_compare, vectors_of
from triagebot.memory.minilm import MiniLM
from triagebot.settings import Settings
from triagebot.simulator import Issue, World
from triagebot.simulator.story import Opening
from triagebot.simulator.story_demo import DEMO
from triagebot.simulator.story_play import Stage
from triagebot.store import open_store

PLANTED = [
    step
    for step in DEMO.steps
    if isinstance(step, Opening) and any(step.repeats == past.title for p in DEMO.projects for past in p.past)
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """The titles of the earlier issues that were found for each planted duplicate, best first."""
    return asyncio.run(_search(tmp_path_factory.mktemp("memory")))


async def _search(folder: Path) -> dict[str, list[str]]:
    world, embedder = World(ManualClock()), MiniLM()
    Stage(world, DEMO)
    store = open_store(Settings(data_dir=folder))
    found: dict[str, list[str]] = {}
    try:
        for project in DEMO.projects:
            repo = world.repo(project.name)
            earlier = [_past(issue) for issue in repo.issues.values()]
            await store.history.save(repo.id, earlier)
            await store.history.save_vectors(repo.id, await vectors_of(embedder, earlier))
            vectors = to_compare(await store.history.vectors(repo.id, embedder.name), embedder.compared)
            for step in (each for each in PLANTED if each.repo == project.name):
                asked = replace(
                    earlier[-1],
                    number=len(earlier) + 1,
                    title=step.title,
                    body=step.body or "",
                    created_at=world.now() + timedelta(minutes=1),
                )
                own = compared(await embedder.embed(texts(asked.title, asked.body)), embedder.compared)
                ranked = await similar.earlier(store.history, repo.id, asked, vectors, (own[0], own[1]))
                found[step.key] = [one.issue.title for one in ranked]
        return found
    finally:
        store.close()


def _past(issue: Issue) -> PastIssue:
    return PastIssue(issue.number, issue.title, issue.body or "", issue.created_at, state=issue.state)


@pytest.mark.parametrize("step", PLANTED, ids=lambda step: step.key)
def test_the_issue_that_a_planted_duplicate_repeats_is_among_the_first_three(step, places):
    assert step.repeats in places[step.key][:3]
