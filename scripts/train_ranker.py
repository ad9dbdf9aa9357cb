"""Learn the weights of `memory/duplicate_weights.json` from projects whose duplicates are known.

    for name in rust_7000 rust_14000 rust_22000 titanium_{5000,10000,14000,19000} seamonkey; do
      projects="$projects --project DIR/$name"; done
    .venv/bin/python scripts/train_ranker.py --cache DIR $projects

`duplicate_pairs.py` makes these files. The records are those that `triagebot eval duplicates` reads. Every pair's
later issue, and every `EVERY`th other issue, searches what was there before it. A listwise ranking learns to
put the pair's earlier issue first; a logistic regression over the first `TOP` of each search learns how likely each of them is the same.
Stretches of one repository are searched apart and left out together. Measure only on projects that are not named here.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
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
SMOOTHING, CHANCE_C = 10.0, 0.002
SHOWN = 3
"""Candidates that a person would be shown at most."""
BARS = (0.02, 0.024, 0.026, 0.028, 0.03, 0.032, 0.034, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15)


@dataclass(frozen=True)
class Search:
    """One search: its candidates' features, which of them is the same (or -1), how many searches it stands for.

    `linked` are the candidates that people named together with it, or None where nobody wrote that down.
    """

    rows: npt.NDArray[np.float64]
    same: int
    counts: float
    linked: Set[int] | None

    @property
    def asked(self) -> bool:
        """Whether its earlier issue is known; then it stands for itself alone."""
        return self.counts == 1.0


async def searches(
    issues: Sequence[PastIssue],
    pairs: Sequence[tuple[int, int]],
    links: Mapping[int, Set[int]] | None,
    vectors: Vectors,
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
            found.append(
                Search(
                    rows,
                    same,
                    1.0 if target is not None else float(EVERY),
                    None
                    if links is None
                    else {i for i, one in enumerate(numbers) if one in links.get(moment.issue.number, ())},
                )
            )
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


def learn(found: Sequence[Search], columns: int) -> ranking.Weights:
    """Return a ranking of the first `columns` features and its chances, still too sure of themselves elsewhere."""
    return learn_chance(found, learn_score(found, columns))


def without_each(projects: Sequence[Sequence[Search]], columns: int) -> list[ranking.Weights]:
    """Return for each project the weights learned from all the others."""
    return [
        learn([search for i, one in enumerate(projects) if i != at for search in one], columns)
        for at in range(len(projects))
    ]


def doubt(projects: Sequence[Sequence[Search]], apart: Sequence[ranking.Weights]) -> tuple[float, float]:
    """Return by what to multiply log odds and what to add, so that they are as sure as left-out projects allow."""
    said, was, counts = [], [], []
    for project, learned in zip(projects, apart, strict=True):
        for search in project:
            first, chances = _first(search, learned)
            said.append(np.log(chances / (1 - chances)))
            was.append(first == search.same)
            counts.append(np.full(len(first), search.counts))
    model = LogisticRegression(C=1e6)
    model.fit(np.concatenate(said).reshape(-1, 1), np.concatenate(was), sample_weight=np.concatenate(counts))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def doubted(learned: ranking.Weights, slope: float, base: float) -> ranking.Weights:
    """Return the weights with log odds multiplied and added to."""
    return replace(learned, chance=slope * learned.chance, base=slope * learned.base + base)


def _first(search: Search, learned: ranking.Weights) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the candidates that would be shown at most, best first, and their chances."""
    rows = search.rows[:, : len(learned.score)]
    first = np.argsort(-learned.scores(rows), kind="stable")[:SHOWN]
    return first, learned.chances(rows)[first]


def left_out(projects: Sequence[Sequence[Search]], apart: Sequence[ranking.Weights]) -> Iterator[str]:
    """Yield what each project finds by weights that were learned from the others, and what would be shown."""
    every: list[float] = []
    for project, learned in zip(projects, apart, strict=True):
        places = []
        for search in project:
            if search.asked:
                scores = learned.scores(search.rows[:, : len(learned.score)])
                places.append((scores > scores[search.same]).sum() + 1 if search.same >= 0 else np.inf)
        yield _recall(places)
        yield from (f"  {_shown(project, learned, bar)}" for bar in BARS)
        every += places
    yield "together " + _recall(every)


def _recall(places: Sequence[float]) -> str:
    found = np.array(places)
    return " ".join(f"@{cut} {np.mean(found <= cut):.3f}" for cut in (1, 5, 10)) + f" of {len(found)}"


def _shown(project: Sequence[Search], learned: ranking.Weights, bar: float) -> str:
    """Return what showing candidates from this chance means for a project."""
    on = named = said = right = linked = pairs = 0.0
    for search in project:
        first, chances = _first(search, learned)
        over = first[chances >= bar]
        on += search.counts * (len(over) > 0)
        named += search.counts * len(over)
        said += search.counts * float(chances[chances >= bar].sum())
        right += search.counts * (search.same in over)
        pairs += search.asked and search.same in over
        linked += search.counts * len({search.same, *(search.linked or ())}.intersection(over))
    of, known = sum(search.counts for search in project), sum(search.asked for search in project)
    people = "" if project[0].linked is None else f", linked by people {linked / (named or 1):.3f}"
    return (
        f"from {bar:.3f}: on {100 * on / of:.1f} of 100 issues; said {said / (named or 1):.3f}, "
        f"known {right / (named or 1):.3f}{people}; {pairs / known:.2f} of the pairs"
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


def _project(stem: Path, cache: Path) -> tuple[str, list[Search]]:
    """Return the repository of a stem's files, and its searches."""
    [(repo, issues)] = records.issues(stem.with_name(f"{stem.name}_issues.jsonl.gz")).items()
    pairs = records.pairs(stem.with_name(f"{stem.name}_pairs.jsonl.gz"))
    vectors = _vectors(issues, cache / f"{stem.name}_issues.jsonl.gz.npz")
    print(f"{stem.name}, usual cosines (`ranking.USUAL`):", similar.usual(vectors).round(3).tolist())
    return repo, asyncio.run(
        searches(issues, pairs, _links(stem.with_name(f"{stem.name}_links.jsonl.gz")), vectors)
    )


def _links(file: Path) -> Mapping[int, Set[int]] | None:
    """Return the earlier issues that people named together with each, None where there is no such file."""
    if not file.exists():
        return None
    links = defaultdict(set)
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for link in map(json.loads, lines):
            links[link["number"]].add(link["with"])
    return links


def main() -> None:
    """Learn and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--project",
        type=Path,
        action="append",
        required=True,
        metavar="DIR/NAME",
        help="what the names of a project's files begin with",
    )
    parser.add_argument("--cache", type=Path, required=True, help="a folder that keeps the vectors")
    asked = parser.parse_args()
    searched: dict[str, list[Search]] = defaultdict(list)
    for stem in asked.project:
        repo, found = _project(stem, asked.cache)
        searched[repo] += found
    if len(searched) < 2:
        parser.error("two repositories are needed at least: each is left out to see how sure a chance may be")
    projects = list(searched.values())
    words = len(ranking.FEATURES) - ranking.FROM_VECTORS
    learned = {}
    for name, columns in (("with_vectors", len(ranking.FEATURES)), ("words_only", words)):
        apart = without_each(projects, columns)
        sure = doubt(projects, apart)
        shown = left_out(projects, [doubted(one, *sure) for one in apart])
        print(f"{name}, each of {', '.join(searched)} left out in turn:", *shown, sep="\n  ")
        whole = learn([search for one in projects for search in one], columns)
        learned[name] = ranking.as_json(doubted(whole, *sure), ranking.FEATURES[:columns])
    WEIGHTS.write_text(json.dumps(learned, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
