"""Which endpoint answers: the order of the chain, the breaker, and what the settings make of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr
from tests.support.clock import ManualClock
from tests.support.models import GOOD, TriageAnswer, UsageBook, bench, endpoint, issue

from triagebot.core.errors import ModelUnavailable, SettingsError
from triagebot.llm.breaker import Breaker
from triagebot.llm.configured import DEFAULT_OPENAI_MODEL, models_from_settings, specs
from triagebot.settings import Endpoint, LLMSettings, Settings
from triagebot.simulator.scripted_model import Fault, ScriptedModel, when

WELL = when("TriageAnswer", GOOD)


def down(_: object) -> Fault:
    return Fault("status", 503)


async def test_the_chain_is_asked_in_order_and_the_answer_says_who_gave_it() -> None:
    with ScriptedModel(down) as first, ScriptedModel(down) as second, ScriptedModel(WELL) as third:
        async with bench(
            endpoint(first.base_url), endpoint(second.base_url), endpoint(third.base_url, model="big")
        ) as b:
            completion = await b.model().complete("triage", TriageAnswer, issue())
            assert completion.usage.model == "big"
            assert completion.usage.endpoint in third.base_url
            assert [len(server.questions) for server in (first, second, third)] == [3, 3, 1]
            assert [usage.endpoint in first.base_url for usage in b.book.usages] == [True] * 3 + [False] * 4


async def test_when_all_fail_each_is_named_with_its_reason() -> None:
    with ScriptedModel(down) as first, ScriptedModel(api_key="right") as second:
        async with bench(endpoint(first.base_url), endpoint(second.base_url, key="wrong-key-000")) as b:
            with pytest.raises(ModelUnavailable) as caught:
                await b.model().complete("triage", TriageAnswer, issue())
        assert "HTTP 503" in str(caught.value)
        assert "HTTP 401 invalid_api_key" in str(caught.value)
        assert "wrong-key-000" not in str(caught.value)


async def test_nobody_listens() -> None:
    with ScriptedModel() as gone:
        pass
    async with bench(endpoint(gone.base_url)) as b:
        with pytest.raises(ModelUnavailable, match="the connection failed"):
            await b.model().complete("triage", TriageAnswer, issue())


async def test_an_endpoint_that_keeps_failing_is_left_alone_then_tried_with_one_call() -> None:
    with ScriptedModel(down) as server:
        async with bench(endpoint(server.base_url)) as b:
            for _ in range(4):
                with pytest.raises(ModelUnavailable):
                    await b.model().complete("triage", TriageAnswer, issue())
            assert len(server.questions) == 5, "three, then two more, then the breaker is open"
            b.clock.advance(31)
            with pytest.raises(ModelUnavailable):
                await b.model().complete("triage", TriageAnswer, issue())
            assert len(server.questions) == 6, "one trial, which failed"
            b.clock.advance(31)
            with pytest.raises(ModelUnavailable, match="left alone"):
                await b.model().complete("triage", TriageAnswer, issue())
            assert len(server.questions) == 6, "the pause doubled"
            b.clock.advance(31)
            server.rules = [WELL]
            assert (await b.model().complete("triage", TriageAnswer, issue())).value == GOOD
            server.rules = [down]
            with pytest.raises(ModelUnavailable):
                await b.model().complete("triage", TriageAnswer, issue())
            assert len(server.questions) == 10, "closed again: three attempts"


async def test_a_long_retry_after_is_respected_and_the_next_endpoint_asked() -> None:
    with ScriptedModel(WELL) as first, ScriptedModel(WELL) as second:
        first.say(Fault("status", 429, retry_after=120))
        async with bench(endpoint(first.base_url), endpoint(second.base_url)) as b:
            for _ in range(2):
                await b.model().complete("triage", TriageAnswer, issue())
            assert (len(first.questions), len(second.questions)) == (1, 2)
            assert b.clock.slept == []
            b.clock.advance(121)
            await b.model().complete("triage", TriageAnswer, issue())
            assert (len(first.questions), len(second.questions)) == (2, 2)


async def test_a_spent_quota_is_not_asked_again() -> None:
    with ScriptedModel(WELL) as first, ScriptedModel(WELL) as second:
        first.say(Fault("status", 429, code="insufficient_quota"))
        async with bench(endpoint(first.base_url), endpoint(second.base_url)) as b:
            await b.model().complete("triage", TriageAnswer, issue())
        assert (len(first.questions), len(second.questions)) == (1, 1)


def test_breaker_half_open_lets_one_through() -> None:
    clock = ManualClock()
    breaker = Breaker(clock, threshold=2)
    for _ in range(2):
        given = breaker.enter()
        assert given is not None
        breaker.failed(given)
    assert (breaker.state, breaker.enter()) == ("open", None)
    clock.advance(30)
    assert breaker.state == "half-open"
    trial = breaker.enter()
    assert trial is not None
    assert breaker.enter() is None
    breaker.abandoned(trial)
    second = breaker.enter()
    assert second is not None
    breaker.succeeded(second)
    assert breaker.state == "closed"


def test_breaker_ignores_late_news_from_before_it_opened() -> None:
    clock = ManualClock()
    breaker = Breaker(clock, threshold=1)
    early, failing = breaker.enter(), breaker.enter()
    assert early is not None
    assert failing is not None
    breaker.failed(failing)
    breaker.succeeded(early)
    assert breaker.state == "open"
    clock.advance(30)
    trial = breaker.enter()
    assert trial is not None
    breaker.abandoned(early)
    assert breaker.enter() is None, "the trial is still under way"


def test_breaker_pauses_grow_to_a_limit() -> None:
    clock = ManualClock()
    breaker = Breaker(clock, threshold=1, longest=timedelta(minutes=2))
    pauses = []
    for _ in range(5):
        given = breaker.enter()
        assert given is not None
        breaker.failed(given)
        assert breaker.until is not None
        pauses.append((breaker.until - clock.now()).total_seconds())
        clock.advance(pauses[-1])
    assert pauses == [30, 60, 120, 120, 120]


def settings(**llm: object) -> Settings:
    return Settings(_env_file=None, llm=LLMSettings(**llm))


async def test_no_model_configured_is_a_supported_state() -> None:
    async with models_from_settings(settings(), UsageBook(), ManualClock()) as models:
        assert models.bind(repo="o/r", job="j", tokens_per_day=None) is None


def test_a_key_alone_means_openai_and_its_model() -> None:
    (spec,) = specs(settings(api_key=SecretStr("sk-1")))
    assert (spec.base_url, spec.model) == ("https://api.openai.com/v1", DEFAULT_OPENAI_MODEL)
    assert spec.price is not None
    assert "sk-1" not in repr(spec)


def test_a_fallback_that_only_names_a_model_uses_the_same_endpoint() -> None:
    _, second = specs(
        settings(api_key=SecretStr("sk-1"), model="gpt-6-sol", fallbacks=[Endpoint(model="gpt-6-luna")])
    )
    assert (second.base_url, second.api_key, second.model) == (
        "https://api.openai.com/v1",
        "sk-1",
        "gpt-6-luna",
    )


@pytest.mark.parametrize(
    ("llm", "says"),
    [
        ({"model": "gpt-6-luna"}, "names OpenAI but no key"),
        ({"base_url": "gpu-box:8000"}, "must be an address"),
        ({"base_url": "http://me:secret@gpu-box/v1"}, "must not hold a password"),
    ],
    ids=["no key", "no scheme", "password in the address"],
)
def test_contradictions_are_named(llm: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        specs(settings(**llm))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("served", "works"), [(["only"], True), (["one", "two"], False), ([], False)], ids=["one", "two", "none"]
)
async def test_without_a_model_name_the_only_one_served_is_taken(served: list[str], works: bool) -> None:
    with ScriptedModel(WELL, models=served) as server:
        async with bench(endpoint(server.base_url, model=None)) as b:
            if works:
                completion = await b.model().complete("triage", TriageAnswer, issue())
                assert completion.usage.model == "only"
            else:
                with pytest.raises(ModelUnavailable, match="LLM__MODEL"):
                    await b.model().complete("triage", TriageAnswer, issue())
