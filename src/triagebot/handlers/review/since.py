"""What has changed since the commit that was last reviewed: two diffs compared by content, not by line number.

The pull request's diff as it was then and its diff now are both against their merge base. So a rebase,
a force push or a merge of the base changes nothing here, unless it changed what the pull request does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from triagebot.core.diff import FileDiff
from triagebot.core.values import Side

COMPARED = 1_000_000
"""Up to so many pairs of lines are aligned in order; larger files are compared line by line, as a heap."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """The lines that a review has not seen yet: numbers of both sides of the diff as it is now."""

    right: frozenset[int]
    left: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.right or self.left)

    def on(self, side: Side) -> frozenset[int]:
        """Return the lines of one side."""
        return self.right if side == "RIGHT" else self.left


def fresh(now: FileDiff, before: FileDiff | None) -> Fresh:
    """Return the changed lines of `now` that `before` did not have; all of them where there is no before.

    Where a line that was there before has gone again, its neighbours count as changed: it may have been
    what made them right.
    """
    if before is None or before.missing or before.binary:
        return Fresh(now.changed("RIGHT"), now.changed("LEFT"))
    return Fresh(_side(now, before, "+"), _side(now, before, "-"))


def _side(now: FileDiff, before: FileDiff, sign: str) -> frozenset[int]:
    lines = [line for hunk in now.hunks for line in hunk.lines if line.kind == sign]
    numbers = [line.new if sign == "+" else line.old for line in lines]
    old = [line.text.rstrip() for hunk in before.hunks for line in hunk.lines if line.kind == sign]
    touched = _touched(old, [line.text.rstrip() for line in lines])
    return frozenset(number for at in touched if (number := numbers[at]) is not None)


def _touched(old: Sequence[str], new: Sequence[str]) -> set[int]:
    """Return the places in `new` that `old` does not account for."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    old, middle = old[start : len(old) - end], new[start : len(new) - end]
    if len(old) * len(middle) > COMPARED:
        return {start + at for at in _unaccounted(old, middle)}
    touched: set[int] = set()
    matcher = SequenceMatcher(None, old, middle, autojunk=False)
    for kind, _, _, first, last in matcher.get_opcodes():
        if kind == "delete":
            touched |= {start + first - 1, start + first} & set(range(len(new)))
        elif kind != "equal":
            touched |= set(range(start + first, start + last))
    return touched


def _unaccounted(old: Sequence[str], new: Sequence[str]) -> set[int]:
    left = Counter(old)
    found: set[int] = set()
    for at, text in enumerate(new):
        if left[text]:
            left[text] -= 1
        else:
            found.add(at)
    return found
