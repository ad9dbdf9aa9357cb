"""A simulated repository with very many open issues that people talk about, and a memory that knows them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.github import words
from triagebot.core.history import LabelChange, PastIssue
from triagebot.core.values import Label
from triagebot.memory import fit
from triagebot.memory.minilm import MiniLM
from triagebot.ports import Progress, Vectors
from triagebot.settings import Settings
from triagebot.simulator import Simulator
from triagebot.store import Store, open_store

REPO = "octo/engine"
TELLING = {
    "bug": "crash traceback segfault exception broken",
    "enhancement": "please add support option would be nice",
    "documentation": "typo readme tutorial page sentence",
}
START = datetime(2020, 1, 1, tzinfo=UTC)
LEARNED = 1_500
"""How many issues, the newest, are closed and carry people's labels; the model learns from these."""
WIDTH = 768
"""Numbers of a vector of the local embedder."""


def issues(count: int, *, labelled: int) -> list[PastIssue]:
    """Return issues of some 600 characters: so many open ones, then the closed ones that people labelled."""
    dice, found = random.Random(3), []
    for number in range(1, count + labelled + 1):
        label = dice.choice(list(TELLING))
        at, old = START + timedelta(minutes=30 * number), number > count
        found.append(
            PastIssue(
                number=number,
                title=f"{dice.choice(TELLING[label].split())} {words(dice, 30)}",
                body=f"{TELLING[label]} {words(dice, 600)}",
                created_at=at,
                updated_at=at,
                labels=(label,) if old else (),
                changes=(LabelChange("labeled", label, at),) if old else (),
                state="closed" if old else "open",
                closed_at=at if old else None,
            )
        )
    return found


async def prepared(
    folder: Path, simulator: Simulator, past: list[PastIssue], *, vectors: bool = False
) -> dict[str, str]:
    """Put the issues on the simulated GitHub and into the memory; return the operator's settings.

    With `vectors` each has made-up ones of the local embedder, as after `triagebot learn`.
    """
    repo = simulator.world.add_repo(REPO, labels=list(TELLING))
    simulator.world.seed_history(REPO, past)
    for one in past:
        if not one.labels:
            simulator.world.comment(REPO, one.number, "mona", "Me too.")
    url = f"{simulator.url}/{REPO}/issues"
    store = open_store(Settings(data_dir=folder))
    try:
        known = [replace(one, url=f"{url}/{one.number}") for one in past]
        progress, named = Progress(REPO, complete_at=datetime.now(UTC)), [Label(name) for name in TELLING]
        await store.history.save(repo.id, [one for one in known if one.labels], progress)
        model = await fit.fit_labels(store.history, repo.id, named, embedder=None, now=datetime.now(UTC))
        assert model is not None
        await store.history.save(repo.id, [one for one in known if not one.labels], progress)
        if vectors:
            await _vectors(store, repo.id, [one.number for one in known])
    finally:
        store.close()
    key = folder / "app.pem"
    key.write_text(simulator.private_key)
    return {
        "TRIAGEBOT_DATA_DIR": str(folder),
        "TRIAGEBOT_GITHUB__API_URL": simulator.url,
        "TRIAGEBOT_GITHUB__APP_ID": str(simulator.app_id),
        "TRIAGEBOT_GITHUB__PRIVATE_KEY_PATH": str(key),
        "TRIAGEBOT_GITHUB__WEBHOOK_SECRET": simulator.webhook_secret,
        "TRIAGEBOT_EMBEDDINGS__BASE_URL": "local" if vectors else "none",
        "TRIAGEBOT_LEARN": "off",
        "OMP_NUM_THREADS": "1",
    }


async def _vectors(store: Store, repo_id: int, numbers: list[int]) -> None:
    dice = np.random.default_rng(0)
    for start in range(0, len(numbers), 5_000):
        some = np.array(numbers[start : start + 5_000], np.int64)
        titles, bodies = dice.normal(size=(2, len(some), WIDTH)).astype(np.float32) / WIDTH**0.5
        await store.history.save_vectors(repo_id, Vectors(MiniLM().name, some, titles, bodies))
