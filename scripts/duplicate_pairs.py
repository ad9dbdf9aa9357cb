"""Make the files that `train_ranker.py` learns from, out of two public archives on GitHub.

    git clone --no-checkout https://github.com/brson/rust-issue-archive
    git clone --no-checkout https://github.com/av9ash/gitbugs
    .venv/bin/python scripts/duplicate_pairs.py rust rust-issue-archive DIR
    .venv/bin/python scripts/duplicate_pairs.py seamonkey gitbugs DIR

Writes DIR/NAME_issues.jsonl.gz and DIR/NAME_pairs.jsonl.gz, in the formats of `triagebot eval duplicates`, for
three stretches of rust-lang/rust (its archive ends in 2015) and for SeaMonkey: 3,278, 4,011, 3,878 and 1,076 issues,
104, 169, 128 and 46 pairs. The weights were learned from rust-issue-archive ea867f0 and gitbugs eadf2d6.

rust-lang/rust: a closed issue is the duplicate of the last earlier issue of which a comment says so: "dup",
"dupe", "duplicate" or "duplicated", and at most 30 characters later "#" or a link, in a line that quotes
nothing and doubts nothing (not a dup, possibly, might, maybe, isn't, looks like, related, a question mark).
SeaMonkey: the pairs of its own list, the younger of the two issues is the duplicate.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

STRETCHES = (7000, 14_000, 22_000, 30_653)
"""The numbers at which the stretches of rust-lang/rust begin, and at which the last of them ends."""

_SAID = re.compile(
    r"(?i)\b(?:dup|dupe|duplicate|duplicates|duplicated)\b[^#\n.]{0,30}(?:#|rust-lang/rust/issues/)(\d+)"
)
_DOUBTED = re.compile(r"(?i)\bnot (?:a |an )?(?:exact )?dup|possibl|might|maybe|isn't|looks like|related|\?")
_ITEM = re.compile(r"(\d+)-(main|comments)\.json$")


def rust(archive: Path) -> tuple[list[dict[str, Any]], list[tuple[int, int]]]:
    """Return the issues of the archive and the pairs that its comments name."""
    found: dict[str, dict[int, Any]] = {"main": {}, "comments": {}}
    for name, text in _files(archive, "items"):
        if item := _ITEM.search(name):
            found[item[2]][int(item[1])] = json.loads(text)
    issues = {
        number: one
        for number, one in sorted(found["main"].items())
        if isinstance(one, dict) and not (one.get("pull_request") or {}).get("html_url")
    }
    pairs = []
    for number, one in issues.items():
        named = _named(found["comments"].get(number) or ()) if one["state"] == "closed" else []
        if named and named[-1] in issues and named[-1] < number:
            pairs.append((number, named[-1]))
    return [
        _issue("rust-lang/rust", number, one["title"], one["body"], one["created_at"])
        for number, one in issues.items()
    ], pairs


def _named(comments: Iterable[Mapping[str, Any]]) -> list[int]:
    lines = [line for comment in comments for line in (comment.get("body") or "").split("\n")]
    return [
        int(number)
        for line in lines
        if not line.startswith(">") and not _DOUBTED.search(line)
        for number in _SAID.findall(line)
    ]


def seamonkey(archive: Path) -> tuple[list[dict[str, Any]], list[tuple[int, int]]]:
    """Return the bugs of SeaMonkey and the pairs of its list."""
    csv.field_size_limit(10**9)
    texts = dict(_files(archive, "seamonkey"))
    rows = list(csv.DictReader(io.StringIO(texts["seamonkey/SeaMonkey_bugs.csv"])))
    created = {row["Issue id"]: row["Created"] for row in rows}
    pairs = set()
    for row in csv.DictReader(io.StringIO(texts["seamonkey/SeaMonkey_bugs-combined.csv"])):
        one = row["Issue id"]
        for other in (part.strip() for part in re.split("[;,]", row["Duplicate id"] or "")):
            if one in created and other in created and created[one] != created[other]:
                later, before = sorted((one, other), key=created.__getitem__, reverse=True)
                pairs.add((int(later), int(before)))
    issues = [
        _issue(
            "mozilla/seamonkey",
            int(row["Issue id"]),
            row["Summary"],
            row["Description"],
            row["Created"].replace(" ", "T"),
        )
        for row in rows
    ]
    return issues, sorted(pairs)


def _files(archive: Path, folder: str) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the files in a folder of a repository's newest commit."""
    git = ["git", "-C", str(archive), "archive", "HEAD", folder]
    with (
        subprocess.Popen(git, stdout=subprocess.PIPE) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as members,
    ):
        for member in members:
            content = members.extractfile(member)
            if content is not None and member.name.endswith((".json", ".csv")):
                yield member.name, content.read().decode("utf-8")


def _issue(repo: str, number: int, title: str | None, body: str | None, created_at: str) -> dict[str, Any]:
    return {
        "repo": repo,
        "number": number,
        "title": title or "",
        "body": body or "",
        "created_at": created_at,
        "labels": [],
    }


def _write(
    folder: Path, name: str, issues: Sequence[Mapping[str, Any]], pairs: Sequence[tuple[int, int]]
) -> None:
    named = [{"number": number, "duplicate_of": before} for number, before in pairs]
    for kind, rows in (("issues", issues), ("pairs", named)):
        with gzip.open(folder / f"{name}_{kind}.jsonl.gz", "wt", encoding="utf-8") as lines:
            lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        print(f"{name}: {len(rows)} {kind}")


def main() -> None:
    """Read an archive and write its two files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=["rust", "seamonkey"])
    parser.add_argument("archive", type=Path, help="a clone of the archive's repository")
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    issues, pairs = {"rust": rust, "seamonkey": seamonkey}[asked.name](asked.archive)
    if asked.name == "seamonkey":
        _write(asked.folder, asked.name, issues, pairs)
        return
    for first, end in pairwise(STRETCHES):
        within = range(first, end)
        _write(
            asked.folder,
            f"rust_{first}",
            [issue for issue in issues if issue["number"] in within],
            [pair for pair in pairs if pair[0] in within and pair[1] in within],
        )


if __name__ == "__main__":
    main()
