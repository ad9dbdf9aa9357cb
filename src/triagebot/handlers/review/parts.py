"""Cut a diff into parts that a model can read well: small, numbered, each hunk with the code around it.

A part holds whole hunks where they fit; a long one is cut into windows. The most important files come
first, and what does not fit into `MOST_PARTS` is not read: the review says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from triagebot.core.code import Definition, definitions, language
from triagebot.core.diff import FileDiff, Hunk, Line
from triagebot.core.redact import redact_lines
from triagebot.core.text import cut
from triagebot.handlers.review.since import Fresh

PART_TOKENS = 2_400
"""Tokens of diff in one part, at three bytes each. A fuller prompt was measured to review worse."""
MOST_PARTS = 6
LONGEST_LINE = 400
LONGEST_PATH = 300
LONGEST_AROUND = 160
"""Characters of a line that is only shown to understand the others."""
MISSES = 10
"""Once so many pieces found no room, the files that follow are not tried."""
MOST_GONE, GONE_ABOVE, GONE_BELOW = 40, 12, 6
"""Removed lines in a row up to which all are shown; of more, the first and the last."""
WINDOW = 80
"""Lines of a hunk in one piece."""
BEFORE, AFTER = 10, 6
"""Lines shown of a definition around a hunk: its first ones and the last before it; those right after it."""


_BREAKS = re.compile("[\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class View:
    """One file as a review sees it: its diff, the head's content if it was read, and what is new to the review."""

    diff: FileDiff
    head: str | None = None
    fresh: Fresh | None = None

    @property
    def path(self) -> str:
        """The path at the head."""
        return self.diff.path

    @property
    def changed(self) -> int:
        """How many changed lines are to be looked at."""
        if self.fresh is not None:
            return len(self.fresh.right) + len(self.fresh.left)
        return len(self.diff.changed("RIGHT")) + len(self.diff.changed("LEFT"))


@dataclass(frozen=True, slots=True)
class Piece:
    """A window of a hunk as it is shown; `lines` counts the changed ones in it."""

    view: View
    text: str
    lines: int

    @property
    def cost(self) -> int:
        """About how many tokens it takes, rather too many."""
        shown = cut(self.view.path, LONGEST_PATH) + self.text
        return len(shown.encode("utf-8", "replace")) // 3 + 12


@dataclass
class Part:
    """What one call of the model is shown."""

    pieces: list[Piece] = field(default_factory=list)

    @property
    def cost(self) -> int:
        """About how many tokens its pieces take."""
        return sum(piece.cost for piece in self.pieces)

    @property
    def views(self) -> dict[str, View]:
        """The files in it, by path."""
        return {piece.view.path: piece.view for piece in self.pieces}

    @property
    def text(self) -> str:
        """The pieces below each other, those of one file under its name."""
        blocks: list[str] = []
        last = ""
        for piece in self.pieces:
            if piece.view.path != last:
                last = piece.view.path
                name = verbatim(cut(" ".join(last.split()), LONGEST_PATH))
                blocks.append(f"File: {name} ({piece.view.diff.status})")
            blocks.append(piece.text)
        return "\n\n".join(blocks)


@dataclass(frozen=True, slots=True)
class Packed:
    """The parts, and how many changed lines of each file are in none of them."""

    parts: tuple[Part, ...]
    unread: dict[str, int]


def pack(views: Iterable[View], *, most: int = MOST_PARTS, tokens: int = PART_TOKENS) -> Packed:
    """Put the files, in order, into at most `most` parts of at most `tokens`."""
    parts: list[Part] = []
    left: list[int] = []
    unread: dict[str, int] = {}
    misses = 0
    for view in views:
        seen = 0
        for piece in pieces(view) if misses < MISSES else ():
            cost = piece.cost
            at = next((at for at, room in enumerate(left) if cost <= room), len(parts))
            if at == most:
                misses += 1
                continue
            if at == len(parts):
                parts.append(Part())
                left.append(tokens)
            parts[at].pieces.append(piece)
            left[at] -= cost
            seen += piece.lines
        if missing := view.changed - seen:
            unread[view.path] = missing
    return Packed(tuple(parts), unread)


def pieces(view: View) -> Iterator[Piece]:
    """Yield the windows of the file's hunks that hold a line to be looked at."""
    source = view.head.split("\n") if view.head is not None else []
    kind = language(view.path, source[0] if source else "")
    known = definitions(view.head, kind) if view.head is not None else ()
    clear, source = source, redact_lines(source)
    hidden = {n: shown for n, (line, shown) in enumerate(zip(clear, source, strict=True), 1) if line != shown}
    for hunk in view.diff.hunks:
        for window in _windows(list(_shortened(_without_secrets(hunk, hidden)))):
            lines = sum(_counts(view, line) for line in window)
            if lines:
                yield Piece(view, _shown(window, source, known), lines)


def _without_secrets(hunk: Hunk, hidden: Mapping[int, str]) -> list[Line]:
    """Return the hunk's lines as they may be shown; `hidden` are lines of the head, where whole keys are known."""
    texts = redact_lines([line.text for line in hunk.lines])
    return [
        replace(line, text=hidden.get(line.new or 0, text))
        for line, text in zip(hunk.lines, texts, strict=True)
    ]


def _shortened(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines without the middle of long runs of removed ones: that they are gone is what there is to know."""
    for gone, group in groupby(lines, key=lambda line: line.kind == "-"):
        run = list(group)
        if gone and len(run) > MOST_GONE:
            count = len(run) - GONE_ABOVE - GONE_BELOW
            yield from run[:GONE_ABOVE]
            yield Line(" ", None, None, f"… {count:,} more removed lines …")
            yield from run[-GONE_BELOW:]
        else:
            yield from run


def _windows(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Yield a hunk's lines in runs that fit into a part."""
    run: list[Line] = []
    size = 0
    for line in lines:
        run.append(line)
        size += len(cut(line.text, LONGEST_LINE).encode("utf-8", "replace")) // 3 + 5
        if len(run) >= WINDOW or size > PART_TOKENS // 3:
            yield run
            run, size = [], 0
    if run:
        yield run


def _counts(view: View, line: Line) -> bool:
    if line.kind == " ":
        return False
    if view.fresh is None:
        return True
    return (line.new if line.kind == "+" else line.old) in view.fresh.on(
        "RIGHT" if line.kind == "+" else "LEFT"
    )


def _shown(window: Sequence[Line], source: Sequence[str], known: Sequence[Definition]) -> str:
    """Return the window with line numbers, and what encloses it. Indented, so that Markdown takes it for code."""
    rows = [_row(line.new if line.kind != "-" else None, line.kind, line.text) for line in window]
    numbers = [line.new for line in window if line.new is not None]
    if not (source and numbers):
        return "\n".join(rows)
    changed = [line.new for line in window if line.kind == "+" and line.new is not None] or numbers
    found = [one for line in (changed[0], changed[-1]) if (one := _enclosing(known, line)) is not None]
    above, below = _around(found, numbers[0], numbers[-1], len(source))
    return "\n".join([*_context(above, source), *rows, *_context(below, source)])


def _enclosing(known: Sequence[Definition], line: int) -> Definition | None:
    """Return the smallest definition around a line."""
    around = (one for one in known if one.start <= line <= one.end)
    return min(around, key=lambda one: one.end - one.start, default=None)


def _around(
    found: Sequence[Definition], first: int, last: int, length: int
) -> tuple[Sequence[int], Sequence[int]]:
    """Return the numbers of the lines to show above and below; 0 stands for a gap."""
    if not found:
        return (), ()
    start, end = min(one.start for one in found), min(max(one.end for one in found), length)
    above = list(range(start, first))
    if len(above) > BEFORE:
        above = [*above[:3], 0, *above[3 - BEFORE :]]
    return above, list(range(last + 1, end + 1))[:AFTER]


def _context(numbers: Sequence[int], source: Sequence[str]) -> list[str]:
    return [
        _row(number, " ", cut(source[number - 1].rstrip("\r"), LONGEST_AROUND)) if number else "          …"
        for number in numbers
        if number <= len(source)
    ]


def _row(number: int | None, sign: str, text: str) -> str:
    return f"    {'' if number is None else number:>5} {sign} {verbatim(cut(text.removesuffix(chr(13)), LONGEST_LINE))}"


def verbatim(text: str) -> str:
    """Return code so that a prompt shows all of it.

    A comment of HTML is broken up: it would be taken out with all that follows. What else ends a line stays in
    it: the rest would stand outside of the code, and be read as a page.
    """
    return _BREAKS.sub(" ", text).replace("<!--", "<! --")


def unshown(text: str) -> str:
    """Return a path or a quote as it stands in the change, not as it was shown."""
    return text.replace("<! --", "<!--")
