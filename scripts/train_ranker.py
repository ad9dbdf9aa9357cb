"""Learn the weights of `memory/duplicate_weights.json` from projects whose duplicates are known.

    for name in rust_7000 rust_14000 rust_22000 seamonkey; do
      projects="$projects --project DIR/${name}_issues.jsonl.gz DIR/${name}_pairs.jsonl.gz"; done
    .venv/bin/python scripts/train_ranker.py --cache DIR $projects

`duplicate_pairs.py` makes these files. The records are those that `triagebot eval duplicates` reads. Every pair's
later issue, and every `EVERY`th other issue, searches what was there before it. A listwise ranking learns to
put the pair's earlier issue first; a logistic regression over the first `TOP` of each search learns how likely each of them is the same. Measure
only on projects that are not named here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
TOP = 3
FIRST = 300
"""Issues of a project before anything else than a pair is asked: an empty past teaches nothing."""
SMOOTHING, CHANCE_C = 10.0, 0.3
SHOWN = 3
"""Candidates that a person would be shown at most."""
BARS = (0.02, 0.024, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15)


@dataclass(frozen=True)
class Search:
    """One search: its candidates' features, which of them is the same (or -1), how many searches it stands for."""

    rows: npt.NDArray[np.float64]
    same: int
    counts: float

    @property
    def asked(self) -> bool:
        """Whether its earlier issue is known; then it stands for itself alone."""
        return self.counts == 1.0


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
            near_by = similar.closeness(pool.candidates, moment.vectors, moment.own)
            if near_by is None:
                continue
            rows = ranking.features(moment.issue, pool.candidates, pool.words, pool.lexical, near_by)
            numbers = [candidate.number for candidate in pool.candidates]
            target = targets.get(moment.issue.number)
            same = numbers.index(target) if target in numbers else -1
            found.append(Search(rows, same, 1.0 if target is not None else float(EVERY)))
        store.close()
    return found


def learn_score(found: Sequence[Search], columns: int) -> npt.NDArray[np.float64]:
    """Return the weights that make the same issue likeliest, by a softmax over each search's candidates."""
    known = [(search.rows[:, :columns], search.same) for search in found if search.same >= 0]
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


def learn(projects: Sequence[Sequence[Search]], columns: int) -> ranking.Weights:
    """Return the weights learned from all projects, with chances as sure as they may be of another one.

    Chances of a project by weights from the others are too sure of themselves: how much, the left-out tell.
    """
    said, was, counts = [], [], []
    for at, left_out in enumerate(projects):
        learned = _learn([search for i, one in enumerate(projects) if i != at for search in one], columns)
        for search in left_out:
            first, chances = _first(search, learned)
            said.append(_strength(chances))
            was.append(first == search.same)
            counts.append(np.full(len(first), search.counts))
    doubt = LogisticRegression(C=1e6)
    doubt.fit(np.concatenate(said).reshape(-1, 1), np.concatenate(was), sample_weight=np.concatenate(counts))
    slope, base = float(doubt.coef_[0, 0]), float(doubt.intercept_[0])
    learned = _learn([search for one in projects for search in one], columns)
    return replace(learned, chance=slope * learned.chance, base=slope * learned.base + base)


def _learn(found: Sequence[Search], columns: int) -> ranking.Weights:
    return learn_chance(found, learn_score(found, columns))


def _first(search: Search, learned: ranking.Weights) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the candidates that would be shown at most, best first, and their chances."""
    rows = search.rows[:, : len(learned.score)]
    first = np.argsort(-learned.scores(rows), kind="stable")[:SHOWN]
    return first, learned.chances(rows)[first]


def _strength(chances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(np.log(chances / (1 - chances)), np.float64)


def left_out(projects: Sequence[Sequence[Search]], columns: int) -> Iterator[str]:
    """Yield what each project finds by weights that were learned from the others, and what would be shown."""
    places: list[float] = []
    shown: list[tuple[float, bool, float, int]] = []
    of = known = 0.0
    for at, project in enumerate(projects):
        learned = learn([one for i, one in enumerate(projects) if i != at], columns)
        for search in project:
            of += search.counts
            scores = learned.scores(search.rows[:, :columns])
            first, chances = _first(search, learned)
            shown += [
                (chance, place == search.same, search.counts, round(of))
                for place, chance in zip(first, chances, strict=True)
            ]
            if search.asked:
                known += 1
                places.append((scores > scores[search.same]).sum() + 1 if search.same >= 0 else np.inf)
    found = np.array(places)
    yield " ".join(f"@{cut} {np.mean(found <= cut):.3f}" for cut in (1, 5, 10)) + f" of {len(found)}"
    for bar in BARS:
        over = [one for one in shown if one[0] >= bar]
        weight = sum(counts for _, _, counts, _ in over) or 1.0
        right = sum(counts for _, same, counts, _ in over if same)
        on = sum({search: counts for _, _, counts, search in over}.values())
        said = sum(chance * counts for chance, _, counts, _ in over) / weight
        yield (
            f"from {bar:.2f}: on {100 * on / of:.1f} of 100 issues; said {said:.3f}, "
            f"known {right / weight:.3f}; {right / known:.2f} of the pairs"
        )


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
    print(f"{issues_file.name}, usual cosines (`ranking.USUAL`):", similar.usual(vectors).round(3).tolist())
    return asyncio.run(searches(issues, records.pairs(pairs_file), vectors))


def main() -> None:
    """Learn and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--project", nargs=2, type=Path, action="append", required=True, metavar=("ISSUES", "PAIRS")
    )
    parser.add_argument("--cache", type=Path, required=True, help="a folder that keeps the vectors")
    asked = parser.parse_args()
    if len(asked.project) < 3:
        parser.error(
            "three projects are needed at least: two are left out at once to see how sure a chance may be"
        )
    projects = [_project(issues, pairs, asked.cache) for issues, pairs in asked.project]
    words = len(ranking.FEATURES) - ranking.FROM_VECTORS
    learned = {}
    for name, columns in (("with_vectors", len(ranking.FEATURES)), ("words_only", words)):
        print(f"{name}, each project left out in turn:", *left_out(projects, columns), sep="\n  ")
        learned[name] = ranking.as_json(learn(projects, columns), ranking.FEATURES[:columns])
    WEIGHTS.write_text(json.dumps(learned, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
