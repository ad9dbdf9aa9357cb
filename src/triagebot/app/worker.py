"""The worker process: everything that works on stored deliveries, put together."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog

from triagebot import handlers
from triagebot.app import background, logs
from triagebot.app.clock import SystemClock
from triagebot.app.embedder import embedder_from_settings, load
from triagebot.app.github import client_from_settings
from triagebot.app.workspaces import workspaces_from_settings
from triagebot.core.errors import GitHubError, Refused, SettingsError
from triagebot.github.client import AS_APP, GitHubClient, segment
from triagebot.github.deliveries import HookDeliveries
from triagebot.github.executor import ActionExecutor
from triagebot.github.governor import WriteGovernor
from triagebot.github.points import COMMAND, WORKERS
from triagebot.github.reader import GitHubDoor
from triagebot.jobs import worker
from triagebot.jobs.planner import Planner
from triagebot.llm.configured import models_from_settings
from triagebot.memory.repository import Memories
from triagebot.ports import Clock, StoredDelivery
from triagebot.routing import discover
from triagebot.settings import PREFIX, Settings
from triagebot.store import Store, open_store

_log = structlog.get_logger()


async def work(settings: Settings) -> None:
    """Work on stored deliveries until SIGTERM or SIGINT; steps under way are ended first."""
    store = open_store(settings)
    try:
        clock = SystemClock()
        memories = memories_from_settings(settings, store, clock)
        await load(memories.embedder)
        async with planning(settings, store, memories=memories, wait=True) as (planner, client):
            executor = ActionExecutor(
                client,
                store.ledger,
                WriteGovernor(store.turns, store.claims, clock),
                secrets=settings.github.secrets(),
            )
            await worker.work(
                worker.Parts(
                    settings=settings,
                    store=store,
                    planning=planner,
                    executor=executor,
                    clock=clock,
                    missed=HookDeliveries(client),
                    redact=planner.redact,
                    background=background.loops(settings, store, memories, client, clock),
                )
            )
    finally:
        store.close()


def memories_from_settings(
    settings: Settings, store: Store, clock: Clock, *, searches: bool = True
) -> Memories:
    """Return what was learned, as it lies in the store; with the operator's embedder."""
    return Memories(
        store.history,
        store.growth,
        clock,
        embedder=embedder_from_settings(settings),
        app_id=settings.github.app_id,
        searches=searches,
    )


@asynccontextmanager
async def planning(
    settings: Settings, store: Store, *, memories: Memories | None = None, wait: bool = False
) -> AsyncGenerator[tuple[Planner, GitHubClient]]:
    """Give a planner and the client it reads GitHub with; both end with the block, and so does the embedder.

    With `wait`, a GitHub that does not answer is asked again until it does. Raises `SettingsError` if
    the App's credentials are missing or GitHub does not take them.
    """
    clock = SystemClock()
    client = client_from_settings(settings, clock, reads=WORKERS if wait else COMMAND)
    models = models_from_settings(settings, store.usage, clock)
    memories = memories or memories_from_settings(settings, store, clock)
    redact = logs.redactor(settings).redact
    try:
        planner = Planner(
            registry=discover(handlers, prefix=settings.command_prefix),
            github=GitHubDoor(client),
            models=models,
            memory=memories,
            records=store.records,
            clock=clock,
            redact=redact,
            app_slug=await _slug(client, clock, wait=wait),
            app_id=settings.github.app_id,
            workspaces=await workspaces_from_settings(settings, client, redact),
        )
        yield planner, client
    finally:
        await client.close()
        await models.close()
        if memories.embedder is not None:
            await memories.embedder.close()


async def _slug(client: GitHubClient, clock: SystemClock, *, wait: bool) -> str:
    """Return the App's name in mentions. A worker without it would miss commands, so it waits."""
    pause = 1.0
    while True:
        try:
            return str((await client.get(AS_APP, "/app")).json()["slug"])
        except GitHubError as error:
            if isinstance(error, Refused) or error.status == 401:
                raise SettingsError(
                    f"GitHub does not take the App's credentials ({error}). Check {PREFIX}GITHUB__APP_ID, the private "
                    f"key and {PREFIX}GITHUB__API_URL; stored deliveries are kept."
                ) from None
            if not wait:
                raise
            _log.warning("GitHub does not answer; stored deliveries wait", error=str(error), again_in=pause)
            await clock.sleep(pause)
            pause = min(pause * 2, 60)


async def as_if_opened(client: GitHubClient, owner: str, name: str, number: int) -> StoredDelivery:
    """Return the delivery that GitHub would send if this issue or pull request were opened now."""
    base = f"/repos/{segment(owner)}/{segment(name)}"
    installation = int((await client.get(AS_APP, f"{base}/installation")).json()["id"])
    repository = (await client.get(installation, base)).json()
    issue = (await client.get(installation, f"{base}/issues/{number}")).json()
    kind, thing = "issues", {"issue": issue}
    if issue.get("pull_request"):
        kind, thing = (
            "pull_request",
            {"pull_request": (await client.get(installation, f"{base}/pulls/{number}")).json()},
        )
    payload = {
        "action": "opened",
        "installation": {"id": installation},
        "repository": repository,
        "sender": issue.get("user"),
        **thing,
    }
    return StoredDelivery(
        id=f"dry-run-{number}",
        event=f"{kind}.opened",
        installation_id=installation,
        repo_id=int(repository["id"]),
        repo=f"{owner}/{name}",
        subject_key="",
        received_at=datetime.now(UTC),
        state="stored",
        payload=json.dumps(payload).encode(),
    )
