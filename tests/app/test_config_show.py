"""`triagebot config show`: the value in effect of each key, where it comes from, and labels that lost their trust."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from triagebot.app import config_show
from triagebot.core.errors import ConfigError, TriagebotError
from triagebot.core.history import LabelChange, PastIssue
from triagebot.settings import Settings
from triagebot.simulator import Simulator
from triagebot.store import open_store

REPO = "octo/parser"
OWN = """\
triage:
  labels:
    precision: 0.95
    per_label: {"good first issue": suggest}
"""
SHARED = """\
triage:
  labels: {precision: 0.8, allow: ["bug", "docs*"]}
commands: {triage: write}
"""


@pytest.fixture
async def simulator():
    async with Simulator.start(pacing=False) as found:
        found.world.add_repo(
            REPO, labels=["bug", "docs", "good first issue"], files={".github/triagebot.yml": OWN}
        )
        found.world.add_repo("octo/.github", files={"triagebot.yml": SHARED})
        yield found


def settings(simulator: Simulator, folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=folder,
        github={
            "app_id": simulator.app_id,
            "private_key": simulator.private_key,
            "webhook_secret": "s",
            "api_url": simulator.url,
        },
        embeddings={"base_url": "none"},
    )


async def test_each_key_says_where_it_comes_from(simulator: Simulator, tmp_path: Path):
    found = await config_show.show(settings(simulator, tmp_path), "octo/PARSER")
    assert found.repo == REPO
    keys = {one.key: (one.value, one.source) for one in found.keys}
    assert keys["triage.labels.precision"] == (0.95, "repository")
    assert keys["triage.labels.per_label.good first issue"] == ("suggest", "repository")
    assert keys["triage.labels.allow"] == (["bug", "docs*"], "organisation")
    assert keys["commands.triage"] == ("write", "organisation")
    assert keys["triage.labels.mode"] == ("auto", "default")
    assert keys["budget.tokens_per_day"] == (2_000_000, "default")


async def test_a_label_that_people_keep_taking_off_is_shown_as_demoted(simulator: Simulator, tmp_path: Path):
    now, known = datetime.now(UTC), settings(simulator, tmp_path)
    on = LabelChange("labeled", "bug", now - timedelta(days=9), by_bot=True, app_id=simulator.app_id)
    off = LabelChange("unlabeled", "bug", now - timedelta(days=8))
    past = [PastIssue(n, "It crashes", "", on.at, (), (on, off) if n <= 6 else (on,)) for n in range(1, 13)]
    store = open_store(known)
    try:
        await store.history.save(simulator.world.repo(REPO).id, past)
    finally:
        store.close()
    found = await config_show.show(known, REPO)
    rows = {row.label: (row.configured, row.effective, row.source) for row in found.labels}
    assert rows == {
        "bug": ("auto", "suggest", "demoted: kept 6 of 12"),
        "good first issue": ("off", "off", "configured"),  # not among those allowed
    }
    out = Console(width=120, record=True, file=None, quiet=True)
    found.show(out)
    assert found.as_json()["labels"][0]["taken_off"] == 6


async def test_mistakes_are_said_with_their_line(simulator: Simulator, tmp_path: Path):
    simulator.world.add_repo("octo/wrong", files={".github/triagebot.yml": "triage:\n  lables: {}\n"})
    with pytest.raises(ConfigError, match=r"triagebot.yml:2:3: unknown key `lables`, did you mean `labels`"):
        await config_show.show(settings(simulator, tmp_path), "octo/wrong")
    for name in ("octo", "octo/", "octo/no/such", "octo/unknown"):
        with pytest.raises(TriagebotError):
            await config_show.show(settings(simulator, tmp_path), name)
