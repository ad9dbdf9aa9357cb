"""Make the files that `train_ranker.py` learns from, out of three public archives on GitHub.

    git clone --no-checkout https://github.com/brson/rust-issue-archive
    git clone --no-checkout https://github.com/tidev/jira-archive
    git clone --no-checkout https://github.com/av9ash/gitbugs
    .venv/bin/python scripts/duplicate_pairs.py rust rust-issue-archive DIR
    .venv/bin/python scripts/duplicate_pairs.py titanium jira-archive DIR
    .venv/bin/python scripts/duplicate_pairs.py seamonkey gitbugs DIR

Writes DIR/NAME_issues.jsonl.gz and DIR/NAME_pairs.jsonl.gz, in the formats of `triagebot eval duplicates`, for
three stretches of rust-lang/rust (its archive ends in 2015), four of Titanium and for SeaMonkey: 11,167, 17,835 and
1,076 issues, 401, 494 and 46 pairs. Besides, for the first two, DIR/NAME_links.jsonl.gz: which issues people named in
each other's threads. The weights were learned from rust-issue-archive ea867f0, jira-archive 5e177a1 and gitbugs eadf2d6.

rust-lang/rust: a closed issue is the duplicate of the last earlier issue of which a comment says so: "dup",
"dupe", "duplicate" or "duplicated", and at most 30 characters later "#" or a link, in a line that quotes
nothing and doubts nothing (not a dup, possibly, might, maybe, isn't, looks like, related, a question mark).
Titanium (Jira's TIMOB): two issues that are linked as duplicates, one of them resolved as one; of several such
links of an issue the one to the latest earlier issue. SeaMonkey: the pairs of its own list. In both, the younger of the two issues is the
duplicate.
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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

STRETCHES = {
    "rust": (7000, 14_000, 22_000, 30_653),
    "titanium": (5000, 10_000, 14_000, 19_000, 28_600),
}
"""The numbers at which the stretches of a long project begin, and at which the last of them ends."""

_SAID = re.compile(
    r"(?i)\b(?:dup|dupe|duplicate|duplicates|duplicated)\b[^#\n.]{0,30}(?:#|rust-lang/rust/issues/)(\d+)"
)
_DOUBTED = re.compile(r"(?i)\bnot (?:a |an )?(?:exact )?dup|possibl|might|maybe|isn't|looks like|related|\?")
_MENTIONED = re.compile(r"(?:(?:^|[\s(\[,])#|rust-lang/rust/issues/)(\d+)\b")
_TIMOB = re.compile(r"\bTIMOB-(\d+)\b")
_ITEM = re.compile(r"(\d+)-(main|comments)\.json$")


@dataclass(frozen=True)
class Archive:
    """Issues, pairs of (later, earlier) that are the same, and pairs that people named together, where that is known."""

    issues: Sequence[Mapping[str, Any]]
    pairs: Sequence[tuple[int, int]]
    links: Collection[tuple[int, int]] | None = None

    def stretch(self, numbers: range) -> Archive:
        """Return what lies within these numbers."""
        return Archive(
            [issue for issue in self.issues if issue["number"] in numbers],
            [pair for pair in self.pairs if all(one in numbers for one in pair)],
            [link for link in self.links or () if all(one in numbers for one in link)],
        )


def rust(archive: Path) -> Archive:
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
    pairs, links = [], set()
    for number, one in issues.items():
        comments = found["comments"].get(number) or ()
        named = _named(comments) if one["state"] == "closed" else []
        if named and named[-1] in issues and named[-1] < number:
            pairs.append((number, named[-1]))
        for text in (one["body"], *(comment.get("body") for comment in comments)):
            links |= {_ordered(number, int(other)) for other in _MENTIONED.findall(text or "")}
    return Archive(
        [
            _issue("rust-lang/rust", number, one["title"], one["body"], one["created_at"])
            for number, one in issues.items()
        ],
        pairs,
        links,
    )


def _ordered(one: int, other: int) -> tuple[int, int]:
    return max(one, other), min(one, other)


def _named(comments: Iterable[Mapping[str, Any]]) -> list[int]:
    lines = [line for comment in comments for line in (comment.get("body") or "").split("\n")]
    return [
        int(number)
        for line in lines
        if not line.startswith(">") and not _DOUBTED.search(line)
        for number in _SAID.findall(line)
    ]


def seamonkey(archive: Path) -> Archive:
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
    return Archive(issues, sorted(pairs))


def titanium(archive: Path) -> Archive:
    """Return the issues of Titanium's mobile project and the pairs that its links name."""
    issues, resolved = [], set()
    same: set[tuple[int, int]] = set()
    links: set[tuple[int, int]] = set()
    for _, text in _files(archive, "data/TIMOB"):
        one = json.loads(text)
        if "fields" not in one:  # the project's own record
            continue
        fields = one["fields"]
        number = int(one["key"].removeprefix("TIMOB-"))
        body, created_at = fields.get("description"), fields["created"][:19]
        issues.append(_issue("tidev/titanium", number, fields["summary"], body, created_at))
        if (fields.get("resolution") or {}).get("name") == "Duplicate":
            resolved.add(number)
        for link in fields.get("issuelinks") or ():
            for other in _TIMOB.findall((link.get("inwardIssue") or link.get("outwardIssue"))["key"]):
                (same if link["type"]["name"] == "Duplicate" else links).add(_ordered(number, int(other)))
        comments = (fields.get("comment") or {}).get("comments", ())
        for said in (body, fields.get("environment"), *(comment.get("body") for comment in comments)):
            links |= {_ordered(number, int(other)) for other in _TIMOB.findall(said or "")}
    there = {issue["number"] for issue in issues}
    pairs = dict(sorted(pair for pair in same if there.issuperset(pair) and resolved.intersection(pair)))
    by_number = sorted(issues, key=lambda issue: issue["number"])
    return Archive(by_number, sorted(pairs.items()), same | links)


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


def _write(folder: Path, name: str, archive: Archive) -> None:
    named = [{"number": later, "duplicate_of": earlier} for later, earlier in archive.pairs]
    written: dict[str, Sequence[Mapping[str, Any]]] = {"issues": archive.issues, "pairs": named}
    if archive.links is not None:
        written["links"] = [{"number": later, "with": earlier} for later, earlier in sorted(archive.links)]
    for kind, rows in written.items():
        with gzip.open(folder / f"{name}_{kind}.jsonl.gz", "wt", encoding="utf-8") as lines:
            lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        print(f"{name}: {len(rows)} {kind}")


def main() -> None:
    """Read an archive and write its two files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=["rust", "titanium", "seamonkey"])
    parser.add_argument("archive", type=Path, help="a clone of the archive's repository")
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    archive = {"rust": rust, "titanium": titanium, "seamonkey": seamonkey}[asked.name](asked.archive)
    if asked.name not in STRETCHES:
        _write(asked.folder, asked.name, archive)
        return
    for first, end in pairwise(STRETCHES[asked.name]):
        _write(asked.folder, f"{asked.name}_{first}", archive.stretch(range(first, end)))


if __name__ == "__main__":
    main()
