"""Deliveries as the webhook hands them to the store."""

from __future__ import annotations

from datetime import UTC, datetime

from triagebot.ports import StoredDelivery


def new(
    number: int,
    *,
    repo: int = 1,
    subject: str | None = None,
    installation: int = 7,
    event: str = "issues.opened",
) -> StoredDelivery:
    """Return a delivery as the webhook hands it over."""
    return StoredDelivery(
        id=f"d{number}",
        event=event,
        installation_id=installation,
        repo_id=repo,
        repo=f"octo/r{repo}",
        subject_key=f"S{number}" if subject is None else subject,
        received_at=datetime.now(UTC),
        state="stored",
        payload=b"{}",
    )
