"""The App's own client for GitHub, by the operator's settings."""

from __future__ import annotations

import httpx

from triagebot.core.errors import SettingsError
from triagebot.github.client import GitHubClient
from triagebot.github.points import COMMAND
from triagebot.ports import Clock
from triagebot.settings import PREFIX, Settings


def client_from_settings(settings: Settings, clock: Clock, *, reads: int = COMMAND) -> GitHubClient:
    """Return a client, to be closed; `SettingsError` if the App's id, key or GitHub's address is none."""
    if settings.github.app_id is None:
        raise SettingsError(
            f"No App id. Set {PREFIX}GITHUB__APP_ID to the number on your App's settings page."
        )
    try:
        return GitHubClient(
            app_id=settings.github.app_id,
            private_key=settings.github.key(),
            clock=clock,
            api_url=settings.github.api_url,
            reads=reads if settings.pace else None,
        )
    except httpx.InvalidURL as error:
        raise SettingsError(f"{PREFIX}GITHUB__API_URL is no address: {error}.") from None
