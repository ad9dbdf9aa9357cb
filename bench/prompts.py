"""Count the tokens of every prompt, on the fixtures whose text is reviewed in `tests/llm/snapshots`.

    python -m bench.prompts

Tokens are SmolLM2's, whose tokenizer is here without an account; other models' differ by some percent. What
changed since the last results is shown beside each count. `fixed` is the part that never changes, which prefix caches hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from bench.machine import RESULTS, write
from triagebot.llm.local import LocalServer

SNAPSHOTS = Path(__file__).parent.parent / "tests" / "llm" / "snapshots"
SYSTEM, USER = "=== system ===\n", "=== user ===\n"


def counts(count: Callable[[str], int]) -> dict[str, dict[str, int | str]]:
    """Return version, fixed and all tokens of each rendered fixture, by its name."""
    found: dict[str, dict[str, int | str]] = {}
    for file in sorted(SNAPSHOTS.glob("*.txt")):
        text = file.read_text(encoding="utf-8").replace("<1000 × abc> ", "abc " * 1000)
        version, _, rest = text.partition(SYSTEM)
        system, _, user = rest.partition(USER)
        fixed = count(system)
        found[file.stem] = {"version": version.strip(), "fixed": fixed, "tokens": fixed + count(user)}
    return found


def main() -> None:
    """Count, print, and write `results/prompts.json`."""
    server = LocalServer()
    base, key = server.start()
    try:
        with httpx.Client(headers={"authorization": f"Bearer {key}"}, timeout=60) as client:

            def count(text: str) -> int:
                answer = client.post(f"{base.removesuffix('/v1')}/tokenize", json={"content": text})
                return len(answer.raise_for_status().json()["tokens"])

            now = counts(count)
    finally:
        server.stop()
    last = RESULTS / "prompts.json"
    before = json.loads(last.read_text())["prompts"] if last.exists() else {}
    write("prompts", {"tokenizer": "SmolLM2", "prompts": now})
    table = Table("fixture", "version", "fixed", "tokens", "since the last results")
    for name, each in now.items():
        change = int(each["tokens"]) - before[name]["tokens"] if name in before else None
        since = "new" if change is None else f"{change:+,}" if change else ""
        table.add_row(name, str(each["version"]), f"{each['fixed']:,}", f"{each['tokens']:,}", since)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
