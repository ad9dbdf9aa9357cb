"""A second look at the likeliest files: how near what they define lies to what a report says, by an embedder's vectors.

The first look goes by words, names and the past. Code that does what the report tells of in other words is found by
this one alone, but only with an embedder that knows code (docs/adr/0018).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import structlog

from triagebot.core.errors import ModelUnavailable
from triagebot.memory.localize.corpus import Numbers
from triagebot.ports import Embedder, Spot

FILES = 8
"""The likeliest files are looked at again."""
PASSAGES = 2
"""Pieces of each: more told no more, since the likeliest definitions are known by then."""
LINES, CHARACTERS = 60, 1_000
REPORT = 2_000
"""Characters of a report's body, code and traces included."""
KEPT = 4_000
"""Vectors of passages that are remembered: 12 MB of 768 numbers each. Most files are the same in the next commit."""

Chunk = tuple[int, int, int]
Vector = npt.NDArray[np.float32]

_log = structlog.get_logger()


def passages(path: str, spots: Sequence[Spot], chunks: Sequence[Chunk], text: str) -> list[str]:
    """Return what is compared of a file: its likeliest definitions, else its likeliest lines; each after its name.

    `chunks` are the file's chunks (`Outline.chunks`), the likeliest first.
    """
    lines = text.split("\n")
    parts = list(_parts(spots, chunks))[:PASSAGES]
    return [
        f"{path} {name}\n" + "\n".join(filter(None, map(str.strip, lines[first:after])))[:CHARACTERS]
        for name, first, after in parts
    ]


def _parts(spots: Sequence[Spot], chunks: Sequence[Chunk]) -> Iterator[tuple[str, int, int]]:
    taken: list[tuple[int, int]] = []
    for spot in spots:
        taken.append((spot.start - 1, min(spot.end, spot.start - 1 + LINES)))
        yield spot.name, *taken[-1]
    for first, after, _ in chunks:
        if all(after <= start or end <= first for start, end in taken):
            taken.append((first, min(after, first + LINES)))
            yield "", *taken[-1]


class Meaning:
    """Compares reports with passages of code, and remembers the passages' vectors."""

    def __init__(self, embedder: Embedder) -> None:
        """Remember nothing yet."""
        self._embedder = embedder
        self._kept: OrderedDict[bytes, Vector] = OrderedDict()

    async def nearness(self, title: str, body: str, files: Sequence[Sequence[str]]) -> Numbers | None:
        """Return for each file (its passages) the cosine of the nearest passage to the report.

        A file without passages is as far as the farthest. None if there is nothing to compare, or no vectors now.
        """
        texts = list(dict.fromkeys(passage for of_file in files for passage in of_file))
        if not texts:
            return None
        try:
            report, *found = await self._vectors([f"{title}\n{body[:REPORT]}", *texts])
        except ModelUnavailable as error:
            _log.warning("Files are ranked without their vectors", error=str(error))
            return None
        near = {text: float(vector @ report) for text, vector in zip(texts, found, strict=True)}
        farthest = min(near.values())
        return np.array([max((near[passage] for passage in of_file), default=farthest) for of_file in files])

    async def _vectors(self, texts: Sequence[str]) -> list[Vector]:
        """Return a vector for each text. Raises `ModelUnavailable`."""
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in texts]
        missing = [at for at, key in enumerate(keys) if key not in self._kept]
        if missing:
            made = await self._embedder.embed([texts[at] for at in missing])
            self._kept |= {keys[at]: row for at, row in zip(missing, made, strict=True)}
        found = [self._kept[key] for key in keys]
        for key in keys:
            self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found
