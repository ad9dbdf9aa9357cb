"""`triagebot eval duplicates`: measure the search for earlier issues, over a database that is thrown away."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from triagebot.core.history import PastIssue
from triagebot.memory import evaluate_duplicates
from triagebot.ports import Embedder, History, Vectors
from triagebot.settings import Settings
from triagebot.store import open_store


def run(
    issues: Sequence[PastIssue], pairs: Sequence[tuple[int, int]], embedder: Embedder | None, console: Console
) -> dict[str, Any]:
    """Return what `evaluate_duplicates.evaluate` does, the seconds with those of the vectors; shows progress."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Settings(data_dir=Path(folder)))
        try:
            found = asyncio.run(_measure(store.history, issues, pairs, embedder, console))
        finally:
            store.close()
    return found | {"seconds": round(time.perf_counter() - began, 1)}


async def _measure(
    history: History,
    issues: Sequence[PastIssue],
    pairs: Sequence[tuple[int, int]],
    embedder: Embedder | None,
    console: Console,
) -> dict[str, Any]:
    needed = evaluate_duplicates.needed(issues, pairs)
    vectors: Vectors | None = None
    if embedder is not None:
        with Progress(console=console) as progress:
            bar = progress.add_task("vectors", total=len(needed))
            vectors = await evaluate_duplicates.embed(
                embedder, needed, lambda done, _: progress.update(bar, completed=done)
            )
    return await evaluate_duplicates.evaluate(history, needed, pairs, vectors)
