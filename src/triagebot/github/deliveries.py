"""What GitHub tried to deliver: listed and sent again, for the sweep of missed deliveries.

GitHub never redelivers by itself, keeps a record for about three days, and lists the newest first.
See "REST API endpoints for GitHub App webhooks".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triagebot.github import parse
from triagebot.github.client import AS_APP, GitHubClient
from triagebot.github.outcome import Reply

_MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class HookAttempt:
    """One attempt to deliver. A redelivery has an `id` of its own and the same `delivery_id`."""

    id: int
    delivery_id: str
    delivered_at: datetime
    redelivery: bool
    succeeded: bool
    refused: bool
    event: str
    installation_id: int


class HookDeliveries:
    """Lists and repeats the App's webhook deliveries."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    async def list(self, since: datetime) -> list[HookAttempt]:
        """Return every attempt since then, newest first."""
        found: list[HookAttempt] = []
        url: str | None = "/app/hook/deliveries?per_page=100"
        for _ in range(_MOST_PAGES):
            if url is None:
                break
            reply: Reply = await self._client.send("GET", url, AS_APP)
            attempts = [_attempt(thing) for thing in reply.json() or [] if isinstance(thing, dict)]
            found += [attempt for attempt in attempts if attempt.delivered_at >= since]
            if not attempts or attempts[-1].delivered_at < since:
                break
            url = self._client.following(reply)
        return found

    async def redeliver(self, attempt_id: int) -> None:
        """Ask GitHub to send a delivery again; it arrives with the same delivery id.

        Asking twice is harmless, since a delivery id is worked only once.
        """
        path = f"/app/hook/deliveries/{attempt_id}/attempts"
        await self._client.send("POST", path, AS_APP, repeatable=True)


def _attempt(thing: parse.Json) -> HookAttempt:
    status = parse.number(thing, "status_code")
    return HookAttempt(
        id=parse.number(thing, "id"),
        delivery_id=parse.text(thing, "guid"),
        delivered_at=parse.time(thing, "delivered_at"),
        redelivery=thing.get("redelivery") is True,
        succeeded=200 <= status < 300,
        refused=400 <= status < 500,
        event=parse.text(thing, "event"),
        installation_id=parse.number(thing, "installation_id"),
    )
