"""What was loaded for one repository and may be needed again soon, bounded in bytes.

Loading is what takes memory and a processor: one thing is loaded at a time, and whoever wants the same
thing meanwhile waits for it instead of loading it again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

MOST_BYTES = 256 * 2**20
"""All that is kept together. One thing alone may be larger: a repository of 100,000 issues has vectors
of 300 MB, and without them it could not be searched at all."""

Value = TypeVar("Value")


@dataclass
class Kept:
    """Values by key, each of one version; the longest unused are dropped first."""

    most_bytes: int = MOST_BYTES
    _entries: OrderedDict[Hashable, tuple[Hashable, Any, int]] = field(default_factory=OrderedDict)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(
        self, key: Hashable, version: Hashable, load: Callable[[], Awaitable[tuple[Value, int]]]
    ) -> Value:
        """Return the value of this version, from `load` (which gives it and its bytes) if it is not here.

        What `load` raises comes through, and nothing is kept of it.
        """
        if (found := self._entry(key, version)) is None:
            async with self._one_at_a_time:
                found = self._entry(key, version)  # perhaps loaded while we waited
                if found is None:
                    self._entries.pop(key, None)  # never two versions in memory at once
                    found = (version, *await load())
                    self._entries[key] = found
                    self._drop()
        value: Value = found[1]
        return value

    @property
    def bytes(self) -> int:
        """How much is kept."""
        return sum(size for _, _, size in self._entries.values())

    def _entry(self, key: Hashable, version: Hashable) -> tuple[Hashable, Any, int] | None:
        found = self._entries.get(key)
        if found is None or found[0] != version:
            return None
        self._entries.move_to_end(key)
        return found

    def _drop(self) -> None:
        while len(self._entries) > 1 and self.bytes > self.most_bytes:
            self._entries.popitem(last=False)
