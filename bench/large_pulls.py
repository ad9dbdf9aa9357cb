"""Ask for reviews of pull requests that are too large, or hold nothing to read, and measure what that takes.

    python -m bench.large_pulls

The whole service runs as an operator runs it; GitHub is simulated and the model is scripted. For each pull request
the review must come, and say what it did not read. Memory is the worker's highest, at any time.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.machine import SECRET, Running, children, free_port, running, service_environment, write
from bench.overhead import ready
from triagebot.simulator import Issue, Simulator
from triagebot.simulator.scripted_model import Asked, ScriptedModel

REPO = "octo/huge"
PATIENCE = 300
ENDINGS = {"rocket", "confused"}


def says(asked: Asked) -> dict[str, Any] | None:
    """Answer as a model that finds nothing."""
    return {"remarks": []} if asked.schema_name == "ReviewAnswer" else None


def _code(lines: int, seed: int) -> str:
    chance = random.Random(seed)
    return "".join(f"value_{seed}_{at} = {chance.randrange(10**9)}\n" for at in range(lines))


def many_files() -> Mapping[str, str | bytes]:
    """3,100 files of twenty lines each."""
    return {f"pkg{at // 100}/part{at}.py": _code(20, at) for at in range(3_100)}


def many_lines() -> Mapping[str, str | bytes]:
    """300,000 lines, in 150 files of 2,000."""
    return {f"big/part{at}.py": _code(2_000, at) for at in range(150)}


def one_file() -> Mapping[str, str | bytes]:
    """300,000 lines in one file, which GitHub shows no patch of."""
    return {"big/all.py": _code(300_000, 1)}


def binary() -> Mapping[str, str | bytes]:
    """Pictures only."""
    return {f"art/{at}.png": b"\x89PNG\0" + bytes(1_000) for at in range(12)}


CASES: Mapping[str, Callable[[], Mapping[str, str | bytes]]] = {
    "3,100 files": many_files,
    "300,000 lines in 150 files": many_lines,
    "300,000 lines in one file": one_file,
    "binary only": binary,
}


def highest(service: Running) -> float:
    """Return the most memory that a process of the service ever held, in MB."""
    found = 0.0
    for pid in [service.process.pid, *children(service.process.pid)]:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                found = max(found, int(line.split()[1]) / 1024)
    return round(found, 1)


async def reviewed(simulator: Simulator, pull: Issue) -> tuple[str, float]:
    """Ask for a review as a maintainer does; return what came and the seconds that it took."""
    assert pull.pull is not None
    begun = time.perf_counter()
    comment = simulator.world.comment(pull.repo, pull.number, "maintainer", "/bot review")
    async with asyncio.timeout(PATIENCE):
        while not ENDINGS & {each.content for each in comment.reactions}:  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # another process: there is no event to wait for
    said = [review.body for review in pull.pull.reviews.values()]
    said += [each.body for each in pull.comments.values() if each.user is simulator.world.app.bot]
    return "\n\n".join(said), time.perf_counter() - begun


async def run(folder: Path) -> list[dict[str, Any]]:
    """Set everything up, ask for each review, and take it down."""
    simulator = Simulator(pacing=False, webhook_secret=SECRET)
    simulator.world.add_repo(REPO, files={"README.md": "# huge\n"}, roles={"maintainer": "write"})
    await simulator.open()
    github = {"url": simulator.url, "app_id": str(simulator.app_id), "key": simulator.private_key}
    port, results = free_port(), []
    with ScriptedModel(says) as model:
        environment = service_environment(folder, github) | {
            "TRIAGEBOT_LLM__BASE_URL": model.base_url,
            "TRIAGEBOT_LLM__MODEL": "scripted",
            "TRIAGEBOT_LLM__API_KEY": "none",
        }
        starting = running(["triagebot", "serve", "--port", str(port)], port, environment, folder / "log")
        service = await asyncio.to_thread(starting.__enter__)
        try:
            await ready(service)
            simulator.hooks.url = f"http://127.0.0.1:{port}/webhook"
            pull = simulator.world.open_pull(REPO, "author", "An ordinary one", files={"b.py": "b = 1\n"})
            results.append(await _measured(simulator, pull, service, model, "an ordinary one"))
            for name, files in CASES.items():
                pull = simulator.world.open_pull(REPO, "author", name, "As it says.", files=files())
                await simulator.hooks.drained()
                results.append(await _measured(simulator, pull, service, model, name))
            simulator.world.rename_branch(REPO, "main", "trunk")
            pull = simulator.world.open_pull(REPO, "author", "After the rename", files={"a.py": "a = 1\n"})
            results.append(await _measured(simulator, pull, service, model, "renamed default branch"))
        finally:
            await asyncio.to_thread(starting.__exit__, None, None, None)
            await simulator.close()
    return results


async def _measured(
    simulator: Simulator, pull: Issue, service: Running, model: ScriptedModel, name: str
) -> dict[str, Any]:
    calls, asked = len(simulator.requests), len(model.requests)
    said, seconds = await reviewed(simulator, pull)
    return {
        "pull_request": name,
        "seconds": round(seconds, 1),
        "peak_mb": highest(service),
        "github_calls": len(simulator.requests) - calls,
        "model_calls": len(model.requests) - asked,
        "says": said.strip().partition("\n")[0],
    }


def main() -> None:
    """Measure, print, and write `results/large_pulls.json`."""
    with tempfile.TemporaryDirectory(prefix="bench-large-") as name:
        results = uvloop.run(run(Path(name)))
    write("large_pulls", {"pulls": results})
    table = Table(
        "pull request", "seconds", "highest memory", "calls to GitHub", "to the model", "what is said"
    )
    for each in results:
        table.add_row(*(escape(str(value)) for value in each.values()))
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
