"""Cut files into passages that can be read by themselves: sections of documents, definitions of code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triagebot.core import code

LONGEST = 2_400
"""Characters of a passage."""
MOST_LINES = 70
_SMALLEST = 6
"""Lines of code below which a block is joined to the next."""

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]{1,10}(\S.{0,200}?)[ \t#]{0,20}$|(={1,5}) (\S.{0,200}?)$")
_UNDERLINE = re.compile(r"([=~^*+#'\"-])\1{2,200}[ \t]{0,20}$")
_FENCE = re.compile(r"[ \t>]{0,12}(`{3,}|~{3,})")
_ABOVE = re.compile(r"\s{0,40}(?:#(?!include|define|if|endif)|//|/\*|\*|--|;;|@|\[)")


@dataclass(frozen=True, slots=True)
class Passage:
    """The lines `start`..`end` of a file, counted from 1. `title` is its heading or the name that it defines."""

    path: str
    start: int
    end: int
    title: str
    text: str


def prose_passages(path: str, text: str) -> Iterator[Passage]:
    """Yield the sections of a document (Markdown, reStructuredText, AsciiDoc, plain), long ones in parts."""
    lines = text.split("\n")
    trail: list[tuple[int, str]] = []
    start, fence = 0, ""
    for at, line in enumerate(lines):
        if match := _FENCE.match(line[:200]):
            fence = "" if fence and match[1].startswith(fence) else fence or match[1]
            continue
        heading = None if fence else _heading(lines, at)
        if heading is None:
            continue
        level, words, first = heading
        yield from _parts(path, lines, start, first, _title(trail))
        trail = [*(one for one in trail if one[0] < level), (level, words)]
        start = first
    yield from _parts(path, lines, start, len(lines), _title(trail))


def code_passages(path: str, text: str, *, parse: bool) -> Iterator[Passage]:
    """Yield the definitions of a source file with the comments above them, and what lies between.

    Without `parse`, or where the language has no grammar here, blocks between blank lines.
    """
    lines = text.split("\n")
    language = code.language(path) if parse else None
    found = code.definitions(text, language) if language else ()
    at = 0
    for definition in _apart(found):
        start = _with_comments(lines, at, definition.start - 1)
        end = min(definition.end, len(lines))
        if start < at or end <= start:
            continue
        yield from _blocks(path, lines, at, start, "")
        name = f"{definition.parent}.{definition.name}" if definition.parent else definition.name
        yield from _parts(path, lines, start, end, name)
        at = end
    yield from _blocks(path, lines, at, len(lines), "")


def _heading(lines: Sequence[str], at: int) -> tuple[int, str, int] | None:
    """Return level, words and first line of the heading that ends on this line."""
    line = lines[at][:400]
    if match := _HEADING.match(line):
        return len(match[1] or match[3]), (match[2] or match[4]).strip(), at
    if at and (match := _UNDERLINE.match(line)):
        words = lines[at - 1].strip()
        if (
            words
            and len(words) <= 120
            and 2 * len(line.rstrip()) >= len(words)
            and not _UNDERLINE.match(words)
        ):
            return 1 + "=-~^\"'*+#".index(match[1]), words, at - 1
    return None


def _title(trail: Sequence[tuple[int, str]]) -> str:
    return " › ".join(words for _, words in trail[-2:])


def _apart(found: Sequence[code.Definition]) -> list[code.Definition]:
    """Return definitions that do not overlap: whole ones, or where one is long, what it holds."""
    chosen: list[code.Definition] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        long = one.end - one.start >= MOST_LINES
        holds = long and any(
            other is not one and one.start <= other.start and other.end <= one.end for other in found
        )
        if not holds and (not chosen or one.start > chosen[-1].end):
            chosen.append(one)
    return chosen


def _with_comments(lines: Sequence[str], least: int, start: int) -> int:
    """Return the first of the comments and decorators right above a definition."""
    first = start
    while first > max(least, start - 30) and first <= len(lines) and _ABOVE.match(lines[first - 1][:200]):
        first -= 1
    return first


def _blocks(path: str, lines: Sequence[str], start: int, end: int, title: str) -> Iterator[Passage]:
    """Yield the lines in blocks that begin at an unindented line after an empty one."""
    first = start
    for at in range(start + 1, end):
        fresh = lines[at][:1].strip() and not lines[at - 1].strip()
        if fresh and at - first >= _SMALLEST:
            yield from _parts(path, lines, first, at, title)
            first = at
    yield from _parts(path, lines, first, end, title)


def _parts(path: str, lines: Sequence[str], start: int, end: int, title: str) -> Iterator[Passage]:
    """Yield lines `start`..`end` (from 0, end excluded), cut where they are too many for one passage."""
    while start < end:
        stop, size = start, 0
        while stop < end and stop - start < MOST_LINES and size + len(lines[stop]) <= LONGEST:
            size += len(lines[stop]) + 1
            stop += 1
        stop = max(stop, start + 1)
        if stop < end:  # rather at an empty line than in the middle
            empty = next(
                (at for at in range(stop, start + (stop - start) // 2, -1) if not lines[at - 1].strip()), stop
            )
            stop = empty
        text = "\n".join(line[:LONGEST] for line in lines[start:stop]).strip("\n")[:LONGEST]
        last = stop
        while last > start + 1 and not lines[last - 1].strip():
            last -= 1
        if text.strip():
            yield Passage(path, start + 1, last, title, text)
        start = stop
