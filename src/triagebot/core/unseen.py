"""Take out of Markdown what its source holds and its page does not show.

Alternative texts, link titles, reference definitions (`[//]: # (…)` is a known way to write a comment)
and HTML attributes reach a model that reads the source, but no person who reads the page. Patterns are
bounded, so time is linear in the text.
"""

from __future__ import annotations

import re

_IMAGE = re.compile(r"!\[[^\[\]\n]{0,500}\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,200}\])?")
_TITLE = re.compile(
    r"""(\]\([^()\s"']{0,2000})[ \t]+(?:"[^"\n]{0,1000}"|'[^'\n]{0,1000}'|\([^()\n]{0,1000}\))\)"""
)
_DEFINITION = re.compile(r"^ {0,3}\[(?!\^)[^\[\]\n]{1,200}\]:[ \t]*\S.*$\n?", re.MULTILINE)
_TAG = re.compile(
    r"<(/?(?:a|abbr|audio|b|br|code|details|div|em|embed|font|h[1-6]|i|iframe|img|input|kbd|li|object|ol|p|picture|"
    r"pre|source|span|strong|sub|summary|sup|svg|table|tbody|td|th|thead|tr|ul|video))[\s/][^<>]{0,4000}>",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


def strip_unseen(markdown: str) -> tuple[str, bool]:
    """Return `markdown` without what its page does not show, and whether anything was taken out.

    Fenced code is shown as it is written, so it stays as it is. Images become `[image]`.
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
    """Return the text cut into pieces outside and inside fenced code; an unclosed fence runs to the end."""
    pieces: list[tuple[str, bool]] = []
    start, opened = 0, ""
    for match in _FENCE.finditer(markdown):
        mark = match.group(1)
        if not opened:
            pieces.append((markdown[start : match.start()], False))
            start, opened = match.start(), mark
        elif mark[0] == opened[0] and len(mark) >= len(opened):
            line_end = markdown.find("\n", match.end())
            end = len(markdown) if line_end < 0 else line_end + 1
            if markdown[match.end() : end].strip():
                continue  # a closing fence stands alone
            pieces.append((markdown[start:end], True))
            start, opened = end, ""
    pieces.append((markdown[start:], bool(opened)))
    return pieces
