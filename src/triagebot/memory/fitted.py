"""What a fit is called: a name that says whether this program, with its embedder, can still use it."""

from __future__ import annotations

import hashlib

FORMAT = 3
"""Grows when a model that an older version of this program stored would mean something else here."""


SHARE, ENOUGH = 0.1, 200


def due_after(learned_from: int) -> int:
    """Return how many new issues, or people's label decisions, make a fit due that learned from so many."""
    return min(ENOUGH, max(1, round(SHARE * learned_from)))


def version(embedder: str | None, body: bytes) -> str:
    """Return the name of a fit that used these vectors (None: no vectors)."""
    return f"{FORMAT}|{embedder or ''}|{hashlib.sha256(body).hexdigest()[:12]}"


def is_current(name: str) -> bool:
    """Return True if this program reads the fit."""
    return name.partition("|")[0] == str(FORMAT)


def embedder_of(name: str) -> str | None:
    """Return the name of the embedder whose vectors the fit used."""
    parts = name.split("|")
    return parts[1] or None if len(parts) == 3 else None
