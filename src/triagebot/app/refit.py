"""Fit one repository's models, in a process of its own: it may take a minute of a core and 300 MB.

The worker starts this process at the lowest priority and reads only its exit status. It ends with the
worker: its standard input closes, however the worker ends. Cut off anywhere, it has changed nothing, or
stored a whole model.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

import structlog

from triagebot.app.clock import SystemClock
from triagebot.app.embedder import embedder_from_settings
from triagebot.app.github import client_from_settings
from triagebot.app.parent import PARENT, end_with_parent
from triagebot.core.errors import TriagebotError
from triagebot.core.values import Label
from triagebot.github.open_issues import home_of
from triagebot.github.reader import GitHubDoor
from triagebot.ports import StoredModel
from triagebot.settings import Settings
from triagebot.store import Store, open_store

LOWEST_PRIORITY = 15

_log = structlog.get_logger()


async def in_child(repo_id: int) -> int:
    """Fit in a child process and return its exit status; cancelled, the child is ended first."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "triagebot",
        "refit",
        str(repo_id),
        stdin=asyncio.subprocess.PIPE,
        env=os.environ | {PARENT: "1"},
        start_new_session=True,  # Ctrl-C is for the parent, which then ends this one
    )
    try:
        return await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def run(settings: Settings, repo_id: int) -> bool:
    """Fit what is known of the repository; False if that is too little. Called as a child, ends with its parent."""
    if end_with_parent():
        os.nice(LOWEST_PRIORITY)
    return asyncio.run(_run(settings, repo_id))


async def _run(settings: Settings, repo_id: int) -> bool:
    store = open_store(settings)
    try:
        return await refit(settings, store, repo_id) is not None
    finally:
        store.close()


async def refit(settings: Settings, store: Store, repo_id: int) -> StoredModel | None:
    """Fit and store the repository's models; None, and the ones of before stay, if too little is known."""
    from triagebot.memory import fit

    embedder = embedder_from_settings(settings)
    labels = await defined_labels(settings, store, repo_id)
    if labels is None:
        labels = await fit.carried(store.history, repo_id)
    now = SystemClock().now()
    await fit.fit_voices(store.history, repo_id, now=now)
    return await fit.fit_labels(
        store.history, repo_id, labels, embedder=embedder.name if embedder else None, now=now
    )


async def defined_labels(settings: Settings, store: Store, repo_id: int) -> Sequence[Label] | None:
    """Return the labels that the repository defines; None if GitHub cannot be asked now."""
    progress = await store.history.progress(repo_id)
    if progress is None or "/" not in progress.repo:
        return None
    try:
        async with client_from_settings(settings, SystemClock()) as client:
            found = await home_of(client, repo_id, progress.repo)
            return await GitHubDoor(client).reader(found.installation_id, found.owner, found.name).labels()
    except TriagebotError as error:
        _log.warning("the labels that issues carry are learned, without descriptions", error=str(error))
        return None
