"""Learn `memory/localize/weights.json` from reports whose mends are known (docs/adr/0018-localisation.md).

    .venv/bin/python scripts/train_localizer.py --repos DIR --instances FILE...

Records are those that `triagebot eval localize` reads. A listwise ranking learns to put the mended files first,
starting from `START`; what a score is worth as a probability is learned from rankings that did not see the
report's repository. Prints how good those are, for each file of reports: only these figures may be told of reports
that weights were learned from.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from triagebot.app import localize_command
from triagebot.core.errors import TriagebotError
from triagebot.memory.localize import ranking
from triagebot.memory.localize.features import FEATURES
from triagebot.memory.localize.localizer import Localization

WEIGHTS = Path("src/triagebot/memory/localize/weights.json")
SMOOTHING, CHANCE_C = 2.0, 1.0
DOUBT = 0.01
"""Added to each likelihood: what its report does not tell at all would else pull hardest."""
START = {
    "exact_title": 3.5,
    "exact_said": 1.2,
    "defines_title": 0.5,
    "chunk_title": 0.5,
    "frame_first": 0.5,
    "frame_any": 1.5,
    "frame_function": 0.5,
    "path_named": 0.8,
    "module_named": 1.0,
    "tested": 0.5,
    "said": 1.5,
    "lines": 1.5,
    "of_class": 0.8,
    "imported": 0.6,
    "import_names": 0.8,
    "aside": -0.7,
    "index": -0.2,
    "foreign": -1.0,
}
"""What is rare in a small training set but plain to reason weighs so much until the data say otherwise."""
EITHER_WAY = frozenset(
    {
        "size", "definitions", "index", "aside", "depth", "foreign", "beside_likely",
        "often", "lately", "names_called",
    }
)  # fmt: skip
"""Features that may speak against a file; all others are evidence for it, and weigh nothing at worst."""
CUTS = (1, 3, 5, 10)


@dataclass(frozen=True)
class Case:
    """One report: its candidates' features, which of them were mended, whether all that were are there."""

    source: str
    repo: str
    rows: npt.NDArray[np.float64]
    gold: tuple[int, ...]
    whole: bool


async def cases(paths: Sequence[Path], repos: Path) -> list[Case]:
    """Return a case for each report in these files; those whose commit is not there are left out."""
    localization = Localization()
    asked = [(path.name, one) for path in paths for one in localize_command.instances(path)]
    found = []
    for source, instance in sorted(asked, key=lambda one: one[1].repo):
        repository = (repos / f"{instance.repo.replace('/', '__')}.git").resolve()
        try:
            checkout = localize_command.Bare(repository, instance.base)
            names, rows = await localization.features(checkout, instance.title, instance.body)
        except TriagebotError as error:
            print(f"{instance.name}: {error}", file=sys.stderr)
            continue
        gold = tuple(place for place, name in enumerate(names) if name in instance.gold)
        found.append(Case(source, instance.repo, rows, gold, len(gold) == len(instance.gold)))
    return found


@dataclass(frozen=True)
class Gaps:
    """For each mended file, how much more each feature says for each file of its report that was not mended.

    `rows` (mended file, other, feature) are padded to the same number of others, `void` is far below 0 where they are;
    the last other is the file itself. `counts` is a file's share of what its report mends, `repos` its repository.
    """

    rows: npt.NDArray[np.float64]
    void: npt.NDArray[np.float64]
    counts: npt.NDArray[np.float64]
    repos: npt.NDArray[np.str_]


def gaps(found: Sequence[Case]) -> Gaps:
    """Return what each mended file has to be better than."""
    told = [(case, gold) for case in found for gold in case.gold]
    others = [np.delete(case.rows, case.gold, axis=0) - case.rows[gold] for case, gold in told]
    most = max(map(len, others)) + 1
    rows = np.zeros((len(told), most, len(FEATURES)))
    void = np.full((len(told), most), -1e9)
    void[:, -1] = 0.0
    for place, one in enumerate(others):
        rows[place, : len(one)], void[place, : len(one)] = one, 0.0
    counts = np.array([1 / len(case.gold) for case, _ in told])
    return Gaps(rows, void, counts, np.array([case.repo for case, _ in told]))


def learn(
    told: Gaps, *, without: str = "", doubt: float = 0.0, began: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.float64]:
    """Return the weights that make the mended files likeliest, each against all that were not.

    Leaves out a repository. With `doubt`, a report that these features cannot tell by far counts for little.
    """
    start = np.array([START.get(name, 0.0) for name in FEATURES])
    kept = told.repos != without
    rows, void, counts = told.rows[kept].reshape(-1, len(FEATURES)), told.void[kept], told.counts[kept]

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        away = weights - start
        shown = (rows @ weights).reshape(void.shape) + void
        share = np.exp(shown - shown.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        likely = np.maximum(share[:, -1], 1e-300)
        value = SMOOTHING / 2 * float(away @ away) - float(counts @ np.log(likely + doubt))
        pull = counts * likely / (likely + doubt)
        return value, SMOOTHING * away + (share * pull[:, None]).ravel() @ rows

    bounds = [(None, None) if name in EITHER_WAY else (0.0, None) for name in FEATURES]
    began = start if began is None else began
    return np.asarray(minimize(loss, began, jac=True, method="L-BFGS-B", bounds=bounds).x)


def weights_of(
    told: Gaps, *, without: str = "", began: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.float64]:
    """Return the weights learned with `DOUBT`, from where those learned without it are: there is one such place."""
    plain = learn(told, without=without, began=began)
    return learn(told, without=without, doubt=DOUBT, began=plain)


def judged(found: Sequence[Case]) -> list[tuple[Case, npt.NDArray[np.float64]]]:
    """Return the scores of each case by weights that did not see its repository."""
    held = []
    told = gaps(found)
    every = learn(told)  # only to begin from
    for repo in sorted({case.repo for case in found}):
        weights = weights_of(told, without=repo, began=every)
        held += [(case, case.rows @ weights) for case in found if case.repo == repo]
    return held


def chances(held: Sequence[tuple[Case, npt.NDArray[np.float64]]]) -> tuple[npt.NDArray[np.float64], float]:
    """Return what turns evidence into a probability, learned from scores that did not see the repository."""
    rows = np.concatenate([ranking.evidence(scores) for _, scores in held])
    gold = np.concatenate([np.isin(np.arange(len(scores)), case.gold) for case, scores in held])
    model = LogisticRegression(C=CHANCE_C, max_iter=1_000).fit(rows, gold)
    return model.coef_[0], float(model.intercept_[0])


def accuracy(held: Sequence[tuple[Case, npt.NDArray[np.float64]]]) -> str:
    """Return how often all mended files are among the first."""
    worst = []
    for case, scores in held:
        rank = np.argsort(np.argsort(-scores, kind="stable"), kind="stable")
        worst.append(max(rank[list(case.gold)]) if case.whole else len(scores) + 1_000)
    found = (f"acc@{cut} {np.mean(np.array(worst) < cut):.3f}" for cut in CUTS)
    return f"{len(held)} reports: {', '.join(found)}"


def main() -> None:
    """Learn, print what cross-validation by repository says, write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repos", type=Path, required=True)
    parser.add_argument("--instances", type=Path, nargs="+", required=True)
    given = parser.parse_args()
    found = asyncio.run(cases(given.instances, given.repos))
    held = judged(found)
    print(accuracy(held))
    for source in dict.fromkeys(case.source for case in found):
        print(f"{source},", accuracy([one for one in held if one[0].source == source]))
    print("of one file,", accuracy([one for one in held if len(one[0].gold) == 1 and one[0].whole]))
    chance, base = chances(held)
    shown = np.concatenate(
        [1 / (1 + np.exp(-(ranking.evidence(scores) @ chance + base))) for _, scores in held]
    )
    gold = np.concatenate([np.isin(np.arange(len(scores)), case.gold) for case, scores in held])
    for low, high in ((0.0, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        there = (shown >= low) & (shown < high)
        if there.any():
            print(
                f"chance {low}-{high}: {there.sum()} files, said {shown[there].mean():.3f}, were {gold[there].mean():.3f}"
            )
    learned = ranking.Weights(weights_of(gaps(found)), chance, base)
    WEIGHTS.write_text(json.dumps(ranking.as_json(learned), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
