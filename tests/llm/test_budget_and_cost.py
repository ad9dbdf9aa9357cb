"""What calls cost, and that a repository's allowance holds."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.support.clock import START, ManualClock
from tests.support.models import GOOD, TriageAnswer, UsageBook, bench, endpoint, issue

from triagebot.core.actions import Usage
from triagebot.core.errors import BudgetSpent
from triagebot.llm.budget import Allowance
from triagebot.llm.prices import Price, price_of
from triagebot.settings import Endpoint
from triagebot.simulator.scripted_model import ScriptedModel, when

WELL = when("TriageAnswer", GOOD)


def used(tokens: int) -> Usage:
    return Usage(
        endpoint="e",
        model="m",
        prompt="p",
        prompt_version="1-0",
        input_tokens=tokens,
        output_tokens=0,
        seconds=0,
    )


async def test_each_call_is_recorded_for_its_repository_and_job() -> None:
    with ScriptedModel(WELL) as server:
        async with bench(endpoint(server.base_url)) as b:
            completion = await b.model("octo/a").complete("triage", TriageAnswer, issue())
            ((repo, job, usage, at),) = b.book.entries
            assert (repo, job, at) == ("octo/a", "d1:triage", b.clock.now())
            assert usage == completion.usage
            assert usage.prompt == "triage"
            assert usage.prompt_version.startswith("3-")
            assert usage.input_tokens > 100
            assert usage.cost is None, "no price is known for this model"


async def test_an_endpoint_that_does_not_count_is_charged_an_estimate() -> None:
    with ScriptedModel(WELL, counts_tokens=False) as server:
        async with bench(endpoint(server.base_url)) as b:
            usage = (await b.model().complete("triage", TriageAnswer, issue())).usage
            assert usage.input_tokens > 100
            assert usage.output_tokens > 10


async def test_a_spent_budget_stops_before_the_call_until_midnight_utc() -> None:
    with ScriptedModel(WELL) as server:
        async with bench(endpoint(server.base_url)) as b:
            model = b.model("octo/a", tokens_per_day=20_000)
            await b.book.record(repo="octo/a", job="j", usage=used(19_900), at=b.clock.now())
            with pytest.raises(BudgetSpent) as caught:
                await model.complete("triage", TriageAnswer, issue())
            assert caught.value.until == START.replace(hour=0) + timedelta(days=1)
            assert not server.questions
            await b.model("octo/b", tokens_per_day=20_000).complete("triage", TriageAnswer, issue())
            b.clock.advance((caught.value.until - b.clock.now()).total_seconds())
            await model.complete("triage", TriageAnswer, issue())
            assert len(server.questions) == 2


async def test_the_repair_is_within_the_budget_too() -> None:
    with ScriptedModel(WELL) as server:
        server.say("x" * 40_000)
        async with bench(endpoint(server.base_url)) as b:
            with pytest.raises(BudgetSpent):
                await b.model(tokens_per_day=10_000).complete("triage", TriageAnswer, issue())
            assert len(server.questions) == 1


async def test_fifty_calls_at_once_do_not_overshoot() -> None:
    allowed = 20_000
    with ScriptedModel(WELL, delay=0.02) as server:
        async with bench(endpoint(server.base_url)) as b:
            model = b.model(tokens_per_day=allowed)
            results = await asyncio.gather(
                *(model.complete("triage", TriageAnswer, issue(title=f"Crash {n}")) for n in range(50)),
                return_exceptions=True,
            )
            spent = [result for result in results if isinstance(result, BudgetSpent)]
            done = [result for result in results if not isinstance(result, BaseException)]
            assert len(spent) + len(done) == 50
            assert 0 < sum(u.input_tokens + u.output_tokens for u in b.book.usages) <= allowed
            assert len(done) > 15, "calls wait for others' reservations rather than being refused for them"


async def test_calls_wait_for_those_under_way_and_free_what_they_held() -> None:
    book, clock = UsageBook(), ManualClock()
    allowance, order = Allowance(book, clock), []

    async def call(name: str, gate: asyncio.Event) -> None:
        async with allowance.hold("o/r", 100, 60):
            order.append(name)
            await gate.wait()
            await book.record(repo="o/r", job="j", usage=used(10), at=clock.now())

    gate = asyncio.Event()
    first = asyncio.create_task(call("first", gate))
    others = [asyncio.create_task(call("later", gate)) for _ in range(3)]
    cancelled = asyncio.create_task(call("cancelled", gate))
    for _ in range(20):
        await asyncio.sleep(0)
    assert order == ["first"]
    cancelled.cancel()
    gate.set()
    await asyncio.gather(first, *others)
    assert order == ["first", "later", "later", "later"]
    assert not allowance._desks


def test_prices() -> None:
    price = Price(input=0.10, output=0.50, cached=0.01, written=0.125)
    cost = price.of(input_tokens=1_000_000, cached=400_000, written=200_000, output_tokens=100_000)
    assert cost == pytest.approx(0.4 * 0.10 + 0.4 * 0.01 + 0.2 * 0.125 + 0.1 * 0.50)
    own = price_of(Endpoint(input_price=1, output_price=2), "anything", openai=False)
    assert own is not None
    assert own.of(input_tokens=500_000, cached=500_000, written=0, output_tokens=0) == 0.5
    assert price_of(Endpoint(input_price=1), "gpt-6-luna", openai=False) is None
    assert price_of(Endpoint(), "gpt-unknown", openai=True) is None


async def test_the_operators_price_becomes_a_cost() -> None:
    with ScriptedModel(WELL) as server:
        priced = endpoint(server.base_url).model_copy(update={"input_price": 1.0, "output_price": 2.0})
        async with bench(priced) as b:
            usage = (await b.model().complete("triage", TriageAnswer, issue())).usage
            assert usage.cost == pytest.approx((usage.input_tokens + 2 * usage.output_tokens) / 1e6)
