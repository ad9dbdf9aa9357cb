"""The web process as a process: what it loads, how it stops, and what a kill leaves on disk."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import webserver
from tests.support.webclient import Client, delivery, delivery_headers, once, request

OPENED = b'{"action": "opened", "filling": "' + b"x" * 2000 + b'"}'


@pytest.mark.parametrize("module", ["triagebot.web.server", "triagebot.app.web"])
def test_the_web_process_loads_no_model_no_github_client_and_no_job_engine(module: str) -> None:
    heavy = (
        "githubkit",
        "openai",
        "dbos",
        "xllamacpp",
        "triagebot.github",
        "triagebot.llm",
        "triagebot.jobs",
    )
    script = f"import sys, {module}; print(*(name for name in {heavy!r} if name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


async def test_sigterm_ends_what_is_in_flight_and_takes_no_more(tmp_path: Path) -> None:
    with webserver.web_process(tmp_path) as server:
        idle = await Client.connect(server.port)
        assert (await idle.exchange(delivery(OPENED, key="before"))).status == 202
        async with await Client.connect(server.port) as client:
            headers = [*delivery_headers(OPENED, key="in-flight"), ("expect", "100-continue")]
            head = request("POST", "/webhook", [*headers, ("content-length", str(len(OPENED)))], length=False)
            assert (await client.exchange(head)).status == 100  # so the request is being handled

            server.process.send_signal(signal.SIGTERM)
            assert await idle.reader.read() == b""  # an idle connection is closed
            with pytest.raises(ConnectionRefusedError):
                await Client.connect(server.port)
            reply = await client.exchange(OPENED)
            rest = await client.reader.read()
        await idle.__aexit__()
        code = await asyncio.to_thread(server.process.wait, 20)

    assert reply.status == 202
    assert reply.headers["connection"] == "close"
    assert rest == b""
    assert code == -signal.SIGTERM
    with webserver.store(tmp_path) as store:
        assert [kept.id for kept in await store.deliveries.list()] == ["in-flight", "before"]


async def test_every_delivery_answered_202_outlives_kill_9(tmp_path: Path) -> None:
    dice = random.Random(2)
    promised: set[str] = set()
    for life in range(6):
        with webserver.web_process(tmp_path) as server:
            until = len(promised) + dice.randint(1, 300)

            async def post(lane: int, server: webserver.Process, life: int, until: int) -> None:
                async with await Client.connect(server.port) as client:
                    for number in range(1000):
                        name = f"{life}-{lane}-{number}"
                        reply = await client.exchange(delivery(OPENED, key=name))
                        assert reply.status == 202
                        promised.add(name)
                        if len(promised) >= until:
                            server.process.kill()

            lanes = await asyncio.gather(
                *(post(lane, server, life, until) for lane in range(20)), return_exceptions=True
            )
        assert all(isinstance(end, (ConnectionError, asyncio.IncompleteReadError)) for end in lanes)
    with webserver.store(tmp_path) as store:
        kept = {row.id: row for row in await store.deliveries.list(limit=100_000)}
        payloads = [await store.deliveries.get(name) for name in sorted(promised)]
    assert promised <= kept.keys()
    assert len(promised) > 100
    assert all(row is not None and row.payload == OPENED for row in payloads)


async def test_a_restart_knows_the_ids_it_took_before(tmp_path: Path) -> None:
    with webserver.web_process(tmp_path) as server:
        first = await once(server.port, delivery(OPENED, key="again"))
    with webserver.web_process(tmp_path) as server:
        second = await once(server.port, delivery(OPENED, key="again"))
    assert (first.status, second.status) == (202, 200)
