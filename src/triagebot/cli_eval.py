"""`triagebot eval`: measure what the memory learned, on issues that it did not learn from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from triagebot import settings
from triagebot.core.errors import TriagebotError

app = typer.Typer(help="Measure what is learned, on issues that were not learned from.", no_args_is_help=True)

out = Console(markup=False, highlight=False)
err = Console(markup=False, highlight=False, stderr=True)


class WhichEmbedder(StrEnum):
    """Which vectors a measurement uses."""

    LOCAL = "local"
    ENDPOINT = "endpoint"
    NONE = "none"


Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Embeddings = Annotated[
    WhichEmbedder,
    typer.Option(
        "--embedder",
        help="local is the model that comes with this; endpoint: the one that TRIAGEBOT_EMBEDDINGS__BASE_URL "
        "names; none: words only.",
    ),
]


@app.command()
def labels(
    *,
    train: Annotated[Path, typer.Option(help="Issue records to learn from, JSON lines, gzip or plain.")],
    test: Annotated[
        Path | None, typer.Option(help="Issue records to be asked about; this, --folds or --later.")
    ] = None,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Instead cross-validate the training file, in so many parts.")
    ] = None,
    later: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=0.99,
            help="Instead ask about this newest share of each repository, and learn from the rest.",
        ),
    ] = None,
    refit: Annotated[
        bool,
        typer.Option("--refit", help="With --later: learn anew on the way, as often as the service does."),
    ] = False,
    seed: Annotated[int, typer.Option(help="How the folds are drawn.")] = 0,
    embedder: Embeddings = WhichEmbedder.LOCAL,
    as_json: Json = False,
) -> None:
    """Learn each repository's labels from one file of issue records, and score another."""
    from triagebot.memory import evaluate_labels, records

    if sum(choice is not None for choice in (test, folds, later)) != 1:
        raise TriagebotError("Give one of --test FILE, --folds N and --later SHARE.")
    if refit and later is None:
        raise TriagebotError(
            "--refit goes with --later SHARE: without an order in time there is no way to learn on."
        )
    past = records.issues(train)
    if test is not None:
        tasks = evaluate_labels.two_files(past, records.issues(test))
    elif folds is not None:
        tasks = evaluate_labels.cross_validated(past, folds, seed=seed)
    else:
        tasks = evaluate_labels.later(past, later or 0.0, refit=refit)
    found = evaluate_labels.evaluate(tasks, _embedder(embedder))
    if as_json:
        print(json.dumps(found, indent=2))  # noqa: T201
    else:
        _show_labels(found)


@app.command()
def duplicates(
    *,
    issues: Annotated[Path, typer.Option(help="Issue records of one repository, JSON lines, gzip or plain.")],
    pairs: Annotated[Path, typer.Option(help="Pair records: a later issue and the earlier one it repeats.")],
    embedder: Embeddings = WhichEmbedder.LOCAL,
    as_json: Json = False,
) -> None:
    """Let each pair's later issue search all that were there before it, and count where the other is found."""
    from triagebot.app import duplicates_command
    from triagebot.memory import records

    by_repo = records.issues(issues)
    if len(by_repo) != 1:
        raise TriagebotError(f"{issues}: the issues of one repository are needed, not of {len(by_repo)}.")
    past = next(iter(by_repo.values()))
    found = duplicates_command.run(past, records.pairs(pairs), _embedder(embedder), err)
    if as_json:
        print(json.dumps(found, indent=2))  # noqa: T201
        return
    table = Table("among the first", "found")
    for cut in (1, 5, 10):
        table.add_row(str(cut), f"{found[f'recall@{cut}']:.1%}")
    out.print(table)
    out.print(f"{found['pairs']} pairs in {found['seconds']:.0f} s")


@app.command()
def localize(
    *,
    instances: Annotated[
        Path,
        typer.Option(
            exists=True, help="Reports with the files that their mends changed, JSON lines, gzip or plain."
        ),
    ],
    repos: Annotated[
        Path,
        typer.Option(exists=True, file_okay=False, help="Folder of bare repositories, <owner>__<repo>.git."),
    ],
    each: Annotated[bool, typer.Option("--each", help="Also print a line for each report.")] = False,
    as_json: Json = False,
) -> None:
    """Ask which files each report is about, without a model, and count where the mended ones are among the first."""
    from triagebot.app import localize_command

    def show(asked: localize_command.Asked) -> None:
        if each:
            rank = "-" if asked.rank is None else str(asked.rank + 1)
            first = asked.places[0].path if asked.places else ""
            err.print(f"{rank:>3}  {asked.seconds:5.2f} s  {asked.instance.name}  first: {first}")

    found = localize_command.run(localize_command.instances(instances), repos, show)
    if as_json:
        print(json.dumps(found, indent=2))  # noqa: T201
        return
    table = Table("among the first", "all files found")
    for cut in localize_command.CUTS:
        table.add_row(str(cut), f"{found[f'acc@{cut}']:.1%}")
    out.print(table)
    out.print(f"{found['instances']} reports in {found['seconds']:.0f} s")


@app.command()
def history(
    repo: Annotated[str, typer.Argument(metavar="OWNER/REPO")],
    *,
    report: Annotated[Path, typer.Option("--out", help="Where the page goes.")] = Path("report.html"),
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Learn what came before this day (UTC); otherwise the oldest 70 %."
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--issues", help="Issue records instead of what `triagebot learn` stored.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="A .github/triagebot.yml to try; else the repository's own, else the defaults."),
    ] = None,
    precision: Annotated[
        float | None, typer.Option(min=0.5, max=1, help="Try another promise than the configured one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what the bot would have done: learn a repository's past up to a day, replay what came after.

    Writes one page to decide from: right and wrong by label, at each promise, and the worst mistakes.
    Nothing is written to GitHub.
    """
    from triagebot.app import history_command

    asked = history_command.Asked(repo, until and until.replace(tzinfo=UTC), file, config, precision)
    found = history_command.run(asked, report, err)
    if as_json:
        print(json.dumps(found))  # noqa: T201


def _embedder(which: WhichEmbedder) -> Any:
    if which is WhichEmbedder.NONE:
        return None
    if which is WhichEmbedder.LOCAL:
        from triagebot.memory.minilm import MiniLM

        return MiniLM()
    from triagebot.app.embedder import embedder_from_settings

    configured = settings.load()
    if configured.embeddings.base_url.strip() in ("local", "none"):
        raise TriagebotError(
            "No endpoint for vectors is configured. Set TRIAGEBOT_EMBEDDINGS__BASE_URL and TRIAGEBOT_EMBEDDINGS__MODEL."
        )
    return embedder_from_settings(configured)


def _show_labels(found: dict[str, Any]) -> None:
    table = Table("repository", "macro-F1")
    for repo, score in found["per_repo"].items():
        table.add_row(repo, f"{score:.3f}")
    table.add_row("mean", f"{found['macro_f1']:.3f}")
    out.print(table)
    curve = Table("promised", "labels put on", "right", "precision", "issues with one", "of all labels")
    for step in found["curve"]:
        precision = "–" if step["precision"] is None else f"{step['precision']:.3f}"
        shares = (f"{step['issues']:.1%}", f"{step['recall']:.1%}")
        curve.add_row(f"{step['promised']:g}", str(step["labels"]), str(step["right"]), precision, *shares)
    out.print(curve)
    out.print(
        f"{found['seconds']:.0f} s, of which vectors {found['embedding_seconds']:.0f} s; slowest fit "
        f"{found['fit_seconds']:.1f} s; half of the predictions within {found['prediction_p50_ms']:.1f} ms"
    )
