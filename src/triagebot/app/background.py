"""What a worker does beside the jobs: missing vectors, fits that are due, pasts to be read, its share of reads.

Each loop takes small steps, keeps nothing in memory between them, and is safe to cut off anywhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from triagebot.app import refit
from triagebot.github.client import GitHubClient
from triagebot.github.history import PastReader
from triagebot.github.open_issues import home_of
from triagebot.github.points import WORKERS
from triagebot.jobs.lease import Leases
from triagebot.jobs.reading import APART, Reading
from triagebot.jobs.reaper import SILENT
from triagebot.jobs.refitting import Refitting
from triagebot.jobs.worker import Loop, Step
from triagebot.memory.repository import Memories
from triagebot.ports import Clock, HistoryReader
from triagebot.settings import Settings
from triagebot.store import Store

BREATH = timedelta(milliseconds=500)
"""The pause between two steps of a loop that may have much to do: deliveries come first."""
LOOK = timedelta(seconds=5)


def loops(
    settings: Settings, store: Store, memories: Memories, client: GitHubClient, clock: Clock
) -> list[Loop]:
    """Return the loops: a name, a step, and the pause after it."""
    leases = Leases(store.marks, clock)
    embedder = memories.embedder
    refitting = Refitting(
        store.history,
        store.growth,
        leases,
        clock,
        fit=refit.in_child,
        embedder=embedder.name if embedder else None,
        waits_for_past=settings.learn == "auto",
        behind=memories.behind,
    )
    found: list[Loop] = [("refit", refitting.step, LOOK)]
    if settings.pace:
        found.append(("share", _sharing(store, client, clock), LOOK))
    if embedder is not None:
        from triagebot.jobs.embedding import Embedding  # with numpy

        found.append(("embed", Embedding(store.history, embedder, leases, clock).step, BREATH))
    if settings.learn == "auto":
        reading = Reading(store.history, leases, clock, _opening(client), apart=APART if settings.pace else 0)
        found.append(("learn", reading.step, LOOK))
    return found


def _sharing(store: Store, client: GitHubClient, clock: Clock) -> Step:
    """Divide the workers' reads among those that live."""

    async def step() -> None:
        living = await store.workers.count(since=clock.now() - SILENT)
        client.reads.a_minute = max(1, WORKERS // max(1, living))

    return step


def _opening(client: GitHubClient) -> Callable[[int, str], Awaitable[HistoryReader]]:
    async def opened(repo_id: int, repo: str) -> HistoryReader:
        where = await home_of(client, repo_id, repo)
        return PastReader(client, where.installation_id, where.owner, where.name)

    return opened
