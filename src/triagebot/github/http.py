"""githubkit's HTTP client, shared by all tasks of the program."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from githubkit.auth import UnauthAuthStrategy
from githubkit.core import GitHubCore
from githubkit.response import Response


class Http(GitHubCore[UnauthAuthStrategy]):
    """githubkit with one HTTP client for all tasks, which hands answers over unjudged.

    githubkit keeps its client in a context variable, which a task started elsewhere does not see:
    each of its calls would build a client of its own, ten times slower.
    """

    client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def get_async_client(self) -> AsyncGenerator[httpx.AsyncClient, None]:
        """Yield the one client."""
        if self.client is None:
            self.client = await self._create_async_client()
        yield self.client

    def _check_is_error(self, response: httpx.Response) -> bool:  # noqa: ARG002
        return False

    def _check_rate_limit(self, response: Response[Any]) -> None:
        """Leave it to `outcome`: githubkit fails on a Retry-After that is a date."""
