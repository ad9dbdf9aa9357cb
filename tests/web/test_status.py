"""Health, metrics and the page: what the service says about itself, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.support import webserver
from tests.support.webclient import Reply, delivery, once, request

from triagebot.store import Store
from triagebot.web import health
from triagebot.web.server import is_loopback


@pytest.fixture
def store(tmp_path: Path):
    with webserver.store(tmp_path) as opened:
        yield opened


async def get(port: int, path: str, host: str = "127.0.0.1") -> Reply:
    return await once(port, f"GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())


class Part:
    """Something that can be well or ill, and counts how often it is asked."""

    def __init__(self, result: tuple[bool, str] | Exception) -> None:
        self.result = result
        self.asked = 0

    async def check(self) -> tuple[bool, str]:
        self.asked += 1
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


async def _never() -> tuple[bool, str]:
    await asyncio.Event().wait()
    return True, "unreachable"


async def test_live_says_only_that_the_process_runs(store: Store) -> None:
    app = webserver.application(store.inbox, checks={"database": Part((False, "gone")).check})
    async with webserver.serving(app) as port:
        reply = await get(port, "/health/live")
    assert (reply.status, reply.json) == (200, {"status": "live"})


async def test_ready_when_every_check_is(store: Store) -> None:
    checks = {"database": Part((True, "takes writes")).check, "worker": Part((True, "working")).check}
    async with webserver.serving(webserver.application(store.inbox, checks=checks)) as port:
        reply = await get(port, "/health/ready")
    assert (reply.status, reply.json) == (
        200,
        {
            "status": "ready",
            "checks": {
                "database": {"ok": True, "detail": "takes writes"},
                "worker": {"ok": True, "detail": "working"},
            },
        },
    )


async def test_not_ready_names_the_part_that_is_ill_and_hides_its_error(store: Store) -> None:
    checks = {
        "database": Part((True, "takes writes")).check,
        "worker": Part(RuntimeError("password=hunter2")).check,
    }
    async with webserver.serving(webserver.application(store.inbox, checks=checks)) as port:
        reply = await get(port, "/health/ready")
    assert (reply.status, reply.json["status"]) == (503, "not ready")
    assert reply.json["checks"]["database"]["ok"] is True
    assert reply.json["checks"]["worker"]["ok"] is False
    assert "hunter2" not in reply.body.decode()


async def test_a_check_that_hangs_is_a_finding() -> None:
    findings = await health.Health({"stuck": _never}, patience=0.05).findings()
    assert findings == {"stuck": health.Finding(ok=False, detail="no answer within 0.05 s")}


async def test_many_who_ask_at_once_cost_one_check(store: Store) -> None:
    part = Part((True, "fine"))
    app = webserver.application(store.inbox, checks={"part": part.check})
    async with webserver.serving(app) as port:
        replies = await asyncio.gather(*(get(port, "/health/ready") for _ in range(30)))
    assert {reply.status for reply in replies} == {200}
    assert part.asked == 1


async def test_metrics_count_answers_and_depths(store: Store) -> None:
    app = webserver.application(store.inbox, depths=store.deliveries.counts)
    body = b'{"action": "opened"}'
    async with webserver.serving(app) as port:
        for content in (
            delivery(body, key="a"),
            delivery(body, key="b"),
            delivery(body, key="b"),
            delivery(body, key="c", event="star"),
            delivery(body, key="d", secret=b"wrong"),
        ):
            await once(port, content)
        reply = await get(port, "/metrics")
    lines = reply.body.decode().splitlines()
    assert reply.headers["content-type"].startswith("text/plain")
    for line in (
        'triagebot_webhook_answers_total{answer="stored"} 2.0',
        'triagebot_webhook_answers_total{answer="duplicate"} 1.0',
        'triagebot_webhook_answers_total{answer="ignored"} 1.0',
        'triagebot_webhook_answers_total{answer="unsigned"} 1.0',
        'triagebot_deliveries{state="stored"} 2.0',
        'triagebot_deliveries{state="ignored"} 1.0',
        "triagebot_deliveries_readable 1.0",
        "triagebot_webhook_seconds_count 5.0",
        "triagebot_webhook_body_bytes 0.0",
        'triagebot_build_info{version="1.2.3"} 1.0',
    ):
        assert line in lines


async def test_what_clients_send_makes_no_new_series(store: Store) -> None:
    app = webserver.application(store.inbox)
    async with webserver.serving(app) as port:
        before = (await get(port, "/metrics")).body.decode()
        for number in range(20):
            await once(port, delivery(b"{}", event=f"event_{number}", key=f"k{number}"))
            await once(port, request("GET", f"/path/{number}"))
        after = (await get(port, "/metrics")).body.decode()
    names = [{line.rpartition(" ")[0] for line in text.splitlines()} for text in (before, after)]
    assert names[0] == names[1]


async def test_metrics_outlive_a_sick_database(store: Store) -> None:
    async def broken() -> Mapping[str, int]:
        raise webserver.StoreUnavailable("gone")

    async with webserver.serving(webserver.application(store.inbox, depths=broken)) as port:
        reply = await get(port, "/metrics")
    assert reply.status == 200
    assert "triagebot_deliveries_readable 0.0" in reply.body.decode()
    assert "triagebot_deliveries{" not in reply.body.decode()


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "[::1]"])
async def test_the_page_is_shown_on_this_machine(store: Store, host: str) -> None:
    checks = {"worker": Part((False, "no <worker> yet")).check}
    async with webserver.serving(webserver.application(store.inbox, checks=checks)) as port:
        reply = await get(port, "/", host=host)
    page = reply.body.decode()
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "triagebot 1.2.3" in page
    assert "no &lt;worker&gt; yet" in page
    assert "script" not in page


@pytest.mark.parametrize(
    ("local", "host"),
    [
        (False, "127.0.0.1"),
        (True, "bot.example.org"),
        (True, "127.0.0.1.example.org"),
        (True, ""),
        (True, "["),
        (True, "[::1.x]"),
    ],
    ids=["bound to the world", "through a proxy", "a lookalike", "no host", "half a host", "no address"],
)
async def test_the_page_is_shown_to_nobody_else(store: Store, local: bool, host: str) -> None:
    async with webserver.serving(webserver.application(store.inbox, local=local)) as port:
        assert (await get(port, "/", host=host)).status == 404


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/webhook/", "/setup", "/health", "/%00"]
)
async def test_nothing_else_is_there(store: Store, path: str) -> None:
    async with webserver.serving(webserver.application(store.inbox)) as port:
        assert (await get(port, path)).status == 404


@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready", "/metrics", "/nothing", "/webhook"])
async def test_every_answer_carries_the_security_headers_once(store: Store, path: str) -> None:
    async with webserver.serving(webserver.application(store.inbox)) as port:
        reply = await get(port, path)
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert reply.headers["cache-control"] == "no-store"
    assert "server" not in reply.headers


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
