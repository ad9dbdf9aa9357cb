"""Take out of Markdown what its source holds and its page does not show.

Alternative texts, link titles, reference definitions (`[//]: # (…)` is a known way to write a comment)
and HTML attributes reach a model that reads the source, but no person who reads the page. Patterns are
bounded, so time is linear in the text. What is code says the parser: HTML blocks are none.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from triagebot.core.bounded import TooManySteps, bounded

# GitHub stores no text longer than 65,536 characters; the parser takes its time for more.
LONGEST = 70_000

_IMAGE = re.compile(r"!\[[^\[\]\n]{0,500}\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,200}\])?")
_TITLE = re.compile(
    r"""(\]\([^()\s"']{0,2000})[ \t]+(?:"[^"\n]{0,1000}"|'[^'\n]{0,1000}'|\([^()\n]{0,1000}\))\)"""
)
_DEFINITION = re.compile(
    r"""^(?:[ ]{0,3}(?:>|[-*+]|\d{1,9}[.)]))*[ ]{0,3}\[(?!\^)[^\[\]\n]{1,200}\]:[ \t]*\S.*$\n?"""
    r"""(?:^[ \t>]*(?:"[^"\n]{1,1000}"|'[^'\n]{1,1000}'|\([^()\n]{1,1000}\))[ \t]*$\n?)?""",
    re.MULTILINE,
)
"""Also in quotes and lists, and with its title on a line of its own."""
_TAG = re.compile(
    r"<(/?(?:a|abbr|audio|b|br|code|details|div|em|embed|font|h[1-6]|i|iframe|img|input|kbd|li|object|ol|p|picture|"
    r"pre|source|span|strong|sub|summary|sup|svg|table|tbody|td|th|thead|tr|ul|video))[\s/][^<>]{0,4000}>",
    re.IGNORECASE,
)
_LINE_END = re.compile(r"\r\n?|\n")  # as the parser counts lines
_BLOCKS = bounded(MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"]))


def strip_unseen(markdown: str) -> tuple[str, bool]:
    """Return `markdown` without what its page does not show, and whether anything was taken out.

    Code blocks are shown as they are written, so they stay as they are: those of the first `LONGEST`
    characters, what follows is taken for text, as is all of a text that takes too many steps to read.
    Images become `[image]`.
    """
    parts: list[str] = []
    for text, code in _pieces(markdown):
        parts.append(text if code else _stripped(text))
    shown = "".join(parts)
    return shown, shown != markdown


def _stripped(text: str) -> str:
    text = _DEFINITION.sub("", text)
    text = _IMAGE.sub("[image]", text)
    text = _TITLE.sub(r"\1)", text)
    return _TAG.sub(r"<\1>", text)


def _pieces(markdown: str) -> list[tuple[str, bool]]:
    """Return the text cut into pieces outside and inside code, where the page shows code."""
    head = markdown[:LONGEST]
    starts = [0, *(match.end() for match in _LINE_END.finditer(head))]
    starts.append(len(head))
    pieces: list[tuple[str, bool]] = []
    done = 0
    for first, last in _code_lines(head):
        start, end = starts[first], starts[min(last, len(starts) - 1)]
        pieces += ((markdown[done:start], False), (markdown[start:end], True))
        done = end
    pieces.append((markdown[done:], False))
    return pieces


def _code_lines(markdown: str) -> list[tuple[int, int]]:
    """Return first line and line after the last of each code block; none if reading takes too many steps."""
    try:
        tokens = _BLOCKS.parse(markdown, {})
    except TooManySteps:
        return []
    return [
        (token.map[0], token.map[1])
        for token in tokens
        if token.type in ("fence", "code_block") and token.map
    ]
