"""Cut a text into the words that a search compares: of every language, identifiers whole and in parts.

All functions take linear time, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice

from triagebot.core.text import strip_hidden

SHORTEST, LONGEST = 2, 40
"""Characters of a word. Shorter ones say nothing, longer ones are encoded bytes."""

MOST_WORDS = 400
"""Words of one issue that are kept, its title's first: a huge log must not outweigh a repository."""
READ = 60_000
"""Characters of a text that are read."""

_CHUNK = re.compile(r"\w+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W_A-Za-z\d]+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+"
)
_ENDING = re.compile(r"(?<=[a-z]{3})(?:ings?|ed|es|ly|e|(?<!s)s)$")


def words(text: str) -> Iterator[str]:
    """Yield the words of `text` in order: folded, endings off, only letters, digits and inner underscores.

    `FooBarBaz` and `foo_bar` give themselves and their parts. Where a script has no spaces, pairs of
    neighbouring characters stand for words.
    """
    for chunk in _CHUNK.findall(text):
        yield from _of_any_chunk(chunk)


def distinct(text: str) -> dict[str, None]:
    """Return the words of `text` once each, in the order in which `words` first yields them; three times as fast."""
    return dict.fromkeys(chain.from_iterable(map(_of_any_chunk, dict.fromkeys(_CHUNK.findall(text)))))


def findable(title: str, body: str) -> frozenset[str]:
    """Return the words under which an issue is found, of its text as a person sees it.

    At most `MOST_WORDS`, and each that stands in the title once more, as `=word`.
    """
    first = list(islice(distinct(strip_hidden(title[:READ])[0]), MOST_WORDS // 4))
    kept = islice(dict.fromkeys(first) | distinct(strip_hidden(body[:READ])[0]), MOST_WORDS)
    return frozenset(kept) | {f"={word}" for word in first}


def _of_any_chunk(chunk: str) -> Iterable[str]:
    return _of_chunk(chunk) if len(chunk) <= LONGEST else _pairs(chunk)


def _pairs(chunk: str) -> Iterator[str]:
    """Yield the pairs of neighbouring characters where the script has no spaces."""
    for piece in _UNSPACED.findall(chunk):
        yield from (piece[i : i + 2] for i in range(max(1, len(piece) - 1)))


@lru_cache(maxsize=50_000)
def _of_chunk(chunk: str) -> tuple[str, ...]:
    """Return the words of a chunk without spaces; remembered, since few of them make up most texts."""
    found = list(_pairs(chunk))
    for piece in _UNSPACED.split(chunk):
        found += _of_piece(piece.strip("_"))
    return tuple(found)


def _of_piece(piece: str) -> Iterator[str]:
    if len(piece) < SHORTEST:
        return
    yield _folded(piece)
    if "_" in piece or not (piece.isdigit() or piece[1:].islower() or piece.isupper()):
        parts = _PART.findall(piece)
        if len(parts) > 1:
            yield from (_folded(part) for part in parts if len(part) >= SHORTEST)


def _folded(word: str) -> str:
    """Return the word without case and without an English ending."""
    return _ENDING.sub("", word.casefold())
