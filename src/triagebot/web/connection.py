"""Bound what a connection may cost, apart from the bodies, which the application bounds.

uvicorn bounds neither the size of a request's head (nor of what may trail a chunked body) nor the
time until the head is complete: one client could fill the memory with a header that never ends, and
any number of clients could hold connections open by sending nothing.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection with an end to its patience. Give it as uvicorn's `http` setting."""

    max_head = 64 * 1024
    """Bytes a client may send without completing a head or adding to a body. GitHub's heads are under 2 KB."""
    head_seconds = 10.0
    """Seconds from the connection, or from a later request's first byte, to the end of the head."""

    _progress = False
    _barren = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock for the first head."""
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, and close if for too long nothing has come of it."""
        self._progress = False
        super().data_received(data)
        self._barren = 0 if self._progress else self._barren + len(data)
        if self._barren > self.max_head and not self.transport.is_closing():
            self.send_400_response("The request's headers are too long.")

    def on_message_begin(self) -> None:
        """Start the clock for a later head."""
        super().on_message_begin()
        if self._deadline is None:
            self._start_clock()

    def on_headers_complete(self) -> None:
        """Stop the clock: the head is there."""
        self._progress = True
        self._stop_clock()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._progress = True
        super().on_body(body)

    def _start_clock(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self._give_up)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
