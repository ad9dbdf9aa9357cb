"""`probe` tells what an endpoint can do, and does not take its word for it."""

from __future__ import annotations

from tests.support.models import endpoint

from triagebot.llm.check import probe
from triagebot.simulator.scripted_model import Fault, ScriptedModel


async def test_an_endpoint_that_keeps_to_the_schema() -> None:
    with ScriptedModel() as server:
        report = await probe(endpoint(server.base_url))
    assert report.usable
    assert report.models == ["scripted"]
    assert report.counts_usage
    assert not report.logprobs
    assert report.problems == []


async def test_an_endpoint_that_ignores_the_schema_with_200() -> None:
    with ScriptedModel(lambda _: "hello") as server:
        report = await probe(endpoint(server.base_url))
    assert report.reachable
    assert not report.usable
    assert "`response_format` is ignored" in report.problems[0]


async def test_an_endpoint_that_does_not_count() -> None:
    with ScriptedModel(counts_tokens=False) as server:
        report = await probe(endpoint(server.base_url))
    assert not report.counts_usage
    assert "does not count tokens" in report.problems[0]


async def test_a_wrong_key_and_a_wrong_model_are_named() -> None:
    with ScriptedModel(api_key="right") as server:
        report = await probe(endpoint(server.base_url, key="wrong-key-123"))
        assert not report.reachable
        assert "HTTP 401" in report.problems[0]
        assert "wrong-key-123" not in " ".join(report.problems)
        report = await probe(endpoint(server.base_url, key="right", model="other"))
        assert report.problems == ["It does not list other, but scripted."]


async def test_nobody_there() -> None:
    with ScriptedModel() as gone:
        pass
    report = await probe(endpoint(gone.base_url))
    assert not report.reachable
    assert "the connection failed" in report.problems[0]


async def test_it_lists_but_does_not_answer() -> None:
    with ScriptedModel(lambda _: Fault("status", 500)) as server:
        report = await probe(endpoint(server.base_url))
    assert report.reachable
    assert not report.usable
