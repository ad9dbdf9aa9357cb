"""Vectors from an endpoint, over real HTTP: what is sent, what is taken, and every way it can fail."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from pydantic import SecretStr
from tests.support.clock import ManualClock
from tests.support.embeddings import ScriptedEmbeddings, letters

from triagebot.app.embedder import embedder_from_settings
from triagebot.core.errors import ModelUnavailable, SettingsError
from triagebot.llm.embeddings import BATCH, LONGEST, EndpointEmbedder, embeddings_spec
from triagebot.llm.endpoint import Spec
from triagebot.ports import Matrix
from triagebot.settings import EmbeddingsSettings, Settings
from triagebot.simulator.scripted_model import Fault


def spec(base_url: str, **changes: object) -> Spec:
    chosen = EmbeddingsSettings(**{"base_url": base_url, "model": "sea-embed", "timeout": 30, **changes})
    return embeddings_spec(Settings(_env_file=None, embeddings=chosen))


@asynccontextmanager
async def embedder(
    base_url: str, *, clock: ManualClock | None = None, **changes: object
) -> AsyncIterator[EndpointEmbedder]:
    one = EndpointEmbedder(spec(base_url, **changes), clock or ManualClock())
    try:
        yield one
    finally:
        await one.close()


async def embed(base_url: str, texts: list[str], **changes: object) -> Matrix:
    async with embedder(base_url, **changes) as one:  # type: ignore[arg-type]
        return await one.embed(texts)


async def test_texts_become_vectors_of_length_one_in_order() -> None:
    texts = [f"tide {'b' * at} {'c' * (200 - at)}" for at in range(2 * BATCH + 3)]
    with ScriptedEmbeddings() as server:
        server.backwards = True
        vectors = await embed(server.base_url, texts)
        assert [len(body["input"]) for body in server.asked] == [BATCH, BATCH, 3]
        assert server.asked[0]["encoding_format"] == "float"
        assert server.asked[0]["model"] == "sea-embed"
    expected = np.array([letters(text) for text in texts])
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)


async def test_no_text_asks_nothing_and_an_empty_one_is_not_sent_empty() -> None:
    with ScriptedEmbeddings() as server:
        async with embedder(server.base_url) as one:
            assert len(await one.embed([])) == 0
            assert not server.asked
            assert len(await one.embed(["", " \n"])) == 2
            assert all(text.strip() for text in server.asked[0]["input"])


async def test_a_long_or_broken_text_is_cut_to_what_every_server_takes() -> None:
    with ScriptedEmbeddings() as server:
        await embed(server.base_url, ["x" * 100_000, "折" * 50_000, "half a pair: \ud83d"])
        for text in server.asked[0]["input"]:
            assert len(text.encode()) <= LONGEST
        assert server.asked[0]["input"][1].startswith("折折")


async def test_secrets_stay_here() -> None:
    secret = "ghp_" + "a1B2" * 9
    with ScriptedEmbeddings() as server:
        await embed(server.base_url, [f"My token {secret} is refused", "x" * (LONGEST - 20) + secret])
        sent = str(server.asked)
    assert "ghp_" not in sent
    assert "[redacted:github-token]" in sent


async def test_a_models_prefix_stands_before_each_text_and_its_vectors_have_a_name_of_their_own() -> None:
    with ScriptedEmbeddings() as server:
        settings = EmbeddingsSettings(base_url=server.base_url, model="e5", prefix="query: ")
        with_prefix = embedder_from_settings(Settings(_env_file=None, embeddings=settings))
        assert with_prefix is not None
        async with embedder(server.base_url, model="e5") as bare:
            await with_prefix.embed(["a", ""])
            await with_prefix.close()
            assert server.asked[0]["input"] == ["query: a", "query: (no text)"]
            assert with_prefix.name != bare.name


async def test_the_key_is_sent_and_a_wrong_one_is_not_repeated_in_the_error() -> None:
    with ScriptedEmbeddings(api_key="right-key-000") as server:
        await embed(server.base_url, ["a"], api_key=SecretStr("right-key-000"))
        with pytest.raises(ModelUnavailable, match="HTTP 401") as caught:
            await embed(server.base_url, ["a"], api_key=SecretStr("wrong-key-000"))
        assert len(server.asked) == 2
    assert "wrong-key-000" not in str(caught.value)


async def test_a_server_that_does_not_know_vllms_parameter_is_asked_without_it() -> None:
    with ScriptedEmbeddings() as server:
        server.knows = frozenset({"model", "input", "encoding_format"})
        async with embedder(server.base_url) as one:
            await one.embed(["a"])
            await one.embed(["b"])
            assert ["truncate_prompt_tokens" in body for body in server.asked] == [True, False, False]


PASSING = {
    "500": Fault("status", 500),
    "503 with retry-after": Fault("status", 503, retry_after=2),
    "429": Fault("status", 429),
    "reset before the answer": Fault("reset"),
    "reset inside the answer": Fault("cut"),
    "no JSON": Fault("garbage"),
    "no vectors": {"object": "list"},
    "a vector too few": {"data": []},
    "an index twice": {"data": [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}]},
    "two widths": {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]},
    "zero": {"data": [{"index": 0, "embedding": [0.0]}, {"index": 1, "embedding": [1.0]}]},
    "base64": {"data": [{"index": 0, "embedding": base64.b64encode(bytes(8)).decode()}]},
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
async def test_a_failure_that_passes_is_tried_again(fault: object) -> None:
    clock = ManualClock()
    with ScriptedEmbeddings() as server:
        server.say(fault, fault)  # type: ignore[arg-type]
        vectors = await embed(server.base_url, ["ebb", "flood"], clock=clock)
        assert len(server.asked) == 3
    assert len(vectors) == 2
    assert len(clock.slept) == 2


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_a_refusal_is_not_repeated(status: int) -> None:
    with ScriptedEmbeddings() as server:
        server.say(*[Fault("status", status)] * 5)
        with pytest.raises(ModelUnavailable, match=f"HTTP {status}"):
            await embed(server.base_url, ["a"])
        assert len(server.asked) == (3 if status == 400 else 1), (
            "a 400 may mean vLLM's parameter, or the text"
        )


async def test_a_text_that_is_refused_stands_in_the_way_of_no_other() -> None:
    texts = [*(f"issue {at}" for at in range(5)), "a " * 1_500, "\u6298" * 900, "short and refused", "last"]
    with ScriptedEmbeddings() as server:
        server.takes = lambda text: len(text) < 600 and "refused" not in text
        vectors = await embed(server.base_url, texts)
        assert len(server.asked) < 30
    assert np.isfinite(vectors).all()
    expected = np.array([letters(text) for text in texts])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.allclose(vectors[:5], expected[:5], atol=1e-6)
    assert np.allclose(vectors[5], expected[5], atol=1e-2), "from as much of it as is taken"
    assert np.allclose(vectors[8], expected[8], atol=1e-6)


async def test_an_endpoint_that_refuses_everything_is_not_asked_without_end() -> None:
    with ScriptedEmbeddings() as server:
        server.takes = lambda _text: False
        with pytest.raises(ModelUnavailable, match="HTTP 400"):
            await embed(server.base_url, ["x" * 100_000] * BATCH)
        assert len(server.asked) < 20


async def test_attempts_are_bounded_and_a_dead_endpoint_is_left_alone() -> None:
    clock = ManualClock()
    with ScriptedEmbeddings() as server:
        server.say(*[Fault("status", 500)] * 5)
        async with embedder(server.base_url, clock=clock) as one:
            for _ in range(3):
                with pytest.raises(ModelUnavailable):
                    await one.embed(["a"])
            assert len(server.asked) == 5
            with pytest.raises(ModelUnavailable, match="left alone until"):
                await one.embed(["a"])
            await clock.sleep(60)
            assert len(await one.embed(["a"])) == 1
    with pytest.raises(ModelUnavailable, match="the connection failed"):
        await embed(server.base_url, ["a"])


async def test_a_slow_endpoint_is_left_after_its_timeout() -> None:
    with ScriptedEmbeddings() as server:
        server.say(Fault("drip"))
        with pytest.raises(ModelUnavailable, match="no answer in"):
            await embed(server.base_url, ["a"], timeout=0.3)
        assert len(server.asked) == 1


async def test_another_model_under_the_same_name_is_noticed() -> None:
    with ScriptedEmbeddings() as server:
        async with embedder(server.base_url) as one:
            await one.embed(["a"])
            server.say({"data": [{"index": 0, "embedding": [1.0, 2.0]}]})
            with pytest.raises(ModelUnavailable, match="another model"):
                await one.embed(["a"])


def test_the_name_tells_models_and_endpoints_apart() -> None:
    names = {
        EndpointEmbedder(spec(url, model=model), ManualClock()).name
        for url in ("http://one:8000/v1", "http://two:8000/v1")
        for model in ("small", "large")
    }
    assert len(names) == 4


def test_openai_has_a_default_model_and_gets_no_parameter_of_vllm() -> None:
    openai = spec("https://api.openai.com/v1", api_key=SecretStr("sk-1"), model=None)
    assert openai.model == "text-embedding-3-small"
    assert openai.dialect == "openai"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"base_url": "http://gpu-box:8000/v1"}, "EMBEDDINGS__MODEL"),
        ({"base_url": "gpu-box", "model": "m"}, "EMBEDDINGS__BASE_URL"),
        ({"base_url": "https://api.openai.com/v1"}, "no key"),
        ({"base_url": "http://me:pass@gpu-box/v1", "model": "m"}, "must not hold a password"),
    ],
)
def test_settings_that_are_not_enough_are_refused(changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        embeddings_spec(Settings(_env_file=None, embeddings=EmbeddingsSettings(**changes)))
