"""Cut an issue's Markdown at its headings, whatever they are written as, and take its code out.

A heading is what templates use for one: a line of `#`s, or a line that begins with bold words (then what
follows on the line belongs to the section). Nothing in a fenced block is a heading. Line by line, so
linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_ATX = re.compile(r" {0,3}#{1,6}[ \t]+(\S.*)")
_BOLD = re.compile(r" {0,3}(\*\*|__)(?![\s*_])([^*_\n]{1,150})\1[ \t]*:?(.*)")
_FENCE = re.compile(r"[ \t>]{0,12}(?:[-*+] )?(`{3,}|~{3,})([^`]*)")
LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class Part:
    """A heading ("" for what stands before the first one) and the lines under it; `line` is how it is written."""

    heading: str
    lines: tuple[str, ...]
    line: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A fenced block: the words behind the fence and its lines."""

    info: str
    lines: tuple[str, ...]


def parts(markdown: str) -> list[Part]:
    """Return the text's parts in order, the one before the first heading first."""
    found: list[tuple[str, str, list[str]]] = [("", "", [])]
    fence = ""
    for line in markdown.split("\n"):
        fence, inside = _fenced(line, fence)
        heading = None if inside else heading_of(line)
        if heading is None:
            found[-1][2].append(line)
        else:
            text, rest = heading
            found.append((text, line, [rest] if rest else []))
    return [Part(heading, tuple(lines), line) for heading, line, lines in found]


def heading_of(line: str) -> tuple[str, str] | None:
    """Return the words of a heading and what follows them on the line, or None if the line is no heading."""
    if len(line) > 4_000:
        return None
    if match := _ATX.fullmatch(line):
        words = match[1].rstrip("# \t")[:LONGEST_HEADING]
        return (words, "") if words else None
    if match := _BOLD.fullmatch(line):
        return match[2].strip(), match[3].strip()
    return None


def key(heading: str) -> str:
    """Return a heading for comparison: only its letters and digits count, and their case does not."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return " ".join("".join(char if char.isalnum() else " " for char in text).split())


def code_apart(markdown: str) -> tuple[str, list[Code]]:
    """Return the text without its fenced blocks, and the blocks."""
    prose: list[str] = []
    blocks: list[tuple[str, list[str]]] = []
    fence = ""
    for line in markdown.split("\n"):
        before = fence
        fence, inside = _fenced(line, fence)
        if not inside:
            prose.append(line)
        elif not before:
            match = _FENCE.match(line)
            blocks.append((match[2].strip() if match else "", []))
        elif fence:
            blocks[-1][1].append(line)
    return "\n".join(prose), [Code(info, tuple(lines)) for info, lines in blocks]


def _fenced(line: str, fence: str) -> tuple[str, bool]:
    """Return the fence that is open after this line ("" for none), and whether the line belongs to a block."""
    match = _FENCE.match(line[:200])
    if not fence:
        return (match[1], True) if match else ("", False)
    closes = match is not None and match[1].startswith(fence) and not match[2].strip()
    return ("" if closes else fence), True
