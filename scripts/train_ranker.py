"""Learn the weights of `memory/duplicate_weights.json` from projects whose duplicates are known.

    .venv/bin/python scripts/train_ranker.py --project ISSUES PAIRS [--project ISSUES PAIRS …] --cache DIR

Records as `triagebot eval duplicates` reads them. Every pair's later issue, and every `EVERY`th other
issue, searches what was there before it. A listwise ranking learns to put the pair's earlier issue first;
a logistic regression over the first `TOP` of each search learns how likely each of them is the same. Measure
only on projects that are not named here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from triagebot.core.history import PastIssue
from triagebot.memory import evaluate_duplicates, ranking, records, similar
from triagebot.memory.minilm import MiniLM
from triagebot.ports import Vectors
from triagebot.settings import Settings
from triagebot.store import open_store

WEIGHTS = Path("src/triagebot/memory/duplicate_weights.json")
EVERY = 5
TOP = 10
FIRST = 300
"""Issues of a project before anything else than a pair is asked: an empty past teaches nothing."""
SMOOTHING, CHANCE_C = 10.0, 0.3
IDLE = frozenset({"lexical_rank", "body_words", "names", "length", "nearest"})
"""Features that did not help to rank issues of a project by weights learned from the others; chances use them."""


@dataclass(frozen=True)
class Search:
    """One search: its candidates' features, which of them is the same (or -1), how many searches it stands for."""

    rows: npt.NDArray[np.float64]
    same: int
    counts: float


async def searches(
    issues: Sequence[PastIssue], pairs: Sequence[tuple[int, int]], vectors: Vectors
) -> list[Search]:
    """Return what every asked issue of a project finds."""
    targets = dict(pairs)
    others = {
        issue.number for issue in sorted(issues, key=lambda one: one.created_at)[FIRST::EVERY]
    } - targets.keys()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Settings(data_dir=Path(folder)))
        asked = targets.keys() | others
        async for moment in evaluate_duplicates.replay(store.history, issues, asked, vectors):
            pool = await similar.gather(
                store.history, evaluate_duplicates.REPO, moment.issue, moment.vectors, moment.own
            )
            assert moment.vectors is not None
            assert moment.own is not None
            measured = similar.cosines(pool.candidates, moment.vectors, moment.own)
            if measured is None:
                continue
            rows = ranking.features(moment.issue, pool.candidates, pool.lexical, measured)
            numbers = [candidate.number for candidate in pool.candidates]
            target = targets.get(moment.issue.number)
            same = numbers.index(target) if target in numbers else -1
            found.append(Search(rows, same, 1.0 if target is not None else float(EVERY)))
        store.close()
    return found


def learn_score(found: Sequence[Search], columns: int) -> npt.NDArray[np.float64]:
    """Return the weights that make the same issue likeliest, by a softmax over each search's candidates."""
    used = np.array([name not in IDLE for name in ranking.FEATURES[:columns]], np.float64)
    known = [(search.rows[:, :columns] * used, search.same) for search in found if search.same >= 0]
    spread = np.concatenate([rows for rows, _ in known]).std(axis=0) + 1e-6

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        total, slope = SMOOTHING * float(weights @ weights), 2 * SMOOTHING * weights
        for rows, same in known:
            scaled = rows / spread
            share = np.exp(scaled @ weights - (scaled @ weights).max())
            share /= share.sum()
            total -= float(np.log(share[same] + 1e-12))
            slope = slope + share @ scaled - scaled[same]
        return total, slope

    learned = minimize(loss, np.zeros(columns), jac=True, method="L-BFGS-B").x
    return np.asarray(learned / spread, np.float64)


def learn_chance(found: Sequence[Search], score: npt.NDArray[np.float64]) -> ranking.Weights:
    """Return the ranking together with what turns its scores into chances."""
    rows, same, counts = [], [], []
    for search in found:
        mine = search.rows[:, : len(score)]
        scores = mine @ score
        first = np.argsort(-scores)[:TOP]
        rows.append(ranking.evidence(mine, scores)[first])
        same.append(first == search.same)
        counts.append(np.full(len(first), search.counts))
    every = np.concatenate(rows)
    spread = every.std(axis=0) + 1e-6
    model = LogisticRegression(C=CHANCE_C, max_iter=5000)
    model.fit(every / spread, np.concatenate(same), sample_weight=np.concatenate(counts))
    return ranking.Weights(score, model.coef_[0] / spread, float(model.intercept_[0]))


def learn(found: Sequence[Search]) -> dict[str, object]:
    """Return what the file of weights holds."""
    words = len(ranking.FEATURES) - ranking.FROM_VECTORS
    return {
        name: ranking.as_json(learn_chance(found, learn_score(found, columns)), ranking.FEATURES[:columns])
        for name, columns in (("with_vectors", len(ranking.FEATURES)), ("words_only", words))
    }


def _vectors(issues: Sequence[PastIssue], kept: Path) -> Vectors:
    if not kept.exists():
        made = asyncio.run(
            evaluate_duplicates.embed(
                MiniLM(), issues, lambda done, of: print(f"\r{done}/{of}", end="", file=sys.stderr)
            )
        )
        np.savez(kept, numbers=made.numbers, titles=made.titles, bodies=made.bodies)
    with np.load(kept, allow_pickle=False) as read:
        return Vectors("all-MiniLM-L6-v2", read["numbers"], read["titles"], read["bodies"])


def _project(issues_file: Path, pairs_file: Path, cache: Path) -> list[Search]:
    issues = [issue for repo in records.issues(issues_file).values() for issue in repo]
    vectors = _vectors(issues, cache / f"{issues_file.name}.npz")
    return asyncio.run(searches(issues, records.pairs(pairs_file), vectors))


def main() -> None:
    """Learn and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--project", nargs=2, type=Path, action="append", required=True, metavar=("ISSUES", "PAIRS")
    )
    parser.add_argument("--cache", type=Path, required=True, help="a folder that keeps the vectors")
    asked = parser.parse_args()
    found: list[Search] = []
    for issues, pairs in asked.project:
        found += _project(issues, pairs, asked.cache)
    WEIGHTS.write_text(json.dumps(learn(found), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
