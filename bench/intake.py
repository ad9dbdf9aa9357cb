"""Measure the intake: the 202 under GitHub's load, and the highest rate beside a bare FastAPI route.

    python -m bench.intake [--seconds N]

First the whole service (web and worker) takes 300 deliveries of 20 KB a second while its worker is busy
and the simulated GitHub takes 100 ms for each answer. Then, in turns, the web process and two bare
routes take as much as they can; see `bench/bare.py` for what a bare route does and leaves out.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.load import Plan, generate
from bench.machine import SECRET, free_port, running, service_environment, simulator, write

RATE = 300
SIZE = 20_000
ENVELOPE = 6_800
"""Bytes of a payload besides the issue's text."""
ROUNDS = 3
CONTENDERS = ("service", "bare, group commit", "bare, own commit")
CONNECTIONS = 64


def steady(folder: Path, github: dict[str, str], bodies: Path, seconds: float) -> dict[str, Any]:
    """Load the whole service at GitHub's rate."""
    port = free_port()
    environment = service_environment(folder, github)
    command = ["triagebot", "serve", "--role", "all", "--port", str(port)]
    with running(command, port, environment, folder / "log") as service:
        plan = Plan(port, str(bodies), SECRET, "warm", 3, rate=100)
        generate(plan)  # the worker has started, and is busy from here on
        outcome = generate(Plan(port, str(bodies), SECRET, "steady", seconds, rate=RATE, connections=32))
        memory = service.memory()
        return {"start_to_answer_s": service.seconds_to_answer, "memory_mb": memory, **asdict(outcome)}


def saturated(
    folder: Path, github: dict[str, str], bodies: Path, contender: str, seconds: float
) -> dict[str, Any]:
    """Let one contender take as much as it can."""
    port = free_port()
    environment = service_environment(folder, github)
    commands = {
        "service": ["triagebot", "serve", "--role", "web", "--port", str(port)],
        "bare, group commit": ["bench.bare", "group", str(folder), str(port)],
        "bare, own commit": ["bench.bare", "commit", str(folder), str(port)],
    }
    with running(commands[contender], port, environment, folder / "log") as server:
        generate(Plan(port, str(bodies), SECRET, "warm", 1, connections=CONNECTIONS))
        before = server.processor_seconds()
        outcome = generate(Plan(port, str(bodies), SECRET, "full", seconds, connections=CONNECTIONS))
        spent = server.processor_seconds() - before
        return asdict(outcome) | {"processor_ms_each": round(1000 * spent / outcome.sent, 3)}


def main() -> None:
    """Run both measurements, print them, and write `results/intake.json`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20, help="of steady load; a quarter for each turn")
    seconds = parser.parse_args().seconds
    turns: dict[str, list[dict[str, Any]]] = {contender: [] for contender in CONTENDERS}
    with tempfile.TemporaryDirectory(prefix="bench-intake-") as name:
        folder, bodies = Path(name), Path(name) / "bodies"
        with simulator(bodies, issues=500, size=SIZE - ENVELOPE, latency=0.1) as github:
            size = round(statistics.mean(len(line) for line in bodies.read_text().splitlines()))
            load = steady(folder / "steady", github, bodies, seconds)
        for turn in range(ROUNDS):
            for contender in CONTENDERS:
                own = folder / f"{contender}-{turn}"
                turns[contender].append(saturated(own, github, bodies, contender, seconds / 4))
    rates = {contender: [one["per_second"] for one in outcomes] for contender, outcomes in turns.items()}
    middle = {contender: statistics.median(values) for contender, values in rates.items()}
    share = {name: round(middle["service"] / middle[name], 2) for name in CONTENDERS[1:]}
    results: dict[str, Any] = {
        "bytes_a_delivery": size,
        "steady": {"rate": RATE, "seconds": seconds, **load},
        "saturated": turns,
        "processor_ms_each": {
            name: statistics.median(one["processor_ms_each"] for one in outcomes)
            for name, outcomes in turns.items()
        },
        "deliveries_a_second": middle,
        "share_of_bare": share,
    }
    write("intake", results)
    show(results)


def show(results: dict[str, Any]) -> None:
    """Print the results beside what is asked of them."""
    load, share = results["steady"], results["share_of_bare"]
    table = Table("what", "measured", "asked", title="intake")
    answers = ", ".join(f"{count} × {status}" for status, count in load["answers"].items())
    table.add_row(
        f"{RATE}/s of {results['bytes_a_delivery']} bytes",
        f"{answers}; {load['errors'] or 'no errors'}",
        "all 202",
    )
    table.add_row("the 202: p50, p99, max", f"{load['p50']}, {load['p99']}, {load['max']} ms", "p99 ≤ 50 ms")
    table.add_row("start to the first answer", f"{load['start_to_answer_s']} s", "≤ 4 s")
    memory = ", ".join(f"{role} {size:g}" for role, size in load["memory_mb"].items())
    table.add_row("memory", f"{memory} MB", "≤ 300 MB")
    for name, rate in results["deliveries_a_second"].items():
        wanted = "≥ 0.8 of it" if name in share else ""
        cost = f"{results['processor_ms_each'][name]:g} ms of a processor each"
        ours = f" (we: {share[name]} of it)" if wanted else ""
        table.add_row(f"at most: {name}", f"{rate:g}/s{ours}, {cost}", wanted)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
