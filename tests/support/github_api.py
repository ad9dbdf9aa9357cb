"""The App's side of the REST API, bare: signs in to a simulator and sends what a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jwt
from tests.support import openapi

from triagebot.simulator import Simulator

DESCRIBED = ("/app", "/installation", "/orgs/", "/rate_limit", "/repos/", "/search", "/users")


class Api:
    """A client of one installation. Every answer is held against GitHub's description, if it is at hand."""

    def __init__(self, sim: Simulator, client: httpx.AsyncClient) -> None:
        self.sim = sim
        self.client = client
        self.token = ""
        self.check = openapi.DESCRIPTION.exists()

    def jwt(self, *, key: str | None = None, **claims: Any) -> str:
        now = int(self.sim.clock.now().timestamp())
        said = {"iat": now - 30, "exp": now + 500, "iss": str(self.sim.app_id)} | claims
        return jwt.encode(said, key or self.sim.private_key, "RS256")

    async def sign_in(self, installation_id: int | None = None, **narrowed: Any) -> str:
        installation_id = installation_id or next(iter(self.sim.world.installations))
        path = f"/app/installations/{installation_id}/access_tokens"
        answer = await self.as_app("POST", path, json=narrowed or None)
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]
        return self.token

    async def as_app(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.send(method, path, token=self.jwt(), **options)

    async def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        token = self.token if token is None else token
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self.client.request(method, path, headers=sent | (headers or {}), **options)
        if self.check and answer.request.url.path.startswith(DESCRIBED):
            where = answer.request.url.raw_path.decode().partition("?")[0]
            media = answer.headers.get("content-type", "")
            problems = openapi.violations(method, where, answer.status_code, answer.content, media)
            assert not problems, "\n".join(problems)
        return answer

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.send("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.send("POST", path, json=body, **options)

    async def patch(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.send("PATCH", path, json=body, **options)

    async def delete(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.send("DELETE", path, json=body, **options)

    async def pages(self, path: str) -> list[Any]:
        """Follow `Link` to the end."""
        found, url = [], path
        while url:
            answer = await self.get(url)
            found += answer.json()
            url = answer.links.get("next", {}).get("url", "")
        return found


@asynccontextmanager
async def signed_in(sim: Simulator) -> AsyncIterator[Api]:
    """Return a client with an installation token."""
    async with httpx.AsyncClient(base_url=sim.url, trust_env=False) as client:
        api = Api(sim, client)
        await api.sign_in()
        yield api
