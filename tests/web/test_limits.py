"""What a client can cost without being anybody: bytes, time and memory all have an end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support import webserver
from tests.support.webclient import Client, Reply, delivery, delivery_headers, once, request

from triagebot.web.budget import BodyBudget, NoRoom
from triagebot.web.connection import BoundedConnection
from triagebot.web.webhook import MAX_BODY, Timing

MEGABYTE = 1024 * 1024
PLAUSIBLE = ("x-hub-signature-256", "sha256=" + "0" * 64)


async def chunked(port: int, size: int, headers: list[tuple[str, str]], *, piece: int = MEGABYTE) -> Reply:
    """Post `size` bytes in chunks, as far as the server takes them, and read the answer."""
    async with await Client.connect(port) as client:
        head = [("transfer-encoding", "chunked"), *headers]
        client.writer.write(request("POST", "/webhook", head, length=False))

        async def send() -> None:
            filling = b"%x\r\n" % piece + b" " * piece + b"\r\n"
            for _ in range(size // piece):
                client.writer.write(filling)
                await client.writer.drain()
            client.writer.write(b"0\r\n\r\n")

        sending = asyncio.create_task(send())
        try:
            return await client.read()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


async def test_a_declared_length_over_25_mb_is_413_before_a_byte_of_it_came(tmp_path: Path) -> None:
    with webserver.store(tmp_path) as store:
        async with (
            webserver.serving(webserver.application(store.inbox)) as port,
            await Client.connect(port) as client,
        ):
            client.writer.write(
                request("POST", "/webhook", [("content-length", str(MAX_BODY + 1))], length=False)
            )
            reply = await client.read()
    assert (reply.status, reply.json["status"]) == (413, "too_large")


@pytest.mark.parametrize("headers", [[], [PLAUSIBLE]], ids=["unsigned", "looks signed"])
async def test_a_stream_over_25_mb_is_413(tmp_path: Path, headers: list[tuple[str, str]]) -> None:
    with webserver.store(tmp_path) as store:
        async with webserver.serving(webserver.application(store.inbox)) as port:
            reply = await chunked(port, 27 * MEGABYTE, headers)
    assert (reply.status, reply.json["status"]) == (413, "too_large")


async def test_a_body_of_exactly_25_mb_is_taken(tmp_path: Path) -> None:
    start, end = b'{"action": "opened", "filling": "', b'"}'
    body = start + b"x" * (MAX_BODY - len(start) - len(end)) + end
    with webserver.store(tmp_path) as store:
        async with webserver.serving(webserver.application(store.inbox)) as port:
            reply = await once(port, delivery(body, key="huge"))
        kept = await store.deliveries.get("huge")
    assert reply.status == 202
    assert kept is not None
    assert kept.payload == body


async def test_a_signed_body_may_come_in_many_small_chunks(tmp_path: Path) -> None:
    body = b'{"action": "opened", "filling": "' + b"x" * 200_000 + b'"}'
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    content = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    headers = [("transfer-encoding", "chunked"), *delivery_headers(body, key="chunks")]
    with webserver.store(tmp_path) as store:
        async with webserver.serving(webserver.application(store.inbox)) as port:
            reply = await once(port, request("POST", "/webhook", headers, content, length=False))
        kept = await store.deliveries.get("chunks")
    assert reply.status == 202
    assert kept is not None
    assert kept.payload == body


@pytest.mark.parametrize("headers", [[], [PLAUSIBLE]], ids=["unsigned", "looks signed"])
async def test_64_uploads_of_25_mb_at_once_hold_little_memory(
    tmp_path: Path, headers: list[tuple[str, str]]
) -> None:
    with webserver.web_process(tmp_path) as server:
        assert (await once(server.port, delivery(b'{"action": "opened"}', key="before"))).status == 202
        before = server.memory("VmRSS")

        flood = [chunked(server.port, 25 * MEGABYTE, headers) for _ in range(64)]
        replies = await asyncio.gather(*flood)

        grown = server.memory("VmHWM") - before
        after = await once(server.port, delivery(b'{"action": "opened"}', key="after"))
    assert {reply.status for reply in replies} <= {401, 503}
    assert all("retry-after" in reply.headers for reply in replies if reply.status == 503)
    print(f"{len(replies)} uploads, {grown / MEGABYTE:.0f} MB more")
    assert grown < 150 * MEGABYTE
    assert after.status == 202


async def test_an_ordinary_delivery_overtakes_large_uploads_that_stall(tmp_path: Path) -> None:
    with webserver.store(tmp_path) as store:
        app = webserver.application(store.inbox)
        async with webserver.serving(app) as port:
            clients = [await Client.connect(port) for _ in range(4)]
            for client in clients:  # each declares 25 MB, is asked for it, and sends nothing
                headers = [("content-length", str(MAX_BODY)), ("expect", "100-continue"), PLAUSIBLE]
                client.writer.write(request("POST", "/webhook", headers, length=False))
            asked = [asyncio.create_task(client.read()) for client in clients]
            await asyncio.wait(asked[:2])
            reply = await once(port, delivery(b'{"action": "opened"}'))
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
            for client in clients:
                await client.__aexit__()
    assert reply.status == 202


async def test_a_body_that_never_ends_is_refused(tmp_path: Path) -> None:
    with webserver.store(tmp_path) as store:
        app = webserver.application(store.inbox, timing=Timing(body=0.1, linger=0.1))
        async with webserver.serving(app) as port, await Client.connect(port) as client:
            headers = [*delivery_headers(b"{}"), ("content-length", "2")]
            client.writer.write(request("POST", "/webhook", headers, length=False) + b"{")
            reply = await client.read()
            rest = await client.reader.read()
        kept = await store.deliveries.list()
    assert (reply.status, reply.json["status"]) == (400, "incomplete")
    assert rest == b""
    assert kept == []


async def test_no_room_for_a_large_upload_is_503(tmp_path: Path) -> None:
    with webserver.store(tmp_path) as store:
        app = webserver.application(store.inbox, timing=Timing(room=0.1, linger=0.1))
        async with webserver.serving(app) as port:
            clients = [await Client.connect(port) for _ in range(3)]
            for client in clients:
                headers = [("content-length", str(MAX_BODY)), PLAUSIBLE]
                client.writer.write(request("POST", "/webhook", headers, length=False))
            answers = [asyncio.create_task(client.read()) for client in clients]
            done, others = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            for client in clients:
                await client.__aexit__()
    refused = [task.result() for task in done]
    assert [(reply.status, reply.json["status"]) for reply in refused] == [(503, "busy")]
    assert "retry-after" in refused[0].headers


async def test_a_client_that_leaves_keeps_nothing_and_gives_its_room_back(tmp_path: Path) -> None:
    with webserver.store(tmp_path) as store:
        app = webserver.application(store.inbox)
        async with webserver.serving(app) as port:
            for _ in range(5):
                async with await Client.connect(port) as client:
                    headers = [*delivery_headers(b""), ("expect", "100-continue")]
                    head = [*headers, ("content-length", str(MAX_BODY))]
                    client.writer.write(request("POST", "/webhook", head, length=False))
                    assert (await client.read()).status == 100
            text = ""
            while 'answer="disconnected"} 5.0' not in text:
                text = (await once(port, request("GET", "/metrics"))).body.decode()
    assert "triagebot_webhook_body_bytes 0.0" in text


class _Hasty(BoundedConnection):
    head_seconds = 0.1


@pytest.mark.parametrize(
    "start", [b"", b"POST /webhook HTTP/1.1\r\nhost: x\r\n"], ids=["silent", "half a head"]
)
async def test_a_head_that_does_not_come_closes_the_connection(tmp_path: Path, start: bytes) -> None:
    with webserver.store(tmp_path) as store:
        app = webserver.application(store.inbox)
        async with webserver.serving(app, connection=_Hasty) as port, await Client.connect(port) as client:
            client.writer.write(start)
            assert await client.reader.read() == b""


async def test_a_second_head_that_does_not_come_closes_the_connection(tmp_path: Path) -> None:
    with webserver.store(tmp_path) as store:
        app = webserver.application(store.inbox)
        async with webserver.serving(app, connection=_Hasty) as port, await Client.connect(port) as client:
            assert (await client.exchange(delivery(b'{"action": "opened"}'))).status == 202
            client.writer.write(b"POST /webhook HTTP/1.1\r\n")
            assert await client.reader.read() == b""


@pytest.mark.parametrize(
    "start",
    [
        b"POST /webhook HTTP/1.1\r\nx: ",
        b"POST /",
        b"POST /webhook HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1;x=",
        b"POST /webhook HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: ",
    ],
    ids=["header", "path", "chunk extension", "trailer"],
)
async def test_what_never_ends_outside_a_body_is_cut_off(tmp_path: Path, start: bytes) -> None:
    with webserver.store(tmp_path) as store:
        app = webserver.application(store.inbox)
        async with webserver.serving(app) as port, await Client.connect(port) as client:
            client.writer.write(start)
            sent = 0
            try:
                while sent < 64 * MEGABYTE:
                    client.writer.write(b"a" * MEGABYTE)
                    await client.writer.drain()
                    sent += MEGABYTE
                    if client.reader.at_eof():
                        break
            except ConnectionError:
                pass
        after = await store.deliveries.list()
    assert sent < 64 * MEGABYTE
    assert after == []


async def test_the_budget_lets_the_small_overtake_and_forgets_who_gave_up() -> None:
    budget = BodyBudget(total=10 * MEGABYTE, reserved=2 * MEGABYTE)
    await budget.take(8 * MEGABYTE, 1)
    large = asyncio.create_task(budget.take(4 * MEGABYTE, 30))
    with pytest.raises(NoRoom):
        await budget.take(2 * MEGABYTE, 0)
    await budget.take(MEGABYTE, 0)
    await budget.take(MEGABYTE, 0)
    with pytest.raises(NoRoom):
        await budget.take(1, 0)
    assert not large.done()

    budget.give(8 * MEGABYTE)
    await large
    assert budget.used == 6 * MEGABYTE


async def test_a_cancelled_wait_gives_back_what_it_was_granted_in_the_same_moment() -> None:
    budget = BodyBudget(total=10, reserved=0)
    await budget.take(10, 1)
    waiting = asyncio.create_task(budget.take(5, 30))
    with pytest.raises(NoRoom):
        await budget.take(11, 0)
    budget.give(10)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert budget.used == 0
