"""The workspaces of this computer, by the operator's settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import structlog

from triagebot.core.errors import WorkspaceError
from triagebot.github.client import GitHubClient
from triagebot.github.contents import CloneAddresses
from triagebot.memory.localize import Localization
from triagebot.settings import Settings
from triagebot.workspace.repositories import GitWorkspaces

_log = structlog.get_logger()


async def workspaces_from_settings(
    settings: Settings, client: GitHubClient, redact: Callable[[str], str]
) -> GitWorkspaces | None:
    """Return the workspaces, what an earlier worker left behind cleared away; None where there is no git."""
    if shutil.which("git") is None:
        _log.warning("There is no git on this computer: code is read over the API, and nothing is fixed")
        return None
    workspaces = GitWorkspaces(
        settings.mirrors.folder or settings.data_dir,
        CloneAddresses(client, settings.github.api_url),
        redact=redact,
        verify=settings.verify,
        mirrors=settings.mirrors,
        private=(settings.data_dir,),
        localizer=Localization(),
    )
    try:
        await workspaces.sweep()
    except WorkspaceError as error:
        _log.warning("Old work folders stay", error=str(error))
    return workspaces
