"""Ask models: the chain of endpoints, the retries, the one repair, and the account of it all.

For each endpoint in turn: skip it while its breaker is open; send, and send again after a failure
that may pass; on an answer that breaks its schema, show the model what was wrong, once. An endpoint
that does not answer hands over to the next; an invalid answer does not, it is an answer. Every
request is recorded, whatever became of it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from pydantic import ValidationError

from triagebot.core.actions import Usage
from triagebot.core.errors import InvalidAnswer, ModelUnavailable
from triagebot.core.redact import redact
from triagebot.core.text import cut
from triagebot.llm.breaker import Breaker
from triagebot.llm.budget import Allowance
from triagebot.llm.endpoint import AttemptFailed, Connection, Reply, Request
from triagebot.llm.prompts import Prompts, Rendered
from triagebot.llm.schema import strict_schema
from triagebot.ports import Answer, Clock, Completion, Model, UsageRecord

log = structlog.get_logger(__name__)

ATTEMPTS = 3
"""Requests to one endpoint for one answer, the first included."""
LONGEST_WAIT = 20.0
"""Seconds. An endpoint that wants a longer pause is left alone until then, and the next one asked."""


class ModelChain:
    """The `Models` port: every endpoint the operator named, in order of preference."""

    def __init__(
        self,
        connections: Sequence[Connection],
        usage_record: UsageRecord,
        clock: Clock,
        prompts: Prompts,
    ) -> None:
        self._links = [_Link(connection, Breaker(clock)) for connection in connections]
        self._usage_record = usage_record
        self._clock = clock
        self._prompts = prompts
        self._allowance = Allowance(usage_record, clock)

    def bind(self, *, repo: str, job: str, tokens_per_day: int | None) -> Model | None:
        """Return the model for one job of `repo`; None where no endpoint is configured."""
        if not self._links:
            return None
        account = _Account(repo, job, tokens_per_day, self._usage_record, self._allowance, self._clock)
        return _BoundModel(self._links, account, self._clock, self._prompts)

    async def close(self) -> None:
        """Close every connection and stop the embedded model."""
        for link in self._links:
            await link.connection.close()

    async def __aenter__(self) -> ModelChain:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


@dataclass(frozen=True, slots=True)
class _Link:
    connection: Connection
    breaker: Breaker


@dataclass(frozen=True, slots=True)
class _Account:
    """Who pays, and where it is written down."""

    repo: str
    job: str
    tokens_per_day: int | None
    usage_record: UsageRecord
    allowance: Allowance
    clock: Clock

    async def record(self, usage: Usage) -> Usage:
        await self.usage_record.record(repo=self.repo, job=self.job, usage=usage, at=self.clock.now())
        return usage


class _EndpointFailed(Exception):
    """One endpoint gave no answer; the next one may."""


class _BoundModel:
    """The `Model` port."""

    def __init__(self, links: Sequence[_Link], account: _Account, clock: Clock, prompts: Prompts) -> None:
        self._links = links
        self._account = account
        self._clock = clock
        self._prompts = prompts

    @property
    def judges(self) -> bool:
        """True if any endpoint can judge."""
        return any(link.connection.spec.judges for link in self._links)

    async def complete(
        self, prompt: str, schema: type[Answer], variables: Mapping[str, object]
    ) -> Completion[Answer]:
        """Return a valid `schema`, from the first endpoint that answers."""
        failures = []
        for link in self._links:
            spec = link.connection.spec
            rendered = self._prompts.render(prompt, variables, scale=spec.scale)
            if rendered.judgement and not spec.judges:
                failures.append(f"{spec.name}: too small to judge")
                continue
            ask = _Ask(link, rendered, schema.__name__, self._account, self._clock)
            try:
                return await self._answer(ask, schema)
            except _EndpointFailed as failure:
                failures.append(f"{spec.name}: {failure}")
        raise ModelUnavailable(
            f"No model answered ({'; '.join(failures)}). Nothing was decided and nothing was posted; "
            "`triagebot model check` tells more."
        )

    async def _answer(self, ask: _Ask, schema: type[Answer]) -> Completion[Answer]:
        rendered = ask.rendered
        request = Request(
            messages=(
                {"role": "system", "content": rendered.system},
                {"role": "user", "content": rendered.user},
            ),
            schema_name=schema.__name__,
            schema=strict_schema(schema, ask.link.connection.spec.dialect),
            max_output_tokens=rendered.max_output_tokens,
            temperature=rendered.temperature,
        )
        reply, usage = await ask.send(request, repaired=False)
        value = _read(reply, schema)
        if isinstance(value, schema):
            return Completion(value, usage)
        reply, repair = await ask.send(_with_complaint(request, reply, str(value)), repaired=True)
        value = _read(reply, schema)
        if isinstance(value, schema):
            return Completion(value, _sum(usage, repair))
        raise InvalidAnswer(
            f"{ask.link.connection.spec.name} answered `{rendered.name}` twice in a form that breaks "
            f"{schema.__name__}: {value}. Nothing of the answer was used."
        )


@dataclass(frozen=True, slots=True)
class _Ask:
    """One question to one endpoint."""

    link: _Link
    rendered: Rendered
    schema_name: str
    account: _Account
    clock: Clock

    async def send(self, request: Request, *, repaired: bool) -> tuple[Reply, Usage]:
        """Return the endpoint's reply and its recorded usage, within the repository's budget."""
        estimate = _estimate(request)
        budget = self.account.tokens_per_day
        async with self.account.allowance.hold(
            self.account.repo, budget, estimate + request.max_output_tokens
        ):
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    reply = await self._attempt(request)
                except AttemptFailed as failure:
                    lost = estimate if failure.paid else 0
                    await self.account.record(self._usage(input_tokens=lost, repaired=repaired))
                    wait = pause_after(failure, attempt)
                    if wait is None:
                        raise _EndpointFailed(str(failure)) from None
                    await self.clock.sleep(wait)
                else:
                    return reply, await self.account.record(self._usage_of(reply, estimate, repaired))
        raise AssertionError("unreachable: the last attempt waits for nothing")

    async def _attempt(self, request: Request) -> Reply:
        breaker, name = self.link.breaker, self.link.connection.spec.name
        given = breaker.enter()
        if given is None:
            raise _EndpointFailed(f"left alone until {breaker.until:%H:%M:%S} UTC, because it kept failing")
        try:
            reply = await self.link.connection.send(request)
        except AttemptFailed as failure:
            if failure.wait is not None and failure.wait > LONGEST_WAIT:
                breaker.hold(given, timedelta(seconds=failure.wait))
            elif failure.blame:
                breaker.failed(given)
            else:
                breaker.succeeded(given)
            log.warning("model.failed", endpoint=name, prompt=self.rendered.name, reason=str(failure))
            raise
        except BaseException:  # cancelled: the trial's place must become free again
            breaker.abandoned(given)
            raise
        breaker.succeeded(given)
        log.info("model.answered", endpoint=name, prompt=self.rendered.name, seconds=round(reply.seconds, 3))
        log.debug("model.text", prompt=redact(self.rendered.user), answer=redact(reply.text))
        return reply

    def _usage_of(self, reply: Reply, estimate: int, repaired: bool) -> Usage:
        """Return the endpoint's count; an estimate where it gave none, so that budgets still hold."""
        price = self.link.connection.spec.price
        return self._usage(
            model=reply.model,
            input_tokens=reply.input_tokens if reply.counted else estimate,
            cached_tokens=reply.cached_tokens,
            output_tokens=reply.output_tokens if reply.counted else _tokens(reply.text),
            seconds=reply.seconds,
            repaired=repaired,
            cost=price.of(
                input_tokens=reply.input_tokens,
                cached=reply.cached_tokens,
                written=reply.written_tokens,
                output_tokens=reply.output_tokens,
            )
            if price and reply.counted
            else None,
        )

    def _usage(
        self,
        *,
        input_tokens: int,
        repaired: bool,
        model: str = "",
        cached_tokens: int = 0,
        output_tokens: int = 0,
        seconds: float = 0,
        cost: float | None = None,
    ) -> Usage:
        spec = self.link.connection.spec
        return Usage(
            endpoint=spec.name,
            model=model or spec.model or "",
            prompt=self.rendered.name,
            prompt_version=self.rendered.version,
            input_tokens=input_tokens,
            cached_tokens=cached_tokens,
            output_tokens=output_tokens,
            seconds=seconds,
            repaired=repaired,
            cost=cost,
        )


def _read(reply: Reply, schema: type[Answer]) -> Answer | str:
    """Return the validated answer, or what is wrong with it in words that the model can use."""
    if reply.refusal or reply.finish == "content_filter":
        raise InvalidAnswer("The model refused to answer. Nothing was decided and nothing was posted.")
    try:
        return schema.model_validate_json(reply.text)
    except ValidationError as error:
        if reply.finish == "length":
            return "the answer was cut off because it was too long; write less"
        found = error.errors(include_url=False, include_input=False, include_context=False)
        lines = [
            f"{'.'.join(str(part) for part in item['loc']) or 'answer'}: {item['msg']}" for item in found
        ]
        return cut("; ".join(lines), 600)


def _with_complaint(request: Request, reply: Reply, problem: str) -> Request:
    """Return the same question with the bad answer and what was wrong with it; the prefix stays the same."""
    complaint = f"That was not valid: {problem}. Answer again with the one JSON object and nothing else."
    said = ({"role": "assistant", "content": cut(redact(reply.text), 2000)},) if reply.text.strip() else ()
    return Request(
        messages=(*request.messages, *said, {"role": "user", "content": complaint}),
        schema_name=request.schema_name,
        schema=request.schema,
        max_output_tokens=request.max_output_tokens,
        temperature=request.temperature,
    )


def pause_after(failure: AttemptFailed, attempt: int) -> float | None:
    """Return the seconds to wait before the next attempt, or None if there should be none."""
    if not failure.again or attempt >= ATTEMPTS:
        return None
    if failure.wait is None:
        return 0.5 * float(4 ** (attempt - 1)) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads, guards nothing
    return failure.wait if failure.wait <= LONGEST_WAIT else None


def _tokens(text: str) -> int:
    """Return about how many tokens `text` has, rather too many: English has four bytes to one."""
    return len(text.encode("utf-8", "replace")) // 3 + 1


def _estimate(request: Request) -> int:
    return sum(_tokens(m["content"]) for m in request.messages) + _tokens(json.dumps(request.schema))


def _sum(first: Usage, repair: Usage) -> Usage:
    """Return what the answer cost with its repair; each is also on record by itself."""
    costs = (first.cost, repair.cost)
    return repair.model_copy(
        update={
            "input_tokens": first.input_tokens + repair.input_tokens,
            "cached_tokens": first.cached_tokens + repair.cached_tokens,
            "output_tokens": first.output_tokens + repair.output_tokens,
            "seconds": first.seconds + repair.seconds,
            "cost": None if None in costs else sum(cost for cost in costs if cost is not None),
        }
    )
