"""Sends requests to GitHub as the App or as one of its installations.

githubkit builds the HTTP client. Its retries are off, because they repeat writes whose outcome is
unknown, and so are its redirects, its response cache and its token cache, each for the reason given
where its replacement lives.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal
from urllib.parse import quote

import httpx
from githubkit.exception import RequestError

import triagebot
from triagebot.core.errors import (
    GitHubError,
    Gone,
    NotFound,
    RateLimited,
    Refused,
    Unavailable,
)
from triagebot.github.auth import AppJwt, Reach, Token, Tokens, token_of
from triagebot.github.etags import Etags
from triagebot.github.http import Http
from triagebot.github.outcome import DEFAULT_WAIT, Reply, from_answer, from_exception, states_a_wait
from triagebot.github.points import Reads
from triagebot.ports import Clock

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
AS_APP = 0
"""In place of an installation's id: authenticate as the App itself."""

MAX_PAGES = 300
PER_PAGE = 100
_API_VERSION = "2022-11-28"
_LONGEST_STRIKE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Call:
    method: Method
    path: str
    installation_id: int
    json: object
    headers: Mapping[str, str]
    writes: bool
    stream: bool = False


class GitHubClient:
    """One App's access to GitHub, for all its installations. Use it as an async context manager."""

    def __init__(
        self,
        *,
        app_id: int,
        private_key: str,
        clock: Clock,
        api_url: str = "https://api.github.com",
        transport: httpx.AsyncBaseTransport | None = None,
        reads: int | None = None,
    ) -> None:
        """Call nothing yet. `reads` are the most that each installation is sent in a minute (`Reads`)."""
        self.app_id, self.clock = app_id, clock
        self.reads = Reads(clock, reads)
        self._http = Http(
            base_url=api_url,
            user_agent=f"triagebot/{triagebot.__version__}",
            follow_redirects=False,
            timeout=httpx.Timeout(20, connect=5),
            async_transport=transport,
            http_cache=False,
            auto_retry=False,
        )
        self._jwt = AppJwt(app_id, private_key, clock)
        self._tokens = Tokens(self._fetch_token, clock)
        self._etags = Etags()
        self._held: dict[int, datetime] = {}
        self._strikes: dict[int, int] = {}

    async def __aenter__(self) -> GitHubClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._tokens.close()
        if self._http.client:
            await self._http.client.aclose()
            self._http.client = None

    async def get(
        self,
        installation_id: int,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        accept: str = "application/vnd.github+json",
    ) -> Reply:
        """Return a GET's answer, which may be a kept one that GitHub confirmed. See `send` for errors."""
        url = f"{path}?{httpx.QueryParams(params)}" if params else path
        key = (installation_id, url, accept)
        headers = {"Accept": accept}
        if etag := self._etags.etag(key):
            headers["If-None-Match"] = etag
        reply = await self.send("GET", url, installation_id, headers=headers)
        if reply.status == 304:
            if kept := self._etags.confirmed(key):
                return kept
            return await self.send("GET", url, installation_id, headers={"Accept": accept})
        self._etags.keep(key, reply)
        return reply

    async def pages(
        self,
        installation_id: int,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        within: str | None = None,
        most: int = MAX_PAGES,
        cut: bool = False,
    ) -> list[dict[str, Any]]:
        """Return the objects of all pages, `within` naming the list where it is not the whole body.

        Beyond `most` pages (30,000 objects) it raises `Refused` rather than return a short list, which
        only `cut` allows.
        """
        url: str | None = f"{path}?{httpx.QueryParams({**(params or {}), 'per_page': str(PER_PAGE)})}"
        found: list[dict[str, Any]] = []
        for _ in range(most):
            if url is None:
                return found
            reply = await self.get(installation_id, url)
            body = reply.json()
            page = body.get(within) if within and isinstance(body, dict) else body
            found += [thing for thing in page if isinstance(thing, dict)] if isinstance(page, list) else []
            url = self.following(reply)
        if url is None or cut:
            return found
        raise Refused(f"GitHub lists more than {most * PER_PAGE} objects (GET {path}).")

    def following(self, reply: Reply) -> str | None:
        """Return the next page's path and query, or None. A link to another host is not followed."""
        link = httpx.Response(200, headers={"link": reply.headers.get("link", "")}).links.get("next")
        if not link or not link.get("url"):
            return None
        url = httpx.URL(link["url"])
        if not self.is_api(url):
            return None
        path, base = url.raw_path.decode(), self._http.config.base_url.raw_path.decode()
        return "/" + path.removeprefix(base).lstrip("/")

    def is_api(self, url: httpx.URL) -> bool:
        """Return True if `url` leads to the host that the API is on."""
        base = self._http.config.base_url
        return (url.scheme, url.host, url.port) == (base.scheme, base.host, base.port)

    async def send(
        self,
        method: Method,
        path: str,
        installation_id: int,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Reply:
        """Send one request and return its 2xx (or 304) answer.

        Raises by effect: `Unavailable` and `RateLimited` when nothing was done, `OutcomeUnknown` for a
        write whose answer was lost (never for a `repeatable` one, which changes nothing worth asking
        after), `Refused` for good. After a 401, which means that nothing was done, one new token is
        fetched and the request sent once more.
        """
        writes = method != "GET" and not repeatable
        raw = await self._signed(_Call(method, path, installation_id, json, headers or {}, writes))
        return Reply(raw.status_code, dict(raw.headers), raw.content)

    @asynccontextmanager
    async def stream(self, url: str, installation_id: int | None) -> AsyncGenerator[httpx.Response, None]:
        """Send a GET and yield its answer unread: a 2xx, or a redirect that was not followed.

        `installation_id` None sends no credentials, for an address outside the API. Raises as `send` does.
        """
        headers = {"Accept-Encoding": "identity"}
        call = _Call("GET", url, installation_id or AS_APP, None, headers, writes=False, stream=True)
        raw = await (self._once(call, None) if installation_id is None else self._signed(call))
        try:
            yield raw
        finally:
            await raw.aclose()

    async def contents_token(self, installation_id: int, repo_id: int) -> str:
        """Return a token that reads one repository's contents and opens nothing else. See `send` for errors."""
        return (await self._tokens.get(Reach(installation_id, repo_id))).text

    async def _signed(self, call: _Call) -> httpx.Response:
        installation_id = call.installation_id
        if installation_id == AS_APP:
            self._check_held(installation_id, f"{call.method} {call.path}")
            return await self._once(call, self._jwt.get())
        if not call.writes:
            await self.reads.turn(installation_id)
        self._check_held(installation_id, f"{call.method} {call.path}")
        reach = Reach(installation_id)
        token = await self._tokens.get(reach)
        try:
            return await self._once(call, token.text)
        except Unavailable as error:
            if error.status != 401:
                raise
        self._tokens.reject(reach, token)
        token = await self._tokens.get(reach)
        return await self._once(call, token.text)

    async def _once(self, call: _Call, credential: str | None) -> httpx.Response:
        what = f"{call.method} {call.path.partition('?')[0]}"
        signed = {"Authorization": f"Bearer {credential}"} if credential else {}
        try:
            response = await self._http.arequest(
                call.method,
                call.path.lstrip("/"),
                json=call.json,
                headers={**signed, "X-GitHub-Api-Version": _API_VERSION, **call.headers},
                stream=call.stream,
            )
        except RequestError as error:
            raise from_exception(error.exc, what, writes=call.writes) from error.exc
        raw = response.raw_response
        if call.stream and (raw.is_success or raw.has_redirect_location):
            return raw
        try:
            content = await raw.aread()
        except httpx.HTTPError as error:
            raise from_exception(error, what, writes=call.writes) from error
        now = self.clock.now()
        problem = from_answer(raw.status_code, raw.headers, content, what, writes=call.writes, now=now)
        if problem is not None:
            raise self._noted(call.installation_id, problem, raw.headers) if credential else problem
        if call.writes:
            self._strikes.pop(call.installation_id, None)
        return raw

    def _check_held(self, installation_id: int, what: str) -> None:
        """Send nothing while GitHub wants nothing: calls during a limit lead to a ban."""
        until = self._held.get(installation_id)
        if until is None:
            return
        if self.clock.now() < until:
            raise RateLimited(
                f"Not sent, GitHub limits the rate until {until:%H:%M:%S} ({what}).", until=until
            )
        del self._held[installation_id]

    def _noted(self, installation_id: int, error: GitHubError, headers: Mapping[str, str]) -> GitHubError:
        """Return the error, a limit without a stated wait made longer with each repeat."""
        if not isinstance(error, RateLimited):
            return error
        now = self.clock.now()
        if not states_a_wait(headers):
            strikes = self._strikes.get(installation_id, 0)
            if installation_id not in self._held:  # answers to calls sent together are one strike
                self._strikes[installation_id] = strikes + 1
            wait = min(DEFAULT_WAIT * 2 ** min(strikes, 10), _LONGEST_STRIKE)
            error = RateLimited(str(error), until=now + wait, status=error.status)
        self._held[installation_id] = max(error.until, self._held.get(installation_id, error.until))
        return error

    async def _fetch_token(self, reach: Reach) -> Token:
        path = f"/app/installations/{reach.installation_id}/access_tokens"
        try:
            reply = await self.send("POST", path, AS_APP, json=reach.asked, repeatable=True)
        except NotFound as error:
            raise Gone("The App is no longer installed there.", status=error.status) from error
        token = token_of(reply.json(), self.clock.now())
        if token is None:
            raise Unavailable(f"GitHub's answer holds no token (POST {path}).")
        return token


def segment(text: str) -> str:
    """Return `text` as one segment of a path, so that no name reaches beyond it."""
    if text in ("", ".", ".."):
        raise Refused(f"{text!r} cannot be named in a request.")
    return quote(text, safe="")
