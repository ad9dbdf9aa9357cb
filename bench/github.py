"""The simulator as a process: a repository with issues, and the deliveries that GitHub would send for them.

Prints one line of JSON when it listens (its address, App id and key), then serves until its input ends.

    python -m bench.github ISSUES BYTES BODIES_FILE LATENCY
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path

import uvloop

from triagebot.simulator import Simulator

WORDS = [
    "the",
    "parser",
    "crashes",
    "with",
    "an",
    "empty",
    "file",
    "when",
    "it",
    "reads",
    "from",
    "a",
    "pipe",
    "and",
    "the",
    "terminal",
    "is",
    "narrow",
    "while",
    "version",
    "2.4",
    "works",
    "as",
    "documented",
    "but",
    "2.5",
    "raises",
    "an",
    "exception",
    "after",
    "an",
    "update",
    "of",
    "the",
    "cache",
    "on",
    "Windows",
    "expected",
    "output",
    "should",
    "list",
    "every",
    "entry",
    "instead",
    "of",
    "stopping",
    "at",
    "line",
    "regression",
    "install",
    "docs",
    "typo",
    "feature",
]


def words(dice: random.Random, size: int) -> str:
    """Return about `size` characters of text that packs like prose."""
    text: list[str] = []
    length = 0
    while length < size:
        word = dice.choice(WORDS) + (str(dice.randrange(10_000)) if dice.random() < 0.2 else "")
        text.append(word)
        length += len(word) + 1
    return " ".join(text)


def populated(issues: int, size: int, bodies: Path, latency: float) -> Simulator:
    """Return a GitHub with issues, and write the deliveries that opening them makes."""
    dice = random.Random(1)
    simulator = Simulator(pacing=False, latency=latency, webhook_secret="bench")
    simulator.world.add_repo("octo/engine", files={"README.md": "# engine\n"})
    simulator.hooks.hold()
    simulator.hooks.url = "http://127.0.0.1:9/webhook"  # held: never sent from here
    for number in range(issues):
        simulator.world.open_issue(
            "octo/engine", f"user{number % 50}", f"It crashes, {number}", words(dice, size)
        )
    opened = [held for held in simulator.hooks.held if (held.event, held.action) == ("issues", "opened")]
    bodies.write_text("\n".join(json.dumps(held.payload) for held in opened))
    simulator.hooks.url = None  # from here on the load generator speaks for GitHub
    simulator.hooks.held.clear()
    simulator.hooks.deliveries.clear()
    return simulator


async def serve(simulator: Simulator) -> None:
    """Serve until the input ends."""
    await simulator.open()
    print(
        json.dumps({"url": simulator.url, "app_id": simulator.app_id, "key": simulator.private_key}),
        flush=True,
    )
    await asyncio.to_thread(sys.stdin.read)
    await simulator.close()


if __name__ == "__main__":
    uvloop.run(serve(populated(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))))
