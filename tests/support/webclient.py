"""A raw HTTP/1.1 client for loopback: sends exactly the bytes that a test wants to send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from triagebot.core.signature import sign

SECRET = b"It's a Secret to Everybody"
Headers = Iterable[tuple[str, str | bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int) -> Client:
        """Connect to a port of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return

    async def exchange(self, request: bytes) -> Reply:
        """Send a whole request and read its answer."""
        self.writer.write(request)
        return await self.read()

    async def read(self) -> Reply:
        """Read one answer; an interim one (100) counts, too."""
        async with asyncio.timeout(30):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(head[0].split(" ")[1])
            headers = {
                name.lower(): value.strip() for name, _, value in (h.partition(":") for h in head[1:] if h)
            }
            length = int(headers.get("content-length", "0"))
            return Reply(status, headers, await self.reader.readexactly(length))


def request(
    method: str, path: str, headers: Headers = (), body: bytes = b"", *, length: bool = True
) -> bytes:
    """Return the bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1".encode(), b"host: 127.0.0.1"]
    for name, value in headers:
        lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
    if length:
        lines.append(b"content-length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


def delivery_headers(
    body: bytes, *, event: str = "issues", key: str = "d-1", secret: bytes = SECRET
) -> list[tuple[str, str | bytes]]:
    """Return the headers that GitHub sends."""
    return [
        ("content-type", "application/json"),
        ("user-agent", "GitHub-Hookshot/044aadd"),
        ("x-github-delivery", key),
        ("x-github-event", event),
        ("x-hub-signature", "sha1=0000000000000000000000000000000000000000"),
        ("x-hub-signature-256", sign(secret, body)),
    ]


def delivery(body: bytes, *, event: str = "issues", key: str = "d-1", secret: bytes = SECRET) -> bytes:
    """Return the bytes of a signed delivery."""
    return request("POST", "/webhook", delivery_headers(body, event=event, key=key, secret=secret), body)


async def once(port: int, content: bytes) -> Reply:
    """Send one request over a connection of its own."""
    async with await Client.connect(port) as client:
        return await client.exchange(content)
