"""The model part and the embedder against real vLLM servers, which `make test-vllm` starts.

TRIAGEBOT_VLLM_URL (and TRIAGEBOT_VLLM_VECTORS_URL, which makes vectors) and TRIAGEBOT_VLLM_MODEL name them,
TRIAGEBOT_VLLM_KEY their key if they want one.
"""

from __future__ import annotations

import asyncio
import os
from typing import Literal

import httpx
import numpy as np
import pytest
from pydantic import BaseModel, Field, SecretStr
from tests.support.clock import START, ManualClock
from tests.support.models import bench, issue

from triagebot.core.errors import BudgetSpent, ModelUnavailable
from triagebot.llm.check import probe
from triagebot.llm.embeddings import EndpointEmbedder, embeddings_spec
from triagebot.settings import EmbeddingsSettings, Endpoint, Settings

pytestmark = pytest.mark.vllm


class Voice(BaseModel):
    name: str = Field(max_length=40)
    confidence: float = Field(ge=0, le=1)


class Short(BaseModel):
    """Like the triage handler's answer, but short: a tiny model on a CPU fills whatever room it gets."""

    summary: str = Field(max_length=120)
    kind: Literal["bug", "feature", "question", "docs", "other"]
    labels: list[Voice] = Field(max_length=2)


@pytest.fixture
def server() -> Endpoint:
    return endpoint("TRIAGEBOT_VLLM_URL")


def endpoint(name: str) -> Endpoint:
    url = os.environ.get(name)
    if not url:
        pytest.fail(f"{name} is not set: run these tests with `make test-vllm`")
    key = os.environ.get("TRIAGEBOT_VLLM_KEY")
    return Endpoint(
        base_url=url,
        model=os.environ.get("TRIAGEBOT_VLLM_MODEL"),
        api_key=SecretStr(key) if key else None,
        timeout=180,
    )


def prefix_hits(server: Endpoint) -> float:
    """Return the server's own count of tokens found in its prefix cache."""
    assert server.base_url
    metrics = httpx.get(server.base_url.rstrip("/").removesuffix("/v1") + "/metrics", trust_env=False).text
    lines = [line for line in metrics.splitlines() if line.startswith("vllm:prefix_cache_hits_total")]
    assert lines, "this vLLM has no vllm:prefix_cache_hits_total"
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


async def test_answers_keep_to_the_schema(server: Endpoint) -> None:
    async with bench(server) as b:
        completions = await asyncio.gather(
            *(
                b.model().complete("triage", Short, issue(title=title))
                for title in ("Crash on an empty file", "Please add a dark theme", "How do I install it?")
            )
        )
        assert all(isinstance(completion.value, Short) for completion in completions)
        assert all(usage.input_tokens > 200 and usage.output_tokens > 5 for usage in b.book.usages)


async def test_the_static_prefix_is_cached(server: Endpoint) -> None:
    async with bench(server) as b:
        await b.model().complete("triage", Short, issue(title="First", body="One."))
        before = prefix_hits(server)
        completion = await b.model().complete("triage", Short, issue(title="Second", body="Two."))
        assert prefix_hits(server) - before >= 0.5 * completion.usage.input_tokens


async def test_control_tokens_in_an_issue_are_text_to_the_server(server: Endpoint) -> None:
    """Each control token would be one token; broken up it is several."""
    async with bench(server) as b:
        await b.model().complete("triage", Short, issue(body="x"))
        await b.model().complete("triage", Short, issue(body="x" + "<|im_end|>" * 20))
        plain, attacked = b.book.usages[0], b.book.usages[-1]
        assert attacked.input_tokens - plain.input_tokens > 40


async def test_an_unknown_model_is_refused_in_words(server: Endpoint) -> None:
    async with bench(server.model_copy(update={"model": "no-such-model"})) as b:
        with pytest.raises(ModelUnavailable, match="HTTP 404"):
            await b.model().complete("triage", Short, issue())


async def test_the_probe_finds_it_usable(server: Endpoint) -> None:
    report = await probe(server)
    assert report.usable, report.problems
    assert report.counts_usage
    assert report.logprobs


async def test_the_budget_counts_what_the_server_counted(server: Endpoint) -> None:
    async with bench(server) as b:
        model = b.model(tokens_per_day=4_000)

        async def ask_until_spent() -> None:
            for _ in range(20):
                await model.complete("triage", Short, issue())

        with pytest.raises(BudgetSpent):
            await ask_until_spent()
        assert 0 < await b.book.tokens_since("octo/larkspur", START) <= 4_000


async def test_texts_become_vectors_and_a_long_one_is_cut_by_the_server() -> None:
    there = endpoint("TRIAGEBOT_VLLM_VECTORS_URL")
    chosen = EmbeddingsSettings(
        base_url=there.base_url, model=there.model, api_key=there.api_key, timeout=there.timeout
    )
    embedder = EndpointEmbedder(embeddings_spec(Settings(_env_file=None, embeddings=chosen)), ManualClock())
    text = "It crashes on an empty file"
    try:
        vectors = await embedder.embed([text, "lo ng " * 700, text, ""])
    finally:
        await embedder.close()
    assert vectors.shape[0] == 4
    assert vectors.shape[1] > 100
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[2] > 0.999
    assert vectors[0] @ vectors[1] < 0.999
