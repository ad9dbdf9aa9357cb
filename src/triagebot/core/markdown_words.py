"""Words in Markdown: which of them act on GitHub, and how to write any of them literally."""

from __future__ import annotations

import re

TRIGGER = re.compile(
    r"@(?=[\w-])"  # people, teams, mail addresses, commits as user@id
    r"|\#(?=\d)|\bGH-(?=\d)|\b(?:GHSA|CVE)-(?=\w)"  # issues, pull requests, advisories
    r"|://|\bwww\.|\b(?:mailto|xmpp):"  # what GFM links by itself
    r"|\b(?=[a-f]{0,63}\d)[0-9a-f]{7,64}\b"  # commit ids
    r"|\$",  # formulas
    re.IGNORECASE,
)
"""A part of a word (which has no white space) that GitHub would link, notify or set as a formula."""

_SPECIAL = re.compile(r"([\\`*_\[\]<>&~|])")
_LINE_START = re.compile(r"[#+=:-]|\d{1,9}[.)]")


def escape_inline(text: str) -> str:
    """Return `text` with every character escaped that could open or close something inside a line."""
    return _SPECIAL.sub(r"\\\1", text)


def escape_line(text: str) -> str:
    """Return `text` fit for the beginning of a line, where it must not open a block."""
    if match := _LINE_START.match(text):
        head = match[0]
        return f"{head[:-1]}\\{head[-1]}{escape_inline(text[match.end() :])}"
    return escape_inline(text)


def code(text: str) -> str:
    """Return `text` as a code span on one line."""
    words = " ".join(text.split())
    if not words:
        return ""
    longest = max((len(run) for run in re.findall("`+", words)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{ticks}{pad}{words}{pad}{ticks}"
