"""Reading a repository's past: all of it, once, whatever happens meanwhile, and within GitHub's rules."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.support.clock import ManualClock
from tests.support.pasts import START, past

from triagebot.app import refit
from triagebot.core.errors import TriagebotError, Unavailable
from triagebot.core.history import LabelChange, PastIssue
from triagebot.github.client import GitHubClient
from triagebot.github.history import PastReader
from triagebot.github.open_issues import home, home_of
from triagebot.jobs.learning import RESERVE, TRIES, Learner
from triagebot.ports import Clock, Progress
from triagebot.settings import GitHubSettings, Settings
from triagebot.simulator import Fault, RequestRecord, Simulator, SystemClock, rest_issues
from triagebot.store import Store, open_store

REPO = "octo/engine"


class World:
    """A simulated GitHub with a past, and what reads it."""

    def __init__(self, sim: Simulator, client: GitHubClient, store: Store, clock: Clock) -> None:
        self.sim, self.client, self.store, self.clock = sim, client, store, clock
        self.repo_id = sim.world.repo(REPO).id
        installation = sim.world.installation_of(sim.world.repo(REPO))
        assert installation is not None
        self.installation = installation.id
        self.waits: list[str] = []

    def learner(self) -> Learner:
        """Return a fresh one, as after a restart."""
        reader = PastReader(self.client, self.installation, *REPO.split("/"))
        return Learner(
            self.store.history,
            reader,
            self.clock,
            repo_id=self.repo_id,
            repo=REPO,
            waiting=lambda why, _: self.waits.append(why),
        )

    async def known(self) -> list[PastIssue]:
        """Return everything that was learned."""
        return await everything(self.store, self.repo_id)

    def asked(self) -> int:
        """Return how many pages were asked for so far."""
        return self.sim.count("GET", r"/issues(/events)?$")


async def everything(store: Store, repo_id: int) -> list[PastIssue]:
    """Return every known issue."""
    found: list[PastIssue] = []
    while some := await store.history.issues(repo_id, after=found[-1].number if found else 0):
        found += some
    return found


def plain(issues: Iterable[PastIssue]) -> list[PastIssue]:
    """Leave out what a past as it is given does not say."""
    return [replace(issue, url="", author_association="NONE") for issue in issues]


@asynccontextmanager
async def world_of(
    issues: Iterable[PastIssue], store: Store, clock: Clock | None = None
) -> AsyncIterator[World]:
    clock = clock or SystemClock()
    async with Simulator.start(clock=clock) as sim:
        sim.world.add_repo(REPO, files={"README.md": "# engine\n"})
        sim.world.seed_history(REPO, issues)
        async with GitHubClient(
            app_id=sim.app_id, private_key=sim.private_key, clock=clock, api_url=sim.url
        ) as client:
            yield World(sim, client, store, clock)


@pytest.fixture
async def world(store: Store, clock: ManualClock) -> AsyncIterator[World]:
    async with world_of(past(450), store, clock) as made:
        yield made


async def test_a_past_is_known_as_it_was(world: World) -> None:
    await world.learner().run()
    assert plain(await world.known()) == list(past(450))
    progress = await world.store.history.progress(world.repo_id)
    assert progress is not None
    assert (progress.repo, progress.complete_at) == (REPO, world.clock.now())
    where = await home(world.client, *REPO.split("/"))
    assert (where.repo_id, where.installation_id) == (world.repo_id, world.installation)
    reader = PastReader(world.client, world.installation, *REPO.split("/"))
    assert await reader.newest_number() == 450
    assert world.sim.limits.breaches == []


async def test_a_repository_that_took_anothers_name_is_not_taken_for_it(store: Store, tmp_path: Path) -> None:
    issue = PastIssue(1, "t", "b", START, labels=("bug",))
    async with world_of([issue], store) as world:
        sim, ours, gone = world.sim, world.repo_id, world.repo_id + 1
        assert await home_of(world.client, ours, REPO) == await home(world.client, *REPO.split("/"))
        with pytest.raises(TriagebotError, match="another repository now"):
            await home_of(world.client, gone, REPO)
        github = GitHubSettings(app_id=sim.app_id, private_key=SecretStr(sim.private_key), api_url=sim.url)
        settings = Settings(_env_file=None, data_dir=tmp_path, github=github)
        for repo_id in (ours, gone):
            await store.history.save(repo_id, [], Progress(REPO))
        assert "bug" in {label.name for label in await refit.defined_labels(settings, store, ours) or ()}
        assert await refit.defined_labels(settings, store, gone) is None


async def test_our_own_labels_are_told_from_other_bots(store: Store, clock: ManualClock) -> None:
    async with world_of([], store, clock) as world:
        app = world.sim.app_id
        changes = (
            LabelChange("labeled", "bug", START, by_bot=True, app_id=app),
            LabelChange("labeled", "docs", START, by_bot=True),
            LabelChange("labeled", "cli", START),
        )
        issue = PastIssue(1, "t", "b", START, labels=("bug", "docs", "cli"), changes=changes)
        world.sim.world.seed_history(REPO, [issue])
        await world.learner().run()
        [found] = await world.known()
        assert found.changes == changes


async def test_cut_off_after_any_page_nothing_is_read_twice_or_left_out(world: World) -> None:
    for steps in itertools.count(1):  # more each time: a run begins by looking whether issues have changed
        learner = world.learner()
        if None in [await learner.step() for _ in range(steps)]:
            break
    assert plain(await world.known()) == list(past(450))
    events = sum(len(issue.events) for issue in world.sim.world.repo(REPO).issues.values())
    assert world.sim.count("GET", "/issues/events$") == math.ceil(events / 100)
    assert world.sim.count("GET", "/issues$") <= math.ceil(450 / 99) + steps


async def test_a_later_run_reads_only_what_is_new(world: World) -> None:
    await world.learner().run()
    before, asked = await world.known(), world.asked()
    await world.clock.sleep(3600)
    label = before[6].labels[0]
    world.sim.world.remove_label(REPO, 7, label, by="maintainer")
    world.sim.world.edit_issue(REPO, 9, by="maintainer", title="A better title")
    world.sim.world.open_issue(REPO, "hubot", "A new one")
    await world.learner().run()
    assert world.asked() - asked == 2
    known = {issue.number: issue for issue in await world.known()}
    assert known[7].labels == before[6].labels[1:]
    assert (known[7].changes or ())[-1].action == "unlabeled"
    assert (known[9].title, known[451].title) == ("A better title", "A new one")
    assert [known[n] for n in range(10, 450)] == before[9:449]


async def test_an_issue_that_changes_while_we_read_is_not_skipped(world: World) -> None:
    learner, number = world.learner(), 0
    while await learner.step() is not None:
        number += 1
        world.sim.world.add_label(REPO, number, "touched", by="maintainer")
    await world.learner().run()
    known = await world.known()
    assert len(known) == 450
    assert [issue.number for issue in known if "touched" in issue.labels] == list(range(1, number + 1))


async def test_many_changed_in_one_second_are_all_read(store: Store, clock: ManualClock) -> None:
    same = [replace(issue, updated_at=START + timedelta(days=99)) for issue in past(350)]
    later = [
        replace(issue, number=issue.number + 350, updated_at=START + timedelta(days=100)) for issue in past(5)
    ]
    async with world_of([*same, *later], store, clock) as world:
        await world.learner().run()
        assert len(await world.known()) == 355


async def test_a_fifth_of_the_hours_requests_is_left_alone(world: World) -> None:
    limits = world.sim.limits
    limits.hourly = least = 10

    def watch(phase: str, record: RequestRecord) -> None:
        nonlocal least
        if phase == "answered":
            least = min(least, limits.hourly - limits.account(world.installation).used)

    world.sim.on_request = watch
    began = world.clock.now()
    await world.learner().run()
    assert least == limits.hourly * RESERVE
    assert world.clock.now() - began > timedelta(hours=1)
    assert "the rest of this hour's requests is for the bot's own work" in world.waits
    assert limits.breaches == []
    assert plain(await world.known()) == list(past(450))


async def test_limits_and_errors_are_waited_out(world: World) -> None:
    for nth, kind in enumerate(("error_before", "limit_403", "limit_429", "reset_before", "limit_primary")):
        world.sim.faults.add(Fault(kind, method="GET", path="/issues", nth=nth * 2 + 1))
    await world.learner().run()
    assert plain(await world.known()) == list(past(450))
    assert [breach.rule for breach in world.sim.limits.breaches] == []


async def test_a_github_that_stays_away_ends_it_and_what_was_read_stays(world: World) -> None:
    learner = world.learner()
    await learner.step()
    world.sim.faults.add(Fault("error_before", method="GET", path="/issues", times=TRIES))
    with pytest.raises(Unavailable):
        await learner.step()
    assert len(await world.known()) == 100
    await learner.run()
    assert plain(await world.known()) == list(past(450))


async def test_events_that_github_shows_no_more_are_done_without(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_issues, "DEEPEST", 300)
    await world.learner().run()
    known = await world.known()
    assert len(known) == 450
    assert known[0].changes is None  # its label counts as a person's
    assert known[-1].changes is not None
    progress = await world.store.history.progress(world.repo_id)
    assert progress is not None
    assert progress.complete_at is not None


async def test_killed_again_and_again_it_ends_as_if_never_killed(settings: Settings, tmp_path: Path) -> None:
    """`triagebot learn` itself, killed with SIGKILL before, while and after GitHub answers."""
    store = open_store(settings)
    moments = ["received", "committed", "answered"]
    async with world_of(past(500), store) as world:
        around = environment(world.sim, settings, tmp_path)
        running: list[asyncio.subprocess.Process] = []
        seen: Counter[str] = Counter()

        def kill(phase: str, record: RequestRecord) -> None:
            if record.path.endswith(("/issues", "/issues/events")):
                seen[phase] += 1
                if moments and phase == moments[0] and seen[phase] >= 4 and running:
                    running.pop().kill()

        world.sim.on_request = kill
        while moments:
            seen.clear()
            process = await learn(around)
            running[:] = [process]
            await process.communicate()
            assert process.returncode == -9
            moments.pop(0)
        process = await learn(around)
        output, _ = await process.communicate()
        assert process.returncode == 0
        said: dict[str, Any] = json.loads(output)
        assert (said["repo"], said["issues"], said["complete"]) == (REPO, 500, True)
        assert plain(await world.known()) == list(past(500))
        assert world.sim.limits.breaches == []
    store.close()


def environment(sim: Simulator, settings: Settings, folder: Path) -> dict[str, str]:
    """Return the operator's settings for a command in front of the simulated GitHub."""
    (folder / "app.pem").write_text(sim.private_key)
    own = {
        "TRIAGEBOT_DATA_DIR": str(folder),
        "TRIAGEBOT_GITHUB__APP_ID": str(sim.app_id),
        "TRIAGEBOT_GITHUB__PRIVATE_KEY_PATH": str(folder / "app.pem"),
        "TRIAGEBOT_GITHUB__API_URL": sim.url,
        "TRIAGEBOT_EMBEDDINGS__BASE_URL": "none",
        "TRIAGEBOT_PACE": "false",
    }
    if settings.database_url:
        own["TRIAGEBOT_DATABASE_URL"] = settings.database_url
    return {**os.environ, **own}


async def learn(
    around: dict[str, str], repo: str = REPO, *, errors: bool = False
) -> asyncio.subprocess.Process:
    """Start `triagebot learn`."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "triagebot",
        "learn",
        repo,
        "--json",
        env=around,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE if errors else None,
    )
