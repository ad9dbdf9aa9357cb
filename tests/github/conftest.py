"""The lab that the tests of `triagebot.github` work in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.github_lab import Lab, lab_at


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    async with lab_at(tmp_path) as lab:
        yield lab
