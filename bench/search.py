"""How long the search for earlier issues takes, on one core: `OMP_NUM_THREADS=1 python -m bench.search [ISSUES]`.

The issues are made up, with words as often as in real text (Zipf over 200,000 words) and vectors at
random; each is asked with words of another, as a duplicate has. Prints one JSON object, milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from triagebot.core.history import PastIssue
from triagebot.memory import similar
from triagebot.ports import Vectors
from triagebot.settings import Settings
from triagebot.store import Store, open_store

ISSUES, ASKED, REPO, WIDTH = 100_000, 200, 1, 384
VOCABULARY = 200_000
START = datetime(2020, 1, 1, tzinfo=UTC)


def main() -> None:
    """Fill a database, ask it, print."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ISSUES
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Settings(data_dir=Path(folder)))
        found = asyncio.run(_measure(store, count))
        store.close()
        found["database_mb"] = round(sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6)
        print(json.dumps(found, indent=1))


async def _measure(store: Store, count: int) -> dict[str, Any]:
    dice = random.Random(3)
    draw = np.random.default_rng(3)
    words = [_word(i) for i in range(VOCABULARY)]
    often = np.cumsum(1 / (np.arange(VOCABULARY) + 2.7))
    often /= often[-1]
    began = time.perf_counter()
    for start in range(0, count, 1000):
        numbers = range(start + 1, min(start + 1000, count) + 1)
        await store.history.save(REPO, [_issue(number, words, often, draw) for number in numbers])
    filling = time.perf_counter() - began
    titles, bodies = (_matrix(count, draw) for _ in range(2))
    vectors = Vectors("random", np.arange(1, count + 1), titles, bodies)
    seconds: dict[str, list[float]] = {}
    for number in dice.sample(range(count // 2, count), ASKED):
        await _ask(store, number, words, often, draw, vectors, seconds)
    return {
        "issues": count,
        "fill_seconds": round(filling, 1),
        **{f"{part}_p50": round(1000 * statistics.median(took), 1) for part, took in seconds.items()},
        "all_p95": round(1000 * statistics.quantiles(seconds["all"], n=20)[-1], 1),
    }


async def _ask(
    store: Store,
    number: int,
    words: Any,
    often: Any,
    draw: Any,
    vectors: Vectors,
    seconds: dict[str, list[float]],
) -> None:
    """Ask with an issue that shares words with an earlier one, whole and part by part."""
    twin = (await store.history.some(REPO, [number]))[number]
    own = (_matrix(1, draw)[0], _matrix(1, draw)[0])
    fresh = _issue(10**7 + number, words, often, draw)
    half = twin.body.split()
    asked = PastIssue(
        fresh.number, twin.title, " ".join(half[: len(half) // 3]) + " " + fresh.body, fresh.created_at
    )
    text = f"{asked.title}\n{asked.body}"

    async def near() -> list[int]:
        return similar.near(vectors, own, limit=similar.NEAR)

    await _timed(seconds, "words", lambda: store.history.find(REPO, text, limit=similar.BY_WORDS))
    await _timed(seconds, "vectors", near)
    await _timed(seconds, "all", lambda: similar.earlier(store.history, REPO, asked, vectors, own))


async def _timed(seconds: dict[str, list[float]], part: str, work: Callable[[], Awaitable[object]]) -> None:
    began = time.perf_counter()
    await work()
    seconds.setdefault(part, []).append(time.perf_counter() - began)


def _issue(number: int, words: list[str], often: Any, draw: Any) -> PastIssue:
    title = " ".join(words[i] for i in np.searchsorted(often, draw.random(draw.integers(4, 12))))
    length = int(min(2000, draw.lognormal(4.6, 0.9)))
    body = " ".join(words[i] for i in np.searchsorted(often, draw.random(length)))
    return PastIssue(number, title, body, START + timedelta(minutes=number))


def _word(rank: int) -> str:
    """Return a word that no other rank has, short for the most frequent."""
    letters = ""
    while True:
        rank, digit = divmod(rank, 95)
        letters += "bdfgklmnprstvxzhjcw"[digit // 5] + "aeiou"[digit % 5]
        if not rank:
            return letters


def _matrix(rows: int, draw: Any) -> np.ndarray[Any, Any]:
    made = draw.standard_normal((rows, WIDTH), dtype=np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


if __name__ == "__main__":
    main()
