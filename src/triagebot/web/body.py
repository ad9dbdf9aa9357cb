"""Read a request's body within a size, a time, and the memory that all bodies share.

Nothing here trusts the client: the length it declares only reserves room, a body of unknown length
reserves room for the largest one as soon as it stops being small, and one whose signature header
cannot be right is counted but not kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from starlette.types import Message, Receive

from triagebot.web.budget import BodyBudget

UNCOUNTED = 64 * 1024
"""Bytes of a body of unknown length that need no room: the server holds as much for any connection."""


class TooLarge(Exception):
    """The body is over the limit."""


class Disconnected(Exception):
    """The client went away before the body was complete."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take: bytes, seconds until the body is complete, seconds waiting for room."""

    size: int
    seconds: float
    patience: float


class Body:
    """A context in which the body's room in the budget is held; leaving gives it back."""

    def __init__(self, receive: Receive, headers: Sequence[tuple[bytes, bytes]], budget: BodyBudget) -> None:
        self._receive = receive
        self._budget = budget
        self._taken = 0
        self.declared: int | None = 0
        """The declared length; None if the body comes in chunks and may be of any length."""
        for name, value in headers:
            if name == b"transfer-encoding":
                self.declared = None
                break
            if name == b"content-length":
                self.declared = int(value)

    def __enter__(self) -> Body:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._taken:
            self._budget.give(self._taken)

    async def read(self, limits: Limits, *, keep: bool) -> bytes | bytearray:
        """Return the whole body, or an empty one if not to `keep`, which then takes no memory.

        Raises `TooLarge`, `NoRoom`, `TimeoutError` or `Disconnected`.
        """
        if self.declared is not None and self.declared > limits.size:
            raise TooLarge
        async with asyncio.timeout(limits.seconds):
            if keep and self.declared:
                await self._take(self.declared, limits)
            message = await self._next()
            if not message.get("more_body") and len(message["body"]) <= limits.size:
                whole: bytes = message["body"]
                return whole if keep else b""
            return await self._rest(message["body"], limits, keep=keep)

    async def drop(self, size: int, seconds: float) -> None:
        """Read and forget what still comes, up to `size` bytes and `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while size > 0:
                    message = await self._next()
                    size -= len(message["body"])
                    if not message.get("more_body"):
                        return
        except (TimeoutError, Disconnected):
            return

    async def _rest(self, first: bytes, limits: Limits, *, keep: bool) -> bytearray:
        kept = bytearray(first if keep else b"")
        size, more = len(first), True
        while True:
            if size > limits.size:
                raise TooLarge
            if not more:
                return kept
            if keep and self.declared is None and size > UNCOUNTED and not self._taken:
                await self._take(limits.size, limits)
            message = await self._next()
            size += len(message["body"])
            more = message.get("more_body", False)
            if keep:
                kept += message["body"]

    async def _take(self, size: int, limits: Limits) -> None:
        await self._budget.take(size, limits.patience)
        self._taken = size

    async def _next(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request":
            raise Disconnected
        return message
