"""The embedded model, for real: it answers in the asked form, to us alone, and stops cleanly."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from tests.support.models import TriageAnswer, bench, issue

from triagebot.core.errors import ModelUnavailable, SettingsError
from triagebot.llm.check import probe
from triagebot.llm.local import MODEL, LocalServer, model_file
from triagebot.settings import Endpoint


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        model_file()
    except SettingsError:
        pytest.skip("the `local` extra is not installed")


@pytest.fixture
def server() -> Iterator[tuple[str, str]]:
    local = LocalServer()
    yield local.start()
    local.stop()


async def test_its_answers_are_valid() -> None:
    async with bench(Endpoint(base_url="local")) as b:
        for title in ("Crash on an empty file", "Please add a dark theme"):
            completion = await b.model().complete("triage", TriageAnswer, issue(title=title))
            assert isinstance(completion.value, TriageAnswer)
            assert (completion.usage.endpoint, completion.usage.model) == ("local", MODEL)
        first, second = b.book.usages
        assert first.input_tokens > 200
        assert second.cached_tokens > 0.7 * second.input_tokens, "the static prefix is not read again"


async def test_it_is_not_asked_to_judge() -> None:
    known = issue()
    compared = {name: known[name] for name in ("repo", "title", "body")} | {"earlier": ["Crash"]}
    async with bench(Endpoint(base_url="local")) as b:
        assert not b.model().judges
        with pytest.raises(ModelUnavailable, match="local: too small to judge"):
            await b.model().complete("duplicates", TriageAnswer, compared)
        assert b.book.usages == []


def test_only_this_computer_and_only_with_the_key(server: tuple[str, str]) -> None:
    url, key = server
    parts = urlsplit(url)
    assert parts.hostname == "127.0.0.1"
    assert parts.port is not None
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect(("127.0.0.2", parts.port))  # bound to one address, not to all
    with httpx.Client(base_url=url, trust_env=False) as client:
        for path in ("/models", "/chat/completions", "/../slots", "/../props", "/../metrics", "/../tokenize"):
            method = "POST" if "chat" in path or "token" in path else "GET"
            assert client.request(method, path, json={}).status_code in (401, 404), path
        listed = client.get(
            "/models", headers={"authorization": f"Bearer {key}", "origin": "https://evil.example"}
        )
        assert listed.json()["data"][0]["id"] == MODEL
        assert listed.headers.get("access-control-allow-origin", "") == ""


def test_starting_twice_is_one_server_and_stopping_frees_the_port() -> None:
    local = LocalServer()
    url, key = local.start()
    assert local.start() == (url, key)
    local.stop()
    local.stop()
    with socket.socket() as probe_socket, pytest.raises(ConnectionRefusedError):
        probe_socket.connect(("127.0.0.1", urlsplit(url).port or 0))
    assert local.start()[1] != key, "each start draws a new key"
    local.stop()


async def test_the_probe_finds_it_usable() -> None:
    report = await probe(Endpoint(base_url="local"))
    assert report.usable, report.problems
    assert (report.models, report.model) == ([MODEL], MODEL)
    assert report.counts_usage
    assert report.logprobs
    assert report.problems == []
