"""Every way an endpoint can fail, over real HTTP."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.models import GOOD, TriageAnswer, bench, endpoint, issue

from triagebot.core.errors import InvalidAnswer, ModelUnavailable
from triagebot.simulator.scripted_model import Fault, ScriptedModel, when

WELL = when("TriageAnswer", GOOD)
PASSING = {
    "500": Fault("status", 500),
    "503 with retry-after": Fault("status", 503, retry_after=2),
    "429 with retry-after": Fault("status", 429, retry_after=3),
    "429 without": Fault("status", 429),
    "reset before the answer": Fault("reset"),
    "reset inside the answer": Fault("cut"),
    "not a completion": Fault("garbage"),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
async def test_a_failure_that_passes_is_tried_again(fault: Fault) -> None:
    with ScriptedModel(WELL) as server:
        server.say(fault, fault)
        async with bench(endpoint(server.base_url)) as b:
            completion = await b.model().complete("triage", TriageAnswer, issue())
            assert completion.value == GOOD
            assert len(server.questions) == 3
            assert len(b.book.usages) == 3, "failed requests are on record too"
            if fault.retry_after:
                assert b.clock.slept == [fault.retry_after] * 2
            else:
                assert 0 < b.clock.slept[0] < b.clock.slept[1] < 3


@pytest.mark.parametrize(
    "fault",
    [Fault("status", 400), Fault("status", 401), Fault("status", 404), Fault("status", 422)],
    ids=lambda fault: str(fault.status),
)
async def test_a_refused_request_is_not_repeated(fault: Fault) -> None:
    with ScriptedModel(WELL) as server:
        server.say(fault)
        async with bench(endpoint(server.base_url)) as b:
            with pytest.raises(ModelUnavailable, match=f"HTTP {fault.status}"):
                await b.model().complete("triage", TriageAnswer, issue())
        assert len(server.questions) == 1


async def test_an_endpoint_that_drips_for_ever_is_left_after_its_timeout_and_charged_for() -> None:
    with ScriptedModel(WELL) as server:
        server.say(Fault("drip"))
        async with bench(endpoint(server.base_url, timeout=0.3)) as b:
            with pytest.raises(ModelUnavailable, match="no answer in"):
                await b.model().complete("triage", TriageAnswer, issue())
            assert len(server.questions) == 1, "a slow endpoint is not asked again"
            assert b.book.usages[0].input_tokens > 100, "it may have worked, so the budget counts it"


async def test_attempts_are_bounded() -> None:
    with ScriptedModel() as server:
        server.rules = [lambda _: Fault("status", 500)]
        async with bench(endpoint(server.base_url)) as b:
            with pytest.raises(ModelUnavailable, match="nothing was posted"):
                await b.model().complete("triage", TriageAnswer, issue())
        assert len(server.questions) == 3


BROKEN = {
    "not JSON": "Sure! Here is your triage:",
    "half JSON": '{"summary": "The par',
    "a list": "[]",
    "a field too many": GOOD.model_dump_json()[:-1] + ', "repository": "octo/other"}',
    "a number out of range": GOOD.model_dump_json().replace("0.9", "7"),
    "NaN": GOOD.model_dump_json().replace("0.9", "NaN"),
    "a missing field": '{"summary": "x", "kind": "bug"}',
    "an unknown kind": GOOD.model_dump_json().replace('"bug"', '"disaster"', 1),
    "nothing": "",
}


@pytest.mark.parametrize("said", BROKEN.values(), ids=BROKEN.keys())
async def test_an_invalid_answer_is_repaired_once_with_the_reason(said: str) -> None:
    with ScriptedModel(WELL) as server:
        server.say(said)
        async with bench(endpoint(server.base_url)) as b:
            completion = await b.model().complete("triage", TriageAnswer, issue())
            first, second = server.questions
            assert completion.value == GOOD
            assert completion.usage.repaired
            assert [usage.repaired for usage in b.book.usages] == [False, True]
            assert completion.usage.output_tokens == sum(usage.output_tokens for usage in b.book.usages)
        assert second.messages[: len(first.messages)] == first.messages, "the cached prefix stays"
        assert second.messages[-1]["content"].startswith("That was not valid: ")


async def test_the_repair_names_the_field_and_what_is_wrong() -> None:
    with ScriptedModel(WELL) as server:
        server.say(BROKEN["a number out of range"])
        async with bench(endpoint(server.base_url)) as b:
            await b.model().complete("triage", TriageAnswer, issue())
        complaint = server.questions[1].messages[-1]["content"]
        assert "labels.0.confidence: Input should be less than or equal to 1" in complaint


async def test_two_invalid_answers_are_the_end() -> None:
    with ScriptedModel(WELL) as server, ScriptedModel(WELL) as other:
        server.say("nonsense", "more nonsense")
        async with bench(endpoint(server.base_url), endpoint(other.base_url)) as b:
            with pytest.raises(InvalidAnswer) as caught:
                await b.model().complete("triage", TriageAnswer, issue())
            assert "nonsense" not in str(caught.value)
            assert len(b.book.usages) == 2
        assert len(server.questions) == 2
        assert not other.questions


async def test_a_cut_off_answer_is_asked_for_again_and_shorter() -> None:
    with ScriptedModel(WELL) as server:
        server.say(Fault("length"))
        async with bench(endpoint(server.base_url)) as b:
            assert (await b.model().complete("triage", TriageAnswer, issue())).value == GOOD
        assert "too long" in server.questions[1].messages[-1]["content"]


async def test_a_refusal_is_final() -> None:
    with ScriptedModel(WELL) as server:
        server.say(Fault("refusal"))
        async with bench(endpoint(server.base_url)) as b:
            with pytest.raises(InvalidAnswer, match="refused"):
                await b.model().complete("triage", TriageAnswer, issue())
            assert len(b.book.usages) == 1
        assert len(server.questions) == 1


async def test_a_parameter_that_the_model_does_not_take_is_left_out_from_then_on() -> None:
    with ScriptedModel(WELL) as server:
        server.say(Fault("status", 400, code="unsupported_value", param="temperature"))
        async with bench(endpoint(server.base_url)) as b:
            await b.model().complete("triage", TriageAnswer, issue())
            await b.model().complete("triage", TriageAnswer, issue())
        assert ["temperature" in asked.body for asked in server.questions] == [True, False, False]


async def test_a_cancelled_call_leaves_the_endpoint_usable() -> None:
    with ScriptedModel(WELL) as server:
        server.say(Fault("drip"))
        async with bench(endpoint(server.base_url)) as b:
            call = asyncio.create_task(b.model().complete("triage", TriageAnswer, issue()))
            async with asyncio.timeout(10):
                while not server.questions:
                    await asyncio.to_thread(lambda: None)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert (await b.model().complete("triage", TriageAnswer, issue())).value == GOOD
