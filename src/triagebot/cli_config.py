"""`triagebot config`: the repository configuration, checked as a file and shown as it is in effect."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from triagebot import settings

app = typer.Typer(help="The repository configuration, .github/triagebot.yml.", no_args_is_help=True)

# No markup: names and errors come from outside and may hold square brackets.
out = Console(markup=False, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The file to check.")] = Path(".github/triagebot.yml"),
) -> None:
    """Check a configuration file; print FILE:LINE:COL: message for each mistake and exit 1."""
    from triagebot.app import inspect

    problems = inspect.config_problems(file)
    for problem in problems:
        print(problem)  # noqa: T201 - plain lines, for editors and CI
    if problems:
        raise typer.Exit(1)
    out.print(f"{file} is fine.")


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of the configuration file, for editors."""
    from triagebot.app import inspect

    print(inspect.config_schema())  # noqa: T201


@app.command("show")
def show(
    repo: Annotated[str, typer.Argument(metavar="OWNER/REPO")],
    as_json: Json = False,
) -> None:
    """Show what is in effect for a repository: each key, where it comes from, and labels that were demoted."""
    from triagebot.app import config_show

    found = asyncio.run(config_show.show(settings.load(), repo))
    if as_json:
        out.print_json(json.dumps(found.as_json()))
    else:
        found.show(out)
