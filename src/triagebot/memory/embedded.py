"""What of an issue is turned into vectors: its title, and what its body shows; an empty body takes the title."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from triagebot.core.history import PastIssue
from triagebot.core.text import strip_hidden
from triagebot.ports import Embedder, Vectors


def texts(title: str, body: str) -> tuple[str, str]:
    """Return the two texts of an issue, without what a reader of the page would not see."""
    shown = strip_hidden(title)[0]
    return shown, strip_hidden(body)[0].strip() or shown


async def vectors_of(embedder: Embedder, issues: Sequence[PastIssue]) -> Vectors:
    """Return the vectors of these issues, in their order. Raises `ModelUnavailable`."""
    pairs = [texts(issue.title, issue.body) for issue in issues]
    both = await embedder.embed([text for pair in pairs for text in pair])
    numbers = np.array([issue.number for issue in issues], np.int64)
    digests = tuple(issue.text_digest for issue in issues)
    return Vectors(embedder.name, numbers, titles=both[0::2], bodies=both[1::2], digests=digests)
