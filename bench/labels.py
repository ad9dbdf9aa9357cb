"""Measure how long a label model takes to fit and to answer, on made-up issues.

    python -m bench.labels [--issues N] [--labels N]

Issues have the length and the word frequencies of ordinary ones; vectors are random around their labels, and bear the local
embedder's name, so that all is fitted that would be.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import time
from datetime import UTC, datetime, timedelta

import numpy as np

from bench.machine import write
from triagebot.core.history import PastIssue
from triagebot.core.values import Label
from triagebot.memory.labels import LabelModel, fit
from triagebot.memory.minilm import MiniLM
from triagebot.ports import Vectors

WIDTH = 768
SPOKEN = 40_000
TEXT = 150


def made_up(count: int, labels: int) -> tuple[list[PastIssue], Vectors]:
    """Return issues with 1 to 4 labels each, told by some of their words and by where their vectors lie."""
    chance = random.Random(0)
    frequencies = [1 / (rank + 5) for rank in range(SPOKEN)]
    spoken = [f"w{rank}x{rank % 97}" for rank in range(SPOKEN)]
    places = np.random.default_rng(0).normal(size=(labels, WIDTH)).astype(np.float32)
    shares = [1 / (label + 2) for label in range(labels)]
    issues, rows = [], []
    for number in range(1, count + 1):
        carried = set(chance.choices(range(labels), shares, k=chance.randint(1, 4)))
        told = [f"about{label}n{chance.randrange(20)}" for label in carried for _ in range(3)]
        words = chance.choices(spoken, frequencies, k=TEXT) + told
        chance.shuffle(words)
        body = "### Steps\n" + " ".join(words) + "\n### Version\n1.2.3\n"
        created = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        names = tuple(f"area/{label}" for label in carried)
        issues.append(PastIssue(number, " ".join(words[:8]), body, created, labels=names))
        rows.append(sum(places[label] for label in carried))
    noise = np.random.default_rng(1).normal(size=(count, WIDTH)) * 4
    vectors = (np.array(rows) + noise).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return issues, Vectors(MiniLM.name, np.arange(1, count + 1), vectors, vectors)


def main() -> None:
    """Fit once, answer 200 times, and write down what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--issues", type=int, default=10_000)
    parser.add_argument("--labels", type=int, default=40)
    asked = parser.parse_args()
    issues, vectors = made_up(asked.issues, asked.labels)
    labels = [Label(name=f"area/{label}", description="") for label in range(asked.labels)]
    begun, processor = time.perf_counter(), time.process_time()
    model = fit(issues, vectors, labels)
    fitted = {"wall": time.perf_counter() - begun, "processor": time.process_time() - processor}
    assert model is not None
    written = model.to_bytes()
    again = LabelModel.from_bytes(written)
    answers = []
    for issue in issues[-200:]:
        at = issue.number - 1
        begun = time.perf_counter()
        again.opinions(issue, vectors.titles[at], vectors.bodies[at])
        answers.append(time.perf_counter() - begun)
    figures = {
        "issues": asked.issues,
        "labels": asked.labels,
        "fit_seconds": round(fitted["wall"], 1),
        "fit_processor_seconds": round(fitted["processor"], 1),
        "prediction_p50_ms": round(1000 * statistics.median(answers), 1),
        "model_bytes": len(written),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(figures)
    write("labels", figures)


if __name__ == "__main__":
    main()
