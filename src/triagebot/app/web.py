"""The web process: the database's inbox behind the webhook, and nothing that works on deliveries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from triagebot import __version__, handlers
from triagebot.routing import discover
from triagebot.settings import Settings
from triagebot.store import Store, open_store
from triagebot.web.health import Check
from triagebot.web.server import create_app, is_loopback, server

WORKER_SILENT = timedelta(seconds=30)
"""A worker says that it lives every few seconds; after this long without, something is wrong."""


async def serve(settings: Settings) -> None:
    """Take deliveries until SIGTERM or SIGINT."""
    secrets = settings.github.secrets()
    store = open_store(settings, first=True)
    try:
        app = create_app(
            inbox=store.inbox,
            secrets=secrets,
            wants=discover(handlers, prefix=settings.command_prefix).wants,
            checks={"database": _database(store), "worker": _worker(store)},
            depths=store.deliveries.counts,
            version=__version__,
            local=is_loopback(settings.host),
        )
        await server(app, host=settings.host, port=settings.port).serve()
    finally:
        store.close()


def _database(store: Store) -> Check:
    async def check() -> tuple[bool, str]:
        await store.database.write(lambda _connection: None)
        return True, "takes writes"

    return check


def _worker(store: Store) -> Check:
    async def check() -> tuple[bool, str]:
        beat = await store.workers.last_beat()
        if beat is None:
            return False, "no worker has started: deliveries are stored, but wait"
        silent = datetime.now(UTC) - beat
        if silent > WORKER_SILENT:
            return False, f"no worker for {silent.total_seconds():.0f} s: deliveries are stored, but wait"
        return True, "working"

    return check
