"""Digests of what a plan was made from, to tell later whether it still holds."""

from __future__ import annotations

import hashlib

from triagebot.core.values import Issue


def text_digest(issue: Issue) -> str:
    """Return a digest of the title and body that a handler read."""
    return hashlib.sha256(f"{issue.title}\n{issue.body}".encode("utf-8", "replace")).hexdigest()
