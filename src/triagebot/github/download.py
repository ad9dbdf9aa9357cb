"""Files that GitHub hands out through a signed address on another host: archives and logs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import httpx

from triagebot.core.errors import DownloadTooSlow, Refused, Unavailable
from triagebot.github.client import GitHubClient

LONGEST = 180.0
"""Seconds that are waited for one file in all; a piece that arrives now and then keeps no worker busy."""


@asynccontextmanager
async def download(
    client: GitHubClient, installation_id: int, path: str
) -> AsyncGenerator[AsyncIterator[bytes], None]:
    """Yield the bytes behind an API path, in pieces as they arrive; leaving the block ends the transfer.

    One redirect is followed, without our token. Raises as `GitHubClient.send` does for a GET, also while
    the pieces are read, and `DownloadTooSlow` when they were waited for `LONGEST`, the reader's own time left out.
    """
    async with client.stream(path, installation_id) as answer:
        if not answer.has_redirect_location:
            async with aclosing(_pieces(answer, path)) as pieces:
                yield pieces
            return
        there = _elsewhere(client, answer)
    async with client.stream(str(there), None) as answer:
        if answer.has_redirect_location:
            raise Refused(f"GitHub's storage leads further on (GET {path}).")
        async with aclosing(_pieces(answer, path)) as pieces:
            yield pieces


def _elsewhere(client: GitHubClient, answer: httpx.Response) -> httpx.URL:
    """Return where a redirect leads: by https, or to the API's own host, and nowhere else."""
    try:
        url = answer.url.join(answer.headers["location"])
    except httpx.InvalidURL:
        raise Refused("GitHub redirects to what is no address.") from None
    if (url.scheme != "https" and not client.is_api(url)) or url.userinfo or not url.host:
        raise Refused(f"GitHub redirects to {url.scheme}://{url.host}, which is not followed.")
    return url


async def _pieces(answer: httpx.Response, path: str) -> AsyncGenerator[bytes, None]:
    clock, left = asyncio.get_running_loop().time, LONGEST
    pieces = answer.aiter_raw()
    try:
        while True:
            began = clock()
            async with asyncio.timeout(left):
                piece = await anext(pieces, None)
            if piece is None:
                return
            left -= clock() - began
            yield piece
    except TimeoutError:
        raise DownloadTooSlow(f"GitHub's download took longer than {LONGEST:.0f} s (GET {path}).") from None
    except httpx.HTTPError as error:
        text = f"GET {path}: {type(error).__name__}"
        raise Unavailable(f"GitHub's download broke off ({text}).") from error
