"""One token for all, complete lists, free repeats, and every answer sorted by its effect, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.github_lab import REPO, Lab, LabClock

from triagebot.core.errors import (
    GitHubError,
    Gone,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    SettingsError,
    Unavailable,
)
from triagebot.core.values import Permission
from triagebot.github.client import AS_APP, GitHubClient, segment
from triagebot.github.reader import GitHubDoor
from triagebot.ports import GitHubReader
from triagebot.simulator.auth import key_pair


def reader(lab: Lab, client: GitHubClient | None = None) -> GitHubReader:
    return GitHubDoor(client or lab.client).reader(lab.installation, *REPO.split("/"))


async def test_ten_cold_workers_ask_for_one_token(lab: Lab) -> None:
    issue = lab.issue()
    await asyncio.gather(*(reader(lab).issue(issue.number) for _ in range(10)))
    assert (lab.sim.token_requests, lab.sim.count("GET", "/issues/")) == (1, 10)


async def test_a_cancelled_asker_does_not_take_the_token_from_the_others(lab: Lab) -> None:
    issue = lab.issue()
    first = asyncio.create_task(reader(lab).issue(issue.number))
    others = [asyncio.create_task(reader(lab).issue(issue.number)) for _ in range(3)]
    await asyncio.sleep(0)
    first.cancel()
    assert [found.number for found in await asyncio.gather(*others)] == [issue.number] * 3
    assert lab.sim.token_requests == 1


async def test_a_token_is_renewed_five_minutes_before_its_end(lab: Lab) -> None:
    issue = lab.issue()
    for minutes, requests in ((0, 1), (54, 1), (2, 2), (1, 2)):
        await lab.clock.sleep(minutes * 60)
        await reader(lab).issue(issue.number)
        assert lab.sim.token_requests == requests


async def test_a_revoked_token_is_replaced_once(lab: Lab) -> None:
    issue = lab.issue()
    await reader(lab).issue(issue.number)
    lab.sim.tokens.expire_all()
    found = await asyncio.gather(*(reader(lab).issue(issue.number) for _ in range(5)))
    assert (len(found), lab.sim.token_requests) == (5, 2)


async def test_lists_are_complete(lab: Lab) -> None:
    issue = lab.issue()
    for number in range(250):
        lab.world.comment(REPO, issue.number, "mona", f"Comment {number}")
    found = await reader(lab).comments(issue.number)
    assert [each.body for each in found] == [f"Comment {number}" for number in range(250)]
    assert lab.sim.count("GET", "/comments") == 3


async def test_what_did_not_change_is_free(lab: Lab) -> None:
    issue = lab.issue()
    for _ in range(3):
        assert (await reader(lab).issue(issue.number)).title == "It breaks"
    statuses = [each.status for each in lab.sim.requests if each.path.endswith(f"/issues/{issue.number}")]
    assert statuses == [200, 304, 304]
    lab.world.edit_issue(REPO, issue.number, by="mona", title="It broke")
    assert (await reader(lab).issue(issue.number)).title == "It broke"


async def test_a_github_enterprise_server_is_reached_by_its_address(lab: Lab) -> None:
    issue = lab.issue()
    for number in range(101):
        lab.world.comment(REPO, issue.number, "mona", f"Comment {number}")
    paths: list[str] = []
    async with lab.new_client(api_url=lab.sim.enterprise_url) as client:
        assert (await reader(lab, client).issue(issue.number)).title == "It breaks"
        paths += [each.path for each in lab.sim.requests]
    assert paths == [
        f"/app/installations/{lab.installation}/access_tokens",
        f"/repos/{REPO}/issues/{issue.number}",
    ]


async def test_readers_see_what_is_there(lab: Lab) -> None:
    pull, read = lab.pull(), reader(lab)
    assert pull.pull is not None
    assert (await read.pull_request(pull.number)).head_sha == pull.pull.head_sha
    assert [file.path for file in await read.pull_files(pull.number)] == ["src/parser.py"]
    assert {label.name for label in await read.labels()} >= {"bug", "Needs Info"}
    assert await read.file("bin/run") == b"#!/bin/sh\n"
    assert [await read.file("missing"), await read.file("src"), await read.organisation_file("x.yml")] == [
        None
    ] * 3
    assert await read.permission("mona") == Permission.WRITE
    assert await read.permission("hubot") == Permission.TRIAGE
    assert await read.permission("nobody-of-that-name") == Permission.NONE


async def test_an_unusable_key_stops_the_start(lab: Lab) -> None:
    with pytest.raises(SettingsError, match="not a usable PEM file"):
        GitHubClient(app_id=1, private_key="not a key", clock=lab.clock)


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_does_not_reach_beyond_its_place(name: str) -> None:
    with pytest.raises(Refused):
        segment(name)


# --- the table ---------------------------------------------------------------------------------

Served = tuple[int, dict[str, str], Any] | str
IN_A_MINUTE, LATER = timedelta(seconds=60), timedelta(seconds=90)
LIMIT = {"message": "You have exceeded a secondary rate limit. Please wait."}
ABUSE = {"message": "Validation Failed", "errors": [{"code": "abuse", "message": "too quick"}]}

# What is served, what a GET raises, what a POST raises, and how long a limit lasts.
TABLE: dict[str, tuple[Served, type[GitHubError], type[GitHubError], timedelta | None]] = {
    "500": ((500, {}, {"message": "Oops"}), Unavailable, OutcomeUnknown, None),
    "502-html": ((502, {}, "<html>"), Unavailable, OutcomeUnknown, None),
    "503": ((503, {}, None), Unavailable, OutcomeUnknown, None),
    "408": ((408, {}, None), Unavailable, OutcomeUnknown, None),
    "reset": ("reset", Unavailable, OutcomeUnknown, None),
    "cut-off": ("cut", Unavailable, OutcomeUnknown, None),
    "no-http": ("garbage", Unavailable, OutcomeUnknown, None),
    "429-retry-after": ((429, {"Retry-After": "90"}, LIMIT), RateLimited, RateLimited, LATER),
    "429-bare": ((429, {}, None), RateLimited, RateLimited, IN_A_MINUTE),
    "403-retry-after": ((403, {"Retry-After": "90"}, {"message": "x"}), RateLimited, RateLimited, LATER),
    "403-retry-after-date": (
        (403, {"Retry-After": "Fri, 20 Nov 2026 12:01:30 GMT"}, LIMIT),
        RateLimited,
        RateLimited,
        LATER,
    ),
    "403-retry-after-nonsense": ((403, {"Retry-After": "soon"}, LIMIT), RateLimited, RateLimited, IN_A_MINUTE),
    "403-remaining-0": (
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795176090"}, {"message": "API rate limit"}),
        RateLimited,
        RateLimited,
        LATER,
    ),
    "403-secondary-bare": ((403, {}, LIMIT), RateLimited, RateLimited, IN_A_MINUTE),
    "403-abuse-detection": (
        (403, {}, {"message": "You have triggered an abuse detection mechanism."}),
        RateLimited,
        RateLimited,
        IN_A_MINUTE,
    ),
    "422-abuse": ((422, {}, ABUSE), RateLimited, RateLimited, IN_A_MINUTE),
    "401": ((401, {}, {"message": "Bad credentials"}), Unavailable, Unavailable, None),
    "403-permission": (
        (403, {"X-RateLimit-Remaining": "4999"}, {"message": "Resource not accessible by integration"}),
        Refused,
        Refused,
        None,
    ),
    "403-locked": ((403, {}, {"message": "Unable to create comment because issue is locked."}), Gone, Gone, None),
    "403-archived": ((403, {}, {"message": "Repository was archived so is read-only."}), Gone, Gone, None),
    "403-suspended": ((403, {}, {"message": "This installation has been suspended"}), Gone, Gone, None),
    "404": ((404, {}, {"message": "Not Found"}), NotFound, NotFound, None),
    "410": ((410, {}, {"message": "This issue was deleted"}), Gone, Gone, None),
    "301": ((301, {"Location": "/repositories/2/issues/9"}, {"message": "Moved Permanently"}), Gone, Gone, None),
    "307": ((307, {"Location": "/repositories/2/issues/9"}, None), Gone, Gone, None),
    "451": ((451, {}, {"message": "Repository access blocked"}), Gone, Gone, None),
    "422": ((422, {}, {"message": "Validation Failed", "errors": ["Line could not be resolved"]}), Refused, Refused, None),
    "409": ((409, {}, {"message": "Git Repository is empty."}), Refused, Refused, None),
    "400-not-json": ((400, {}, "["), Refused, Refused, None),
}  # fmt: skip


def _bytes(served: Served) -> bytes:
    if isinstance(served, str):
        return {
            "reset": b"",
            "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
            "garbage": b"nonsense\r\n\r\n",
        }[served]
    status, headers, body = served
    content = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", "Connection: close"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


@asynccontextmanager
async def scripted(tmp_path: Path, served: Served, asked: list[str]) -> AsyncIterator[GitHubClient]:
    """Serve `served` to whatever is asked, but give out tokens."""

    async def answer(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        head = (await reading.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.partition(" HTTP")[0])
        token = (201, {}, {"token": "t", "expires_at": "2026-11-20T13:00:00Z"})
        writing.write(_bytes(token if "access_tokens" in asked[-1] else served))
        if served == "reset" and "access_tokens" not in asked[-1]:
            writing.transport.abort()
        else:
            writing.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    clock = LabClock(tmp_path / "clock")
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = GitHubClient(app_id=1, private_key=key_pair()[0], clock=clock, api_url=url)
    async with server, client:
        yield client
    clock.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("served", "get", "post", "wait"), TABLE.values(), ids=TABLE)
async def test_an_answer_is_sorted_by_its_effect(
    tmp_path: Path,
    method: Any,
    served: Served,
    get: type[GitHubError],
    post: type[GitHubError],
    wait: timedelta | None,
) -> None:
    asked: list[str] = []
    async with scripted(tmp_path, served, asked) as client:
        with pytest.raises(GitHubError) as caught:
            await client.send(method, "/repos/o/r/issues/1", 7, json={} if method == "POST" else None)
        assert type(caught.value) is (get if method == "GET" else post)
        sent = [each for each in asked if "access_tokens" not in each]
        assert len(sent) == (2 if served[0] == 401 else 1)  # never repeated blindly
        if isinstance(caught.value, RateLimited):
            assert wait is not None
            assert caught.value.until - client.clock.now() == wait
            with pytest.raises(RateLimited):  # and while it lasts nothing more is sent
                await client.send("GET", "/repos/o/r", 7)
            assert [each for each in asked if "access_tokens" not in each] == sent


async def test_a_limit_without_headers_lasts_longer_each_time(tmp_path: Path) -> None:
    asked: list[str] = []
    waits = []
    async with scripted(tmp_path, (403, {}, LIMIT), asked) as client:
        for _ in range(8):
            with pytest.raises(RateLimited) as limited:
                await client.send("POST", "/repos/o/r/issues", 7, json={})
            waits.append((limited.value.until - client.clock.now()).total_seconds())
            await client.clock.sleep(waits[-1])
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]


async def test_nothing_listens(lab: Lab) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with lab.new_client(api_url=f"http://127.0.0.1:{port}") as client:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await client.send("POST", "/app/hook/deliveries/1/attempts", AS_APP)
