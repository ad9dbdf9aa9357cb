"""Measure `triagebot learn` on a large repository, killed again and again: memory, time, rate rules, the result.

    python -m bench.learn [--issues N] [--kills K] [--sample N]

A simulated GitHub with its rate rules runs in a process of its own. One `learn` reads the repository
undisturbed and is stopped with Ctrl-C when it begins to fit; on another database it is killed with
SIGKILL at random requests, started again each time, and goes on to its end. Both must know the same.
A third one learns a small repository with the local embedder, to see what an issue's vectors cost.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from tests.support.pasts import past

from bench.machine import service_environment, write
from triagebot.settings import Settings
from triagebot.simulator import Simulator
from triagebot.store import open_store

LARGE, SMALL = "octo/engine", "octo/sample"
WORDS = 200
"""Of a body at the middle."""


class GitHub:
    """The simulated GitHub's process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.where = self._line()

    def report(self) -> dict[str, Any]:
        """Return how many requests it has had, and which rate rules were broken."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"report\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


@contextmanager
def github(issues: int, sample: int) -> Iterator[GitHub]:
    """Run the simulated GitHub until the block ends."""
    command = [sys.executable, "-m", "bench.learn", "--serve", str(issues), str(sample)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield GitHub(process)
        finally:
            process.terminate()


async def serve(issues: int, sample: int) -> None:
    """Be that process: answer a line with a report, end with the input."""
    simulator = Simulator()
    for repo, count in ((LARGE, issues), (SMALL, sample)):
        simulator.world.add_repo(repo)
        simulator.world.seed_history(repo, past(count, body_words=WORDS))
    await simulator.open()
    print(
        json.dumps({"url": simulator.url, "app_id": simulator.app_id, "key": simulator.private_key}),
        flush=True,
    )
    while await asyncio.to_thread(sys.stdin.readline):
        rules = sorted({breach.rule for breach in simulator.limits.breaches})
        print(json.dumps({"requests": len(simulator.requests), "breaches": rules}), flush=True)
    await simulator.close()


@dataclass
class Run:
    """A `triagebot learn` that runs, watched: what it says, and the most memory that it and its child had."""

    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)
    said: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0
    fit_peak_mb: float = 0.0

    def watch(self) -> None:
        """Note when each phase began, until the output ends."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.decode().endswith("…\n"):  # the others say how far it is
                self.said[line.decode().strip("… \n")] = round(time.monotonic() - self.began, 1)

    def look(self) -> None:
        """Note the memory that is held now."""
        self.peak_mb = max(self.peak_mb, _peak(self.process.pid))
        for child in _children(self.process.pid):
            self.fit_peak_mb = max(self.fit_peak_mb, _peak(child))

    @property
    def fits(self) -> bool:
        """True once it has begun to fit."""
        return any(line.startswith("Fitting") for line in self.said)


def start(repo: str, environment: dict[str, str]) -> Run:
    """Start a `triagebot learn`."""
    run = Run(
        subprocess.Popen(
            [sys.executable, "-m", "triagebot", "learn", repo, "--json"],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    )
    threading.Thread(target=run.watch, daemon=True).start()
    return run


def ended(run: Run) -> dict[str, Any]:
    """Wait for the end and return what it printed."""
    while run.process.poll() is None:
        run.look()
        time.sleep(0.1)
    assert run.process.stdout is not None
    found: dict[str, Any] = json.loads(run.process.stdout.read())
    return found


def undisturbed(environment: dict[str, str]) -> dict[str, Any]:
    """Read once from beginning to end; Ctrl-C when it begins to fit."""
    run = start(LARGE, environment)
    while not run.fits and run.process.poll() is None:
        run.look()
        time.sleep(0.05)
    run.process.send_signal(signal.SIGINT)
    said = ended(run)
    return {"phases_began_s": run.said, "peak_mb": run.peak_mb, "outcome": said}


def killed(
    environment: dict[str, str], sim: GitHub, kills: int, requests: int, dice: random.Random
) -> dict[str, Any]:
    """Kill it at `kills` random requests of about so many, then let it come to its end."""
    peak, at, began = 0.0, sorted(dice.sample(range(10, requests), kills)), time.monotonic()
    first = sim.report()["requests"]
    for limit in at:
        run = start(LARGE, environment)
        while sim.report()["requests"] - first < limit and not run.fits:
            run.look()
            time.sleep(dice.random() * 0.05)
        run.process.kill()
        run.process.wait()
        peak = max(peak, run.peak_mb)
    run = start(LARGE, environment)
    said = ended(run)
    return {
        "killed_at_request": at,
        "requests": sim.report()["requests"] - first,
        "seconds": round(time.monotonic() - began, 1),
        "phases_began_s": run.said,
        "peak_mb": max(peak, run.peak_mb),
        "fit_peak_mb": run.fit_peak_mb,
        "outcome": said,
    }


async def known(folder: Path) -> dict[str, Any]:
    """Return a digest of everything that was read into the database, and what searches find."""
    store = open_store(Settings(data_dir=folder, _env_file=None))  # type: ignore[call-arg]
    digest = hashlib.sha256()
    try:
        (repo_id, progress), *_ = (await store.history.repositories()).items()
        after = 0
        while issues := await store.history.issues(repo_id, after=after):
            for issue in issues:
                # each run's simulator is the same process, so even the addresses agree
                digest.update(json.dumps(asdict(issue), default=str, sort_keys=True).encode())
            after = issues[-1].number
        queries = (
            "parser crashes with an empty file",
            "colour on Windows is wrong",
            "slow search regression",
        )
        found = [await store.history.find(repo_id, query, limit=20) for query in queries]
        return {
            "issues": await store.history.count(repo_id),
            "digest": digest.hexdigest(),
            "issues_since": progress.issues_since,
            "events_page": progress.events_page,
            "found": hashlib.sha256(json.dumps(found).encode()).hexdigest(),
        }
    finally:
        store.close()


def _peak(pid: int) -> float:
    """Return the most memory that a process has held so far, in MB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return round(int(found[1]) / 1024, 1) if found else 0.0


def _children(pid: int) -> list[int]:
    try:
        texts = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for text in texts for child in text.split()]


def measure(issues: int, kills: int, sample: int) -> dict[str, Any]:
    """Do all of it, and return the figures."""
    with tempfile.TemporaryDirectory() as place, github(issues, sample) as sim:
        folders = [Path(place) / name for name in ("once", "killed", "sample")]
        once, often, small = (
            service_environment(folder, sim.where)
            | {"TRIAGEBOT_PACE": "true", "TRIAGEBOT_EMBEDDINGS__BASE_URL": "none"}
            for folder in folders
        )
        results: dict[str, Any] = {"issues": issues, "undisturbed": undisturbed(once)}
        requests = sim.report()["requests"]
        Console(stderr=True).print_json(json.dumps(results["undisturbed"]))
        results["requests"] = requests
        results["killed"] = killed(often, sim, kills, requests, random.Random(issues))
        states = [asyncio.run(known(folder)) for folder in folders[:2]]
        results["same_end"] = states[0] == states[1] and states[0]["issues"] == issues
        results["database_mb"] = round((folders[0] / "triagebot.sqlite").stat().st_size / 1e6, 1)
        run = start(SMALL, small | {"TRIAGEBOT_EMBEDDINGS__BASE_URL": "local"})
        results["with_local_embedder"] = {
            "issues": sample,
            "outcome": ended(run),
            "phases_began_s": run.said,
            "peak_mb": run.peak_mb,
        }
        results["rate_rules_broken"] = sim.report()["breaches"]
        return results


def main() -> None:
    """Measure, print, write, and fail where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--serve", nargs=2, type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        asyncio.run(serve(*asked.serve))
        return
    # a shell that starts this in the background has its programs ignore Ctrl-C, and those that they start
    signal.signal(signal.SIGINT, signal.default_int_handler)
    results = measure(asked.issues, asked.kills, asked.sample)
    results["bench_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    Console().print_json(json.dumps(results))
    write("learn", results)
    if not results["same_end"] or results["rate_rules_broken"]:
        raise SystemExit("a promise is broken: see above")


if __name__ == "__main__":
    main()
