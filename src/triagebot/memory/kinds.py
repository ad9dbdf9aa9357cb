"""How much an issue reads like a bug report, a feature request or a question anywhere: three numbers of its vector.

A young repository has too few examples to learn from them what such a text looks like. That was learned once, from
issues of thousands of other repositories (`scripts/train_kinds.py`), and lies in `kinds.json`: one direction of the
local embedder's space for each kind. How far a text lies along them is three more numbers of its row, and each
repository's own model learns what they mean for its own labels, whatever these are called (docs/adr/0007).
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from triagebot.ports import Matrix

KINDS = ("bug", "feature", "question")


def known(embedder: str | None) -> bool:
    """Return True if the directions are directions among this embedder's vectors."""
    return bool(embedder == _written()["embedder"])


def scores(bodies: Matrix) -> npt.NDArray[np.float32]:
    """Return how far each text lies along `KINDS`, (texts, 3), by its body's vector; 0 where that is all zeros."""
    lengths = np.maximum(np.linalg.norm(bodies, axis=1, keepdims=True), np.float32(1e-6))
    found: npt.NDArray[np.float32] = (bodies / lengths @ _directions().T).astype(np.float32)
    return found


@cache
def _written() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("triagebot.memory").joinpath("kinds.json").read_text("utf-8"))
    return found


@cache
def _directions() -> npt.NDArray[np.float32]:
    return np.array([_written()["directions"][kind] for kind in KINDS], np.float32)
