"""The workspaces that a worker gets: none without git, and the operator's limits with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from triagebot import settings
from triagebot.app.clock import SystemClock
from triagebot.app.workspaces import workspaces_from_settings
from triagebot.core.redact import redact
from triagebot.github.client import GitHubClient
from triagebot.simulator import Simulator


async def test_a_worker_without_git_has_no_workspaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Simulator.start(webhook_url="http://127.0.0.1:9/webhook", pacing=False) as simulator:
        client = GitHubClient(
            app_id=simulator.app_id,
            private_key=simulator.private_key,
            clock=SystemClock(),
            api_url=simulator.url,
        )
        operators = settings.load(_env_file=None, data_dir=tmp_path, github={"api_url": simulator.url})
        async with client:
            assert await workspaces_from_settings(operators, client, redact) is not None
            monkeypatch.setenv("PATH", str(tmp_path))
            assert await workspaces_from_settings(operators, client, redact) is None


def test_commands_and_folders_of_the_operator_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGEBOT_VERIFY__COMMANDS", '{"octo/one": "pytest -q", "*": "make test"}')
    monkeypatch.setenv("TRIAGEBOT_VERIFY__FOLDERS", '["/opt/tools"]')
    monkeypatch.setenv("TRIAGEBOT_MIRRORS__TOTAL_MB", "500")
    operators = settings.load(_env_file=None)
    assert operators.verify.commands == {"octo/one": "pytest -q", "*": "make test"}
    assert operators.verify.folders == [Path("/opt/tools")]
    assert operators.mirrors.total_mb == 500
