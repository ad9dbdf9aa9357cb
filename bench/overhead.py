"""Measure our own share of the time from the 202 to the comment on the issue.

    python -m bench.overhead [--deliveries N]

The whole service runs as an operator runs it; GitHub (simulated) and the model answer at once, and no
write is held back for GitHub's pace. One delivery after the other, each for an issue of its own. The
clock starts when the 202 is here and stops when GitHub has taken the comment. What GitHub's own answers
would cost is not in it: the calls made for a delivery are counted, so it can be added.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import uvloop
from rich.console import Console
from rich.table import Table

from bench.load import at_share
from bench.machine import SECRET, Running, free_port, running, service_environment, write
from triagebot.simulator import Simulator
from triagebot.simulator.records import RequestRecord
from triagebot.simulator.scripted_model import ScriptedModel, when

REPO = "octo/engine"
WARM_UP = 5
BODY = (
    "Since 2.5 the parser crashes with a traceback when it reads an empty file from a pipe.\n\n"
    "### Steps to reproduce\n1. Run `engine < /dev/null`\n\n### Expected\nAn empty list.\n\n"
    "### Actual\n```\nTraceback (most recent call last):\nEOFError\n```\n"
)
ANSWER = {
    "summary": "The parser crashes with a traceback when it reads an empty file.",
    "kind": "bug",
    "labels": [{"name": "bug", "confidence": 0.95, "quote": "the parser crashes with a traceback"}],
}


class Watch:
    """Notes when the next comment was taken."""

    def __init__(self) -> None:
        self.commented: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def __call__(self, phase: str, request: RequestRecord) -> None:
        """Look at one request of the service."""
        is_comment = request.method == "POST" and request.path.endswith("/comments")
        if phase == "committed" and is_comment and not self.commented.done():
            self.commented.set_result(time.perf_counter())


async def measure(simulator: Simulator, port: int, deliveries: int) -> dict[str, Any]:
    """Deliver one after the other; return the times and what each cost in calls."""
    times: list[float] = []
    simulator.hooks.hold()
    simulator.hooks.url = f"http://127.0.0.1:{port}/webhook"
    async with httpx.AsyncClient() as client:
        for number in range(WARM_UP + deliveries):
            if number == WARM_UP:
                simulator.requests.clear()
            watch = simulator.on_request = Watch()
            simulator.world.open_issue(REPO, "ada", f"Empty files crash the parser, {number}", BODY)
            held = simulator.hooks.held[-1]
            headers = simulator.hooks.headers(held)
            answer = await client.post(simulator.hooks.url, content=held.body, headers=headers)
            begin = time.perf_counter()
            answer.raise_for_status()
            async with asyncio.timeout(30):
                took = await watch.commented - begin
            if number >= WARM_UP:
                times.append(took)
            simulator.hooks.held.clear()
    times.sort()
    return {
        "deliveries": len(times),
        "p50_ms": at_share(times, 0.5),
        "p90_ms": at_share(times, 0.9),
        "p99_ms": at_share(times, 0.99),
        "max_ms": at_share(times, 1),
        "github_calls_each": round(len(simulator.requests) / deliveries, 1),
    }


async def ready(service: Running) -> None:
    """Return when a worker has started."""
    async with httpx.AsyncClient() as client, asyncio.timeout(60):
        while (await client.get(f"http://127.0.0.1:{service.port}/health/ready")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # another process: there is no event to wait for


async def run(deliveries: int, folder: Path) -> dict[str, Any]:
    """Set everything up, measure, and take it down."""
    rule = when("TriageAnswer", ANSWER)
    simulator = Simulator(pacing=False, webhook_secret=SECRET)
    simulator.world.add_repo(REPO, files={"README.md": "# engine\n"})
    await simulator.open()
    github = {"url": simulator.url, "app_id": str(simulator.app_id), "key": simulator.private_key}
    port = free_port()
    with ScriptedModel(rule) as model:
        environment = service_environment(folder, github) | {
            "TRIAGEBOT_LLM__BASE_URL": model.base_url,
            "TRIAGEBOT_LLM__MODEL": "scripted",
            "TRIAGEBOT_LLM__API_KEY": "none",
        }
        command = ["triagebot", "serve", "--port", str(port)]
        starting = running(command, port, environment, folder / "log")
        service = await asyncio.to_thread(starting.__enter__)
        try:
            await ready(service)
            results = await measure(simulator, port, deliveries)
            results |= {"model_calls": len(model.requests), "memory_mb": service.memory()}
        finally:
            simulator.on_request = None
            await asyncio.to_thread(starting.__exit__, None, None, None)
            await simulator.close()
    return results


def main() -> None:
    """Measure, print, and write `results/overhead.json`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--deliveries", type=int, default=100)
    with tempfile.TemporaryDirectory(prefix="bench-overhead-") as name:
        results = uvloop.run(run(parser.parse_args().deliveries, Path(name)))
    write("overhead", results)
    table = Table("what", "measured", "asked", title="from the 202 to the comment")
    table.add_row("p50", f"{results['p50_ms']} ms", "≤ 250 ms")
    for name in ("p90_ms", "p99_ms", "max_ms"):
        table.add_row(name.removesuffix("_ms"), f"{results[name]} ms", "")
    table.add_row("calls to GitHub for each", f"{results['github_calls_each']}", "")
    memory = ", ".join(f"{role} {size:g}" for role, size in results["memory_mb"].items())
    table.add_row("memory", f"{memory} MB", "≤ 300 MB")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
