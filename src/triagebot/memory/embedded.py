"""What of an issue is turned into vectors: its title, and its title with what its author wrote in the body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from triagebot.core.history import PastIssue
from triagebot.core.text import strip_hidden
from triagebot.ports import Embedder, Matrix, Vectors

LONGEST = 20_000
"""Characters of a body that are read: embedders see a few hundred words."""

# Code and logs, headings, checkboxes and empty answers, pictures, addresses. Each pattern is linear in the text.
_NOT_PROSE = tuple(
    re.compile(pattern, re.MULTILINE | re.DOTALL)
    for pattern in (
        r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)",
        r"^(?:#{1,6} [^\n]*|\*\*[^*\n]{2,60}\*\*:?[ \t]*)$",
        r"^[ \t]{0,8}[-*][ \t]+\[[ xX]\][^\n]*$|_No response_|!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)",
        r"https?://\S+",
    )
)


def texts(title: str, body: str) -> tuple[str, str]:
    """Return the two texts of an issue, without what a reader of the page would not see.

    `core.history.TEXTS` must grow when they change.
    """
    shown = strip_hidden(title)[0]
    return shown, f"{shown}\n{_prose(strip_hidden(body)[0][:LONGEST])}".strip()


def _prose(text: str) -> str:
    """Return what the author says: an embedder sees the start of a text only, and templates and logs fill it."""
    for pattern in _NOT_PROSE:
        text = pattern.sub(" ", text)
    return text.strip()


async def vectors_of(embedder: Embedder, issues: Sequence[PastIssue]) -> Vectors:
    """Return the vectors of these issues, in their order. Raises `ModelUnavailable`."""
    pairs = [texts(issue.title, issue.body) for issue in issues]
    both = await embedder.embed([text for pair in pairs for text in pair])
    numbers = np.array([issue.number for issue in issues], np.int64)
    digests = tuple(issue.text_digest for issue in issues)
    return Vectors(embedder.name, numbers, titles=both[0::2], bodies=both[1::2], digests=digests)


def to_compare(vectors: Vectors, first: int | None) -> Vectors:
    """Return vectors by which issues are told to be about the same: see `Embedder.compared`."""
    return replace(vectors, titles=compared(vectors.titles, first), bodies=compared(vectors.bodies, first))


def compared(rows: Matrix, first: int | None) -> Matrix:
    """Return the `first` numbers of each row, or of the only one; all of them where that is None."""
    return rows[..., :first]
