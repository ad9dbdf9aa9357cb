"""A webhook's other end: takes deliveries over HTTP, remembers them, and answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Receiver:
    """`status` is what it answers; None: it breaks the connection."""

    url: str = ""
    status: int | None = 202
    received: list[tuple[dict[str, bytes], bytes]] = field(default_factory=list)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.split(b"\r\n")[1:-2]
            headers = {
                name.decode().lower(): value.strip() for name, _, value in (x.partition(b":") for x in lines)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            self.received.append((headers, body))
            if self.status is not None:
                answer = f"HTTP/1.1 {self.status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                writer.write(answer.encode())
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    """Listen on loopback until the block ends."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhook"
    async with server:
        yield receiver
