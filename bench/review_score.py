"""Read the pull requests that reviews are scored with, and score a review of one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent / "review_cases"
NEAR = 2
"""A comment so many lines away from a planted mistake is still about it."""


@dataclass(frozen=True)
class Planted:
    """One mistake: where it stands, and what is wrong there."""

    path: str
    side: str
    line: int
    what: str


@dataclass(frozen=True)
class Case:
    """One pull request: the repository's files, those that it changes, and what is wrong with them."""

    name: str
    title: str
    body: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    planted: Sequence[Planted]


@dataclass(frozen=True)
class Remark:
    """One comment of a review, on the lines `first`..`last`."""

    path: str
    side: str
    first: int
    last: int
    text: str


@dataclass(frozen=True)
class Score:
    """What a review found, what it missed, and what it said besides."""

    found: Sequence[Planted]
    missed: Sequence[Planted]
    besides: Sequence[Remark]


def read(folder: Path = CASES) -> list[Case]:
    """Return the cases, by name. Raises `ValueError` for one whose planted line is not there just once."""
    return [_case(file) for file in sorted(folder.glob("*.toml"))]


def score(case: Case, remarks: Iterable[Remark]) -> Score:
    """Return which planted mistakes a remark stands on, and the remarks that stand on none."""
    remarks = list(remarks)
    found = [mistake for mistake in case.planted if any(_hits(remark, mistake) for remark in remarks)]
    return Score(
        found=found,
        missed=[mistake for mistake in case.planted if mistake not in found],
        besides=[remark for remark in remarks if not any(_hits(remark, mistake) for mistake in case.planted)],
    )


def _hits(remark: Remark, mistake: Planted) -> bool:
    same = (remark.path, remark.side) == (mistake.path, mistake.side)
    return same and remark.first - NEAR <= mistake.line <= remark.last + NEAR


def _case(file: Path) -> Case:
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    before = {each["path"]: each["before"] for each in read["files"] if "before" in each}
    after = {each["path"]: each["after"] for each in read["files"] if "after" in each}
    return Case(
        name=file.stem,
        title=read["title"],
        body=read.get("body", ""),
        before=before,
        after=after,
        planted=[_planted(file.stem, each, before, after) for each in read.get("planted", ())],
    )


def _planted(
    name: str, each: Mapping[str, str], before: Mapping[str, str], after: Mapping[str, str]
) -> Planted:
    side = each.get("side", "RIGHT")
    lines = (after if side == "RIGHT" else before)[each["path"]].split("\n")
    if lines.count(each["quote"]) != 1:
        raise ValueError(f"{name}: {each['quote']!r} does not stand in {each['path']} just once")
    return Planted(each["path"], side, lines.index(each["quote"]) + 1, each["what"])
