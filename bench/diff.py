"""How long reading a large diff takes, and commenting on it, on one core: `python -m bench.diff [LINES]`.

The diff is made up: files of 30 hunks of changed and unchanged lines. 20,000 lines is the most that GitHub
gives out in one diff. Milliseconds of processor time, of which it takes one core's.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable

from bench.machine import write
from triagebot.core.diff import base_of, from_pull_file, locate, parse
from triagebot.core.values import PullFile

LINES, ROUNDS, QUOTES = 22_000, 40, 500
WORDS = [
    "return",
    "if",
    "not",
    "for",
    "in",
    "None",
    "self",
    "value",
    "result",
    "index",
    "while",
    "count",
    "path",
    "open",
    "close",
    "the",
    "of",
]


def main() -> None:
    """Make a diff, read it again and again, print and write down."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    dice = random.Random(11)
    text, heads = "", []
    while text.count("\n") < wanted:
        patch, head = _file(len(heads), dice)
        text, heads = text + patch, [*heads, head]
    text = "\n".join(text.split("\n")[:wanted])
    text = text[: text.rindex("\n@@ ") + 1]  # whole hunks only
    diffs = parse(text)
    files = [
        PullFile(diff.path, diff.status, 0, 0, patch)
        for diff, patch in zip(diffs, _patches(text), strict=True)
    ]
    quotes = _quotes(diffs, dice)

    def anchored() -> int:
        return sum(locate(diff, quote, near=near) is not None for diff, quote, near in quotes)

    def undone() -> int:
        return sum(base_of(head, diff) is not None for diff, head in zip(diffs, heads, strict=False))

    results = {
        "diff_lines": text.count("\n"),
        "files": len(diffs),
        "hunks": sum(len(diff.hunks) for diff in diffs),
        "parse_ms": _timed(lambda: len(parse(text))),
        "from_pull_files_ms": _timed(lambda: len([from_pull_file(file) for file in files])),
        f"locate_{len(quotes)}_quotes_ms": _timed(anchored),
        "quotes_found": anchored(),
        "base_of_all_files_ms": _timed(undone),
        "files_undone": undone(),
    }
    print(json.dumps(results, indent=1))
    write("diff", results)


def _timed(work: Callable[[], int]) -> dict[str, float]:
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        took.append(1000 * (time.process_time() - began))
    return {"median": round(statistics.median(took), 1), "worst": round(max(took), 1)}


def _file(number: int, dice: random.Random) -> tuple[str, str]:
    """Return a file's part of the diff, and the file as it is after it."""
    name = f"src/part{number % 7}/module_{number}.py"
    out = [
        f"diff --git a/{name} b/{name}\n",
        "index 1f2e3d4..5a6b7c8 100644\n",
        f"--- a/{name}\n",
        f"+++ b/{name}\n",
    ]
    head: list[str] = []
    old = 1
    for _ in range(30):
        gap = [_line(dice) for _ in range(dice.randrange(4, 60))]
        head += gap
        old += len(gap)
        lines = [" "] * 3 + [dice.choice("+++- ") for _ in range(dice.randrange(1, 20))] + [" "] * 3
        shown = [(kind, _line(dice)) for kind in lines]
        gone, come = (sum(kind != other for kind in lines) for other in "+-")
        out.append(f"@@ -{old},{gone} +{len(head) + 1},{come} @@ def {dice.choice(WORDS)}(self):\n")
        out += [kind + line for kind, line in shown]
        head += [line for kind, line in shown if kind != "-"]
        old += gone
    return "".join(out), "".join(head)


def _line(dice: random.Random) -> str:
    return " " * dice.randrange(0, 16, 4) + " ".join(dice.choices(WORDS, k=dice.randrange(0, 12))) + "\n"


def _patches(text: str) -> list[str]:
    """Return each file's hunks as the files API gives them."""
    parts = ("\n" + text).split("\ndiff --git ")[1:]
    return [part[part.index("\n@@ ") + 1 :].removesuffix("\n") for part in parts]


def _quotes(diffs: tuple, dice: random.Random) -> list[tuple]:
    """Return quotes of one to four lines with a line number that is somewhat wrong, as models give it."""
    found = []
    for _ in range(QUOTES):
        diff = dice.choice(diffs)
        lines = [line for line in dice.choice(diff.hunks).lines if line.new]
        at = dice.randrange(len(lines))
        some = lines[at : at + dice.randint(1, 4)]
        found.append((diff, "\n".join(line.text for line in some), some[0].new + dice.randint(-3, 3)))
    return found


if __name__ == "__main__":
    main()
