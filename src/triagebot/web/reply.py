"""Send small JSON answers straight over ASGI: the webhook's hot path has no use for more."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from starlette.types import Send

Headers = Iterable[tuple[bytes, bytes]]


async def reply(
    send: Send,
    status: int,
    body: Mapping[str, object],
    headers: Headers = (),
    *,
    more: bool = False,
) -> None:
    """Send `body` as the whole answer.

    With `more` the client has all of it, but the exchange stays open, so that what the client is
    still sending can be read and dropped; end it with `finish`. A socket that is closed with unread
    input resets the connection, and the client may never see the answer.
    """
    content = json.dumps(body).encode()
    start = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": content, "more_body": more})


async def finish(send: Send) -> None:
    """End an answer that was sent with `more`."""
    await send({"type": "http.response.body", "body": b"", "more_body": False})
