"""Digests of what a plan was made from, to tell later whether it still holds."""

from __future__ import annotations

import hashlib

from triagebot.core import body_part
from triagebot.core.values import Issue


def text_digest(issue: Issue) -> str:
    """Return a digest of the title and body that a handler read, but for what we write into the body."""
    text = f"{issue.title}\n{body_part.without(issue.body)}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
