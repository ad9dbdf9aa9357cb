"""Remembers answers with their ETag, so that asking again costs nothing when nothing changed.

GitHub does not count a conditional request answered 304. Bounded in entries and in bytes, the least
recently used goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from triagebot.github.outcome import Reply

Key = tuple[int, str, str]
"""Installation, URL with its query, and media type: what makes two requests the same."""


@dataclass(frozen=True, slots=True)
class _Entry:
    etag: str
    reply: Reply


class Etags:
    """An LRU of replies that carried an ETag."""

    def __init__(self, *, entries: int = 512, size: int = 8 * 2**20, largest: int = 2**20) -> None:
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._most, self._size, self._largest = entries, size, largest
        self._held = 0

    def etag(self, key: Key) -> str | None:
        """Return the ETag to ask with, if an answer is kept."""
        entry = self._entries.get(key)
        return entry.etag if entry else None

    def confirmed(self, key: Key) -> Reply | None:
        """Return the kept answer after a 304; None if it was dropped meanwhile."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry.reply

    def keep(self, key: Key, reply: Reply) -> None:
        """Keep an answer that has an ETag and is not too large."""
        self._drop(key)
        etag = reply.headers.get("etag")
        if not etag or len(reply.content) > self._largest:
            return
        self._entries[key] = _Entry(etag, reply)
        self._held += len(reply.content)
        while len(self._entries) > self._most or self._held > self._size:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry:
            self._held -= len(entry.reply.content)
