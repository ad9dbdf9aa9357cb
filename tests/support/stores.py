"""Stores for tests: on a SQLite file and on a real Postgres, empty, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.clock import ManualClock

from triagebot.settings import Settings
from triagebot.store import Store, open_store


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings for an empty database of each kind."""
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    return Settings(data_dir=tmp_path, database_url=url)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
def store(settings: Settings, clock: ManualClock) -> Iterator[Store]:
    """An open store."""
    opened = open_store(settings, now=clock.now)
    yield opened
    opened.close()
