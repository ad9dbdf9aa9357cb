"""What tests of parsing share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from triagebot.core.code import apart


@pytest.fixture
def impatient_parser(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no request take more than a fifth of a second of processor time."""
    apart.close()
    monkeypatch.setattr(apart, "SECONDS", 0.2)
    yield
    apart.close()
