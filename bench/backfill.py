"""Backfill a simulated repository with very many open issues: memory, requests, rate rules, and `kill -9`.

    python -m bench.backfill [--issues N] [--limit N] [--vectors] [--apply N] [--among N] [--unpaced N]

First a dry run over `--issues` open issues that people talked about since the memory saw them (of them `--limit` are
looked at), with a label model learned from closed ones, and with `--vectors` as the local embedder leaves them. Then
the newest of them once more, killed with -9 twice and gone on with `--before`: both must find the same. Then `--apply`
on repositories of their own, where the command and its worker are killed with -9 after some writes and started again:
of `--apply` issues, the newest of `--among` open ones, against a GitHub that meters every rule, of `--unpaced` with all pauses off, which takes minutes
instead of hours.
Fails if a rule is broken, a label is put on twice or forgotten, or memory reaches 600 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console

from bench.machine import children, write
from bench.open_issues import LEARNED, REPO, issues, prepared
from triagebot.simulator import Simulator

LARGEST_MB = 600
AGAIN = 400
"""How many issues are looked at a second time, with kills."""
KILLS = (0.1, 0.2, 0.35, 0.5, 0.8)
"""After which shares of the labels `--apply` without pauses is killed."""


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


async def command(
    environment: dict[str, str], *arguments: str, pace: bool = True
) -> asyncio.subprocess.Process:
    """Start `triagebot backfill`, in a group of its own."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "triagebot", "backfill", REPO, "--json", *arguments),
        env=os.environ | environment | ({} if pace else {"TRIAGEBOT_PACE": "false"}),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def look(count: int, limit: int | None, *, vectors: bool = False) -> dict[str, Any]:
    """Return what a dry run over `count` open issues takes, and whether a killed one comes to the same."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with Simulator.start(pacing=True) as simulator:
            past = issues(count, labelled=LEARNED)
            environment = await prepared(folder, simulator, past, vectors=vectors)
            began, spent = time.perf_counter(), _processor_seconds()
            files = ("--csv", str(folder / "all.csv"), "--html", str(folder / "all.html"))
            child = await command(environment, *files, *(("--limit", str(limit)) if limit else ()))
            watch = Watch(child.pid)
            watching = asyncio.create_task(watch.look())
            out, _ = await child.communicate()
            watching.cancel()
            seconds = time.perf_counter() - began
            found, requests = json.loads(out), len(simulator.requests)
            return {
                "open_issues": count,
                "known_issues": count + LEARNED,
                "vectors": vectors,
                "looked_at": found["looked_at"],
                "would_label": len(found["rows"]),
                "seconds": round(seconds, 1),
                "processor_seconds": round(_processor_seconds() - spent, 1),
                "ms_each": round(1000 * seconds / found["looked_at"], 1),
                "requests": requests,
                "csv_mb": round((folder / "all.csv").stat().st_size / 1e6, 2),
                "html_mb": round((folder / "all.html").stat().st_size / 1e6, 2),
                "killed_comes_to_the_same": await _killed(environment, folder),
                "breaches": len(simulator.limits.breaches),
                "memory_mb": {role: round(most, 1) for role, most in watch.most.items()},
            }


def _processor_seconds() -> float:
    """Return the time that the children which have ended had of a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _killed(environment: dict[str, str], folder: Path) -> bool:
    """Return True if looks that are killed and gone on with find what the undisturbed one found, each once."""
    whole, found = _rows(folder / "all.csv")[:AGAIN], list[list[str]]()
    for part, dies_after in enumerate((len(whole) // 5, len(whole) // 2, None)):
        file = folder / f"part{part}.csv"
        before = ("--before", found[-1][0]) if found else ()
        child = await command(environment, "--csv", str(file), *before, *_to(whole, found))
        if dies_after is not None:
            while child.returncode is None and len(found) + len(_rows(file)) < dies_after:  # noqa: ASYNC110 - another process is watched
                await asyncio.sleep(0.02)
            os.killpg(child.pid, signal.SIGKILL)
        await child.communicate()
        found += _rows(file)
    return found[: len(whole)] == whole


def _to(whole: list[list[str]], found: list[list[str]]) -> tuple[str, str]:
    """Return the option that stops a look some issues after the last one wanted."""
    return ("--limit", str(2 * (len(whole) - len(found))))


def _rows(file: Path) -> list[list[str]]:
    """Return the whole lines of a CSV file that may be being written, without its head."""
    if not file.exists():
        return []
    whole, _, _ = file.read_text().rpartition("\n")
    return list(csv.reader(whole.splitlines()))[1:]


async def apply(
    count: int, kills: tuple[int, ...], *, pace: bool, among: int | None = None
) -> dict[str, Any]:
    """Return what became of the `count` newest of `among` open issues while everything was killed after so many labels."""
    with tempfile.TemporaryDirectory() as name:
        async with Simulator.start(pacing=pace) as simulator:
            open_issues, limit = max(count, among or 0), ("--limit", str(count))
            environment = await prepared(Path(name), simulator, issues(open_issues, labelled=600))
            out, _ = await (await command(environment, *limit)).communicate()
            shown = {(row["number"], label) for row in json.loads(out)["rows"] for label in row["labels"]}
            began, most, last = time.perf_counter(), dict[str, float](), b""
            for dies_after in (*kills, None):
                child = await command(environment, "--apply", *limit, pace=pace)
                watch = Watch(child.pid)
                watching = asyncio.create_task(watch.look())
                if dies_after is not None:
                    while sum(_put_on(simulator).values()) < dies_after:  # noqa: ASYNC110 - another process is watched
                        await asyncio.sleep(0.1)
                    os.killpg(child.pid, signal.SIGKILL)
                last, _ = await child.communicate()
                watching.cancel()
                most = {role: max(mb, most.get(role, 0.0)) for role, mb in watch.most.items()}
            put_on, states = _put_on(simulator), json.loads(last)["states"]
            return {
                "open_issues": open_issues,
                "asked_for": count,
                "paced": pace,
                "killed_after_labels": list(kills),
                "labelled": len(put_on),
                "as_shown_before": put_on.keys() == shown,
                "twice": sum(times > 1 for times in put_on.values()),
                "deliveries": states,
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
    """Return all parts."""
    count, unpaced = arguments.apply, arguments.unpaced
    kills = tuple(sorted({max(1, count // 5), max(2, count // 2)}))
    return {
        "dry_run": await look(arguments.issues, arguments.limit, vectors=arguments.vectors),
        "apply": await apply(count, kills, pace=True, among=arguments.among),
        "apply_unpaced": await apply(unpaced, tuple(int(share * unpaced) for share in KILLS), pace=False),
    }


def kept(found: dict[str, Any]) -> bool:
    """Return True if every promise was kept."""
    dry, applied = found["dry_run"], (found["apply"], found["apply_unpaced"])
    memory = [mb for each in (dry, *applied) for mb in each["memory_mb"].values()]
    return (
        dry["killed_comes_to_the_same"]
        and not dry["breaches"]
        and not any(each["breaches"] or each["twice"] for each in applied)
        and all(each["as_shown_before"] for each in applied)
        and all(set(each["deliveries"]) == {"done"} for each in applied)
        and max(memory) < LARGEST_MB
    )


def main() -> None:
    """Measure, print, write the results, and fail if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=50_000)
    parser.add_argument("--limit", type=int, help="look at so many of them")
    parser.add_argument(
        "--vectors", action="store_true", help="with the local embedder, as `learn` leaves it"
    )
    parser.add_argument("--apply", type=int, default=90)
    parser.add_argument("--among", type=int, help="of so many open ones")
    parser.add_argument("--unpaced", type=int, default=500)
    found = uvloop.run(measure(parser.parse_args()))
    Console().print_json(json.dumps(found))
    write("backfill", found)
    if not kept(found):
        raise SystemExit("A promise is broken; see above.")


if __name__ == "__main__":
    main()
