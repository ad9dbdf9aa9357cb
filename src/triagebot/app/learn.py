"""Learn a repository: read its past, turn its texts into vectors, fit its models.

Each phase keeps what it has done as it goes, so that this may be ended anywhere, in any way, and the same
command goes on from there. A service that runs on the same database is not disturbed: it finds the memory
filled. Fitting happens in a process of its own, whose memory ends with it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from triagebot.app import refit
from triagebot.app.clock import SystemClock
from triagebot.app.embedder import embedder_from_settings
from triagebot.app.github import client_from_settings
from triagebot.core.errors import ModelUnavailable, TriagebotError, Unavailable
from triagebot.github.history import PastReader
from triagebot.github.open_issues import home
from triagebot.jobs.learning import APART, Learner
from triagebot.ports import Embedder
from triagebot.settings import Settings
from triagebot.store import Store, open_store

AT_ONCE = 32
"""Issues that are embedded and saved together: some seconds of the local embedder."""


@dataclass
class Outcome:
    """How far it came. `issues` are known in all, pull requests among them; `read` were read this time.

    `unembedded` still lack vectors; the label model was fitted when
    `learned_from` issues were known, 0 if there is none.
    `cut` if GitHub shows only the newest label changes.
    """

    repo: str
    issues: int = 0
    read: int = 0
    changes: int = 0
    embedded: int = 0
    unembedded: int = 0
    learned_from: int = 0
    cut: bool = False
    complete: bool = False
    interrupted: bool = False
    seconds: float = 0.0


class Screen(Protocol):
    """Where progress is shown; `of` 0 where nobody knows."""

    def phase(self, text: str) -> None:
        """Say what begins."""

    def at(self, done: int, of: int) -> None:
        """Say how far the phase is."""

    def waiting(self, why: str, until: datetime) -> None:
        """Say why nothing happens."""


async def run(settings: Settings, repo: str, screen: Screen) -> Outcome:
    """Learn the repository and return how far that came; Ctrl-C ends it in order.

    Raises `TriagebotError` if the App is not installed there or GitHub does not answer.
    """
    owner, slash, name = repo.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise TriagebotError(f"{repo!r} is not a repository: write OWNER/NAME.")
    began, outcome = time.monotonic(), Outcome(repo)
    embedder, store = embedder_from_settings(settings), open_store(settings)
    try:
        async with client_from_settings(settings, SystemClock()) as client:
            where = await home(client, owner, name)
            outcome.repo = f"{where.owner}/{where.name}"
            work = _Work(settings, store, where.repo_id, outcome, screen)
            try:
                await work.read(PastReader(client, where.installation_id, where.owner, where.name))
                await work.embed(embedder)
                await work.fit()
                outcome.complete = True
            except asyncio.CancelledError:  # Ctrl-C
                outcome.interrupted = True
            except (ModelUnavailable, Unavailable) as error:
                raise TriagebotError(
                    f"{error} What was read so far is kept; `triagebot learn {outcome.repo}` goes on from there."
                ) from error
            await work.count()
    finally:
        store.close()
        if embedder is not None:
            await embedder.close()
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome


async def forget(settings: Settings, repo: str) -> int:
    """Drop everything that is known of the repository, and return how many issues that were."""
    store = open_store(settings)
    try:
        for repo_id, progress in (await store.history.repositories()).items():
            if progress.repo.lower() == repo.lower():
                return await store.history.forget(repo_id)
    finally:
        store.close()
    raise TriagebotError(f"Nothing is known of {repo}, so there is nothing to forget.")


@dataclass(frozen=True)
class _Work:
    settings: Settings
    store: Store
    repo_id: int
    outcome: Outcome
    screen: Screen

    async def read(self, reader: PastReader) -> None:
        """Read what is new since the last time: everything, the first time."""
        self.screen.phase("Reading issues and pull requests")
        known, newest = await self.store.history.count(self.repo_id), await reader.newest_number()
        learner = Learner(
            self.store.history,
            reader,
            SystemClock(),
            repo_id=self.repo_id,
            repo=self.outcome.repo,
            apart=APART if self.settings.pace else 0,
            waiting=self.screen.waiting,
        )
        phase = "issues"
        while (step := await learner.step()) is not None:
            if step.phase == "issues":
                self.outcome.read += step.read
                self.screen.at(min(known + self.outcome.read, newest), newest)
                continue
            if phase == "issues":
                phase = "changes"
                self.screen.phase("Reading who changed their labels")
            self.outcome.changes += step.read
            self.outcome.cut |= step.cut
            self.screen.at(step.page, step.pages)

    async def embed(self, embedder: Embedder | None) -> None:
        """Give every issue its vectors, the newest first."""
        if embedder is None:
            return
        done = await self.store.growth.vector_count(self.repo_id, embedder.name)
        of = await self.store.history.count(self.repo_id)
        missing = await self.store.history.without_vectors(self.repo_id, embedder.name, limit=AT_ONCE)
        if not missing:
            return
        from triagebot.memory.embedded import vectors_of

        self.screen.phase(f"Embedding their texts with {embedder.name}")
        while missing:
            await self.store.history.save_vectors(self.repo_id, await vectors_of(embedder, missing))
            self.outcome.embedded += len(missing)
            self.screen.at(min(done + self.outcome.embedded, of), of)
            missing = await self.store.history.without_vectors(self.repo_id, embedder.name, limit=AT_ONCE)

    async def fit(self) -> None:
        """Fit the label model anew."""
        self.screen.phase("Fitting the label model")
        if status := await refit.in_child(self.repo_id):
            raise TriagebotError(
                f"The label model could not be fitted (exit status {status}, the reason is above); what was read "
                f"is kept, and the model of before stays in use."
            )

    async def count(self) -> None:
        """Note what is known now."""
        model = await self.store.growth.model_head(self.repo_id, "labels")
        embedder = embedder_from_settings(self.settings)
        self.outcome.issues = await self.store.history.count(self.repo_id)
        self.outcome.learned_from = model.learned_from if model else 0
        if embedder is not None:
            vectors = await self.store.growth.vector_count(self.repo_id, embedder.name)
            self.outcome.unembedded = max(0, self.outcome.issues - vectors)
