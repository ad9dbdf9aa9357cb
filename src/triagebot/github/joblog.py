"""The end of an Actions job's log, without colours and without the time before each line."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator

from triagebot.core.errors import Refused

MOST = 100 * 2**20
"""Bytes of a log that are read to come to its end."""

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ?", re.MULTILINE)


async def tail(pieces: AsyncIterator[bytes], *, max_bytes: int) -> str:
    """Return the last whole lines of a log within `max_bytes`. Raises `Refused` for one beyond `MOST`."""
    kept: deque[bytes] = deque()
    held = read = 0
    async for piece in pieces:
        kept.append(piece)
        held, read = held + len(piece), read + len(piece)
        while held - len(kept[0]) > max_bytes:
            held -= len(kept.popleft())
        if read > MOST:
            raise Refused(f"The log is larger than {MOST:,} bytes.")
    last = b"".join(kept)
    if read > max_bytes:
        last = last[-max_bytes:]
        first, newline, rest = last.partition(b"\n")
        last = rest if newline else first
    text = last.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    return _TIME.sub("", _ANSI.sub("", text))
