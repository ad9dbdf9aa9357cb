"""Backfill a simulated repository with very many open issues: memory, requests, rate rules, and `kill -9`.

    python -m bench.backfill [--issues N] [--limit N] [--apply N]

First a dry run over `--issues` open issues, all of which the memory knows (of them `--limit` are looked at),
with a label model learned from them. Vectors are left out: with the local embedder each issue that is looked
at costs some 50 ms more, and the repository's vectors some 3 KB of memory each. Then `--apply` on a repository
of its own, where the command and its worker are killed with -9 after some writes and started again, against a
GitHub that meters every rule. Fails if a rule is broken, a label is put on twice, or memory reaches 600 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console

from bench.github import words
from bench.machine import children, write
from triagebot.core.history import LabelChange, PastIssue
from triagebot.core.values import Label
from triagebot.memory import fit
from triagebot.ports import Progress
from triagebot.settings import Settings
from triagebot.simulator import Simulator
from triagebot.store import open_store

REPO = "octo/engine"
LARGEST_MB = 600
TELLING = {
    "bug": "crash traceback segfault exception broken",
    "enhancement": "please add support option would be nice",
    "documentation": "typo readme tutorial page sentence",
}
START = datetime(2020, 1, 1, tzinfo=UTC)
LEARNED = 1_500
"""How many issues, the newest, are closed and carry people's labels; the model learns from these."""


def issues(count: int, *, labelled: int) -> list[PastIssue]:
    """Return issues of some 600 characters: so many open ones, then the closed ones that people labelled."""
    dice, found = random.Random(3), []
    for number in range(1, count + labelled + 1):
        label = dice.choice(list(TELLING))
        at, old = START + timedelta(minutes=30 * number), number > count
        found.append(
            PastIssue(
                number=number,
                title=f"{dice.choice(TELLING[label].split())} {words(dice, 30)}",
                body=f"{TELLING[label]} {words(dice, 600)}",
                created_at=at,
                updated_at=at,
                labels=(label,) if old else (),
                changes=(LabelChange("labeled", label, at),) if old else (),
                state="closed" if old else "open",
                closed_at=at if old else None,
            )
        )
    return found


class Watch:
    """The most memory that each of a process and its children ever held, in MB."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.most: dict[str, float] = {}

    async def look(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            for pid in (self._pid, *children(self._pid)):
                role = "command" if pid == self._pid else "worker"
                self.most[role] = max(_peak(pid), self.most.get(role, 0.0))
            await asyncio.sleep(0.2)


def _peak(pid: int) -> float:
    """Return the most that a process ever held, in MB; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError):
        return 0.0


async def prepared(folder: Path, simulator: Simulator, past: list[PastIssue]) -> dict[str, str]:
    """Put the issues on the simulated GitHub and into the memory; return the operator's settings."""
    repo = simulator.world.add_repo(REPO, labels=list(TELLING))
    simulator.world.seed_history(REPO, past)
    url = f"{simulator.url}/{REPO}/issues"
    store = open_store(Settings(data_dir=folder))
    try:
        known = [replace(one, url=f"{url}/{one.number}") for one in past]
        progress, named = Progress(REPO, complete_at=datetime.now(UTC)), [Label(name) for name in TELLING]
        await store.history.save(repo.id, [one for one in known if one.labels], progress)
        model = await fit.fit_labels(store.history, repo.id, named, embedder=None, now=datetime.now(UTC))
        assert model is not None
        await store.history.save(repo.id, [one for one in known if not one.labels], progress)
    finally:
        store.close()
    key = folder / "app.pem"
    key.write_text(simulator.private_key)
    return {
        "TRIAGEBOT_DATA_DIR": str(folder),
        "TRIAGEBOT_GITHUB__API_URL": simulator.url,
        "TRIAGEBOT_GITHUB__APP_ID": str(simulator.app_id),
        "TRIAGEBOT_GITHUB__PRIVATE_KEY_PATH": str(key),
        "TRIAGEBOT_GITHUB__WEBHOOK_SECRET": simulator.webhook_secret,
        "TRIAGEBOT_EMBEDDINGS__BASE_URL": "none",
        "TRIAGEBOT_LEARN": "off",
        "OMP_NUM_THREADS": "1",
    }


async def command(environment: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    """Start `triagebot backfill`, in a group of its own."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "triagebot", "backfill", REPO, "--json", *arguments),
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def look(count: int, limit: int | None) -> dict[str, Any]:
    """Return what a dry run over `count` open issues takes."""
    with tempfile.TemporaryDirectory() as name:
        async with Simulator.start(pacing=True) as simulator:
            environment = await prepared(Path(name), simulator, issues(count, labelled=LEARNED))
            began = time.perf_counter()
            child = await command(environment, *(("--limit", str(limit)) if limit else ()))
            watch = Watch(child.pid)
            watching = asyncio.create_task(watch.look())
            out, _ = await child.communicate()
            watching.cancel()
            seconds = time.perf_counter() - began
            found = json.loads(out)
            return {
                "open_issues": count,
                "known_issues": count + LEARNED,
                "looked_at": found["looked_at"],
                "would_label": len(found["rows"]),
                "seconds": round(seconds, 1),
                "ms_each": round(1000 * seconds / found["looked_at"], 1),
                "requests": len(simulator.requests),
                "breaches": len(simulator.limits.breaches),
                "memory_mb": {role: round(most, 1) for role, most in watch.most.items()},
            }


async def apply(count: int, kills: tuple[int, ...]) -> dict[str, Any]:
    """Return what became of `count` issues while everything was killed after so many labels."""
    with tempfile.TemporaryDirectory() as name:
        async with Simulator.start(pacing=True) as simulator:
            environment = await prepared(Path(name), simulator, issues(count, labelled=600))
            began, most = time.perf_counter(), dict[str, float]()
            for dies_after in (*kills, None):
                child = await command(environment, "--apply")
                watch = Watch(child.pid)
                watching = asyncio.create_task(watch.look())
                if dies_after is not None:
                    while sum(_put_on(simulator).values()) < dies_after:  # noqa: ASYNC110 - another process is watched
                        await asyncio.sleep(0.02)
                    os.killpg(child.pid, signal.SIGKILL)
                await child.communicate()
                watching.cancel()
                most = {role: max(mb, most.get(role, 0.0)) for role, mb in watch.most.items()}
            put_on = _put_on(simulator)
            return {
                "open_issues": count,
                "killed_after_labels": list(kills),
                "labelled": len(put_on),
                "twice": sum(times > 1 for times in put_on.values()),
                "breaches": [breach.rule for breach in simulator.limits.breaches],
                "requests": len(simulator.requests),
                "writes": sum(request.is_write for request in simulator.requests),
                "seconds": round(time.perf_counter() - began, 1),
                "memory_mb": {role: round(mb, 1) for role, mb in most.items()},
            }


def _put_on(simulator: Simulator) -> Counter[tuple[int, str]]:
    return Counter(
        (issue.number, event.label[0])
        for issue in simulator.world.repo(REPO).issues.values()
        for event in issue.events
        if event.event == "labeled" and event.via_app and event.label
    )


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return both parts."""
    dry = await look(arguments.issues, arguments.limit)
    kills = tuple(sorted({max(1, arguments.apply // 5), max(2, arguments.apply // 2)}))
    return {"dry_run": dry, "apply": await apply(arguments.apply, kills)}


def main() -> None:
    """Measure, print, write the results, and fail if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=50_000)
    parser.add_argument("--limit", type=int, help="look at so many of them")
    parser.add_argument("--apply", type=int, default=90)
    found = uvloop.run(measure(parser.parse_args()))
    Console().print_json(json.dumps(found))
    write("backfill", found)
    dry, applied = found["dry_run"], found["apply"]
    memory = [*dry["memory_mb"].values(), *applied["memory_mb"].values()]
    if dry["breaches"] or applied["breaches"] or applied["twice"] or max(memory) >= LARGEST_MB:
        raise SystemExit("A promise is broken; see above.")


if __name__ == "__main__":
    main()
