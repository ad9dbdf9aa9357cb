"""Stories of the memory, told to the whole service: it reads the past by itself, learns, acts and remembers."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support import planted
from tests.support.planted import past
from tests.support.service import Service, service

from triagebot import settings
from triagebot.ports import StoredModel
from triagebot.simulator import Simulator
from triagebot.store import Store, open_store

REPO = "octo/parser"
LABELS = ["bug", "enhancement", "documentation"]
SETTINGS = {"TRIAGEBOT_PACE": "false", "TRIAGEBOT_EMBEDDINGS__BASE_URL": "none"}

WISH = ("please add option", "wish support: please add a window button when opening the file")
CHAT = ("hello anybody", "just saying thanks here")


def opened(mine: Service) -> Store:
    return open_store(settings.load(_env_file=None, **mine.own_settings))


async def head(store: Store, simulator: Simulator) -> StoredModel | None:
    return await store.growth.model_head(simulator.world.repo(REPO).id, "labels")


async def learning_ended(mine: Service) -> None:
    """Return once a label model is stored."""
    store = opened(mine)
    try:

        async def stored() -> bool:
            return await head(store, mine.simulator) is not None

        await mine.until(stored)
    finally:
        store.close()


def labels(simulator: Simulator, number: int) -> list[str]:
    return sorted(label.name for label in simulator.world.issue(REPO, number).labels)


def put_on_by_us(simulator: Simulator, number: int) -> list[str]:
    events = simulator.world.issue(REPO, number).events
    return [one.label[0] for one in events if one.event == "labeled" and one.label and one.via_app]


async def test_it_reads_the_past_by_itself_labels_at_its_promise_and_remembers_a_no(tmp_path: Path):
    async with Simulator.start(pacing=False) as simulator:
        world = simulator.world
        world.add_repo(REPO, labels=LABELS, roles={"mona": "write"})
        world.seed_history(REPO, past(240), author="hubot", by="mona")
        async with service(simulator, tmp_path, **SETTINGS) as mine:
            mine.start("all")
            await mine.ready()
            first = world.open_issue(REPO, "hubot", *CHAT)  # who sends deliveries is read
            await mine.settled()
            assert labels(simulator, first.number) == []
            await learning_ended(mine)

            issue = world.open_issue(REPO, "hubot", *WISH)
            await mine.settled(at_least=2)
            assert labels(simulator, issue.number) == ["enhancement"]
            [comment] = [one.body or "" for one in issue.comments.values() if one.via_app]
            assert "Added `enhancement`" in comment

            world.remove_label(REPO, issue.number, "enhancement", by="mona")
            world.edit_issue(REPO, issue.number, by="hubot", body=f"{WISH[1]}, really")
            await mine.settled(at_least=4)
            mine.stop()
            mine.start("all")  # what it knows is in the database only
            await mine.ready()
            world.edit_issue(REPO, issue.number, by="hubot", body=f"{WISH[1]}, really, please")
            await mine.settled(at_least=5)
            assert labels(simulator, issue.number) == []
            assert put_on_by_us(simulator, issue.number) == ["enhancement"]
            mine.stop()
        store = opened(mine)
        try:
            known = await store.history.issue(world.repo(REPO).id, issue.number)
        finally:
            store.close()
        assert known is not None
        assert [(one.action, one.by_bot) for one in known.changes or ()] == [
            ("labeled", True),
            ("unlabeled", False),
        ]


async def test_killed_in_the_middle_of_a_fit_it_uses_the_model_of_before(tmp_path: Path):
    """The child that fits is stopped at its work, then everything is killed. A later fit goes through."""
    async with Simulator.start(pacing=False) as simulator:
        world = simulator.world
        world.add_repo(REPO, labels=LABELS, roles={"mona": "write"})
        async with service(simulator, tmp_path, **SETTINGS, TRIAGEBOT_LEARN="off") as mine:
            known = settings.load(_env_file=None, **mine.own_settings)
            repo_id = world.repo(REPO).id
            await planted.learned(known, REPO, repo_id, past(240, first=1_000), ago=timedelta(hours=3))
            store = opened(mine)
            try:
                before = await head(store, simulator)
                await store.history.save(world.repo(REPO).id, past(60, first=2_000, seed=1))
                mine.start("all")
                fitting: list[int] = []

                async def begun() -> bool:
                    fitting[:] = fitting_for(mine)
                    return bool(fitting)

                await mine.until(begun)
                os.kill(fitting[0], signal.SIGSTOP)
                mine.kill("all")
                os.kill(fitting[0], signal.SIGKILL)
                assert await head(store, simulator) == before

                mine.start("all")
                await mine.ready()
                issue = world.open_issue(REPO, "hubot", *WISH)
                await mine.settled()
                assert labels(simulator, issue.number) == ["enhancement"]
                assert await head(store, simulator) == before

                mine.stop()
                await make_due(store, simulator)
                mine.start("all")

                async def fitted_again() -> bool:
                    return await head(store, simulator) != before

                await mine.until(fitted_again)
            finally:
                store.close()
            mine.stop()


async def make_due(store: Store, simulator: Simulator) -> None:
    """Let the last fit, and whoever held the right to fit, have been long ago."""
    for name in (f"refit:{simulator.world.repo(REPO).id}", "refit"):
        seen = await store.marks.at(name)
        await store.marks.advance(name, datetime(2026, 1, 1, tzinfo=UTC), seen=seen)


def fitting_for(mine: Service) -> list[int]:
    """Return the processes that fit now for this service, which they are known by in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            environment = (folder / "environ").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if b"refit" in words and str(mine.folder).encode() in environment:
            found.append(int(folder.name))
    return found
