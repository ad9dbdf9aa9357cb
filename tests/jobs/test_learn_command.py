"""What `triagebot learn` says, and that it stops in order and forgets when told to."""

from __future__ import annotations

import io
import json
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from rich.console import Console
from tests.jobs.test_learning import REPO, environment, everything, learn, world_of
from tests.support.pasts import past

from triagebot.app import learn as work
from triagebot.app.learn import Outcome
from triagebot.app.learn_screen import Bar, lines
from triagebot.core.errors import TriagebotError
from triagebot.settings import Settings
from triagebot.simulator import RequestRecord
from triagebot.store import open_store


async def test_stopped_with_ctrl_c_it_says_what_is_kept_and_goes_on_later(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    store = open_store(settings)
    async with world_of(past(250), store) as world:
        around = environment(world.sim, settings, tmp_path)
        process = await learn(around)

        def interrupt(phase: str, record: RequestRecord) -> None:
            if phase == "answered" and record.path.endswith("/events") and process.returncode is None:
                process.send_signal(signal.SIGINT)

        world.sim.on_request = interrupt
        output, _ = await process.communicate()
        said = json.loads(output)
        assert process.returncode == 130
        assert (said["interrupted"], said["complete"], said["issues"]) == (True, False, 250)
        assert len(await everything(store, world.repo_id)) == 250

        world.sim.on_request = None
        process = await learn(around)
        output, _ = await process.communicate()
        said = json.loads(output)
        assert process.returncode == 0
        assert (said["complete"], said["issues"]) == (True, 250)
        assert said["read"] <= 2  # those that the first one ended with
        assert said["learned_from"] == 250

        assert await work.forget(settings, REPO.upper()) == 250
        assert await store.history.repositories() == {}
        with pytest.raises(TriagebotError, match="Nothing is known"):
            await work.forget(settings, REPO)
    store.close()


async def test_a_repository_that_the_app_is_not_on_is_said(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    store = open_store(settings)
    async with world_of([], store) as world:
        process = await learn(environment(world.sim, settings, tmp_path), "octo/elsewhere", errors=True)
        _, said = await process.communicate()
        assert process.returncode == 1
        assert b"The App is not installed on octo/elsewhere" in said
    store.close()


def test_the_outcome_in_plain_words() -> None:
    whole = Outcome("o/r", issues=1200, read=1200, embedded=1190, learned_from=1000, complete=True, cut=True)
    assert "\n".join(lines(whole)) == snapshot("""\
1,200 issues and pull requests of o/r are known; 1,200 were read and 1,190 embedded now.
GitHub shows only the newest label changes of so many. Labels on older issues count as set by people.
The label model is fitted; where there are many, it goes by the newest of them.
`triagebot learn o/r` reads what has changed since.\
""")
    assert "\n".join(lines(Outcome("o/r", issues=300, read=200, interrupted=True))) == snapshot("""\
300 issues and pull requests of o/r are known; 200 were read and 0 embedded now.
Stopped. All of that is kept; `triagebot learn o/r` goes on from here.\
""")
    assert "\n".join(lines(Outcome("o/r", issues=3, read=1, complete=True))) == snapshot("""\
3 issues and pull requests of o/r are known; 1 were read and 0 embedded now.
That is too little for a label model; until there is more, labels are only suggested.
`triagebot learn o/r` reads what has changed since.\
""")


def test_without_a_terminal_there_are_lines() -> None:
    text = io.StringIO()
    with Bar(Console(file=text, width=200)) as bar:
        bar.phase("Reading")
        bar.at(1, 10)
        bar.waiting("GitHub limits the rate", datetime(2026, 1, 5, 12, 30, tzinfo=UTC))
    assert text.getvalue() == snapshot("""\
Reading …
Waiting until 12:30 UTC: GitHub limits the rate.
""")
