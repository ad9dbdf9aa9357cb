"""How fast the local embedder is on one core, and what memory it takes: `python -m bench.embed FILE`.

FILE holds issue records (gzipped JSON lines with `title` and `body`); prints one JSON object.
"""

from __future__ import annotations

import gzip
import json
import resource
import statistics
import sys
import time
from pathlib import Path

from triagebot.memory.minilm import MiniLM

TITLES, BODIES, SINGLE = 400, 200, 100


def main() -> None:
    """Embed the file's first titles and bodies in bulk, then titles one by one."""
    with gzip.open(Path(sys.argv[1]), "rt") as lines:
        rows = [json.loads(line) for _, line in zip(range(TITLES), lines, strict=False)]
    titles = [row["title"] or "" for row in rows]
    bodies = [row["body"] or row["title"] or "" for row in rows[:BODIES]]
    embedder = MiniLM()
    before, began = _memory(), time.perf_counter()
    embedder.encode(["the first text loads the model"])
    loading = time.perf_counter() - began
    single = [_seconds(embedder, [title]) for title in titles[:SINGLE]]
    print(
        json.dumps(
            {
                "load_seconds": round(loading, 2),
                "titles_a_second": round(len(titles) / _seconds(embedder, titles)),
                "bodies_a_second": round(len(bodies) / _seconds(embedder, bodies), 1),
                "one_title_ms_p50": round(statistics.median(single) * 1000, 1),
                "peak_mb_before": before,
                "peak_mb": _memory(),
            }
        )
    )


def _seconds(embedder: MiniLM, texts: list[str]) -> float:
    began = time.perf_counter()
    embedder.encode(texts)
    return time.perf_counter() - began


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
