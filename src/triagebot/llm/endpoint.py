"""One OpenAI-compatible endpoint: send one request, sort what comes back.

Nothing is trusted beyond "bytes came back": the SDK builds its values without checking them, so the
body is read again here. `AttemptFailed` says whether trying again can help, and never holds a prompt,
an answer or a key.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from triagebot.core.redact import redact
from triagebot.core.text import cut
from triagebot.llm.local import LocalServer
from triagebot.llm.prices import Price
from triagebot.llm.schema import Dialect

if TYPE_CHECKING:
    import openai

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_REASONING_HEADROOM = 4_000
"""Output tokens that a reasoning model may think with, beyond the prompt's limit."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What is known of an endpoint before it is called. `local` runs the model in this process."""

    name: str
    base_url: str
    api_key: str = field(repr=False)
    model: str | None
    timeout: float
    dialect: Dialect
    price: Price | None = None
    local: bool = False

    @property
    def scale(self) -> float:
        """How much of a prompt's limits fits: the embedded model has a short context and reads slowly."""
        return 0.2 if self.local else 1

    @property
    def judges(self) -> bool:
        """False for the embedded model: zero-shot, its judgements are at chance (docs/adr/0004)."""
        return not self.local

    @property
    def reasons(self) -> bool:
        """True for OpenAI's models that think first, and take no temperature."""
        return self.dialect == "openai" and not (self.model or "").startswith(("gpt-4", "gpt-3", "ft:gpt-4"))


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `extra` are further parameters of the API."""

    messages: tuple[Mapping[str, str], ...]
    schema_name: str
    schema: Mapping[str, Any]
    max_output_tokens: int
    temperature: float
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Token counts are the endpoint's; `counted` is False where it gave none."""

    text: str
    finish: str
    refusal: str
    model: str
    input_tokens: int
    cached_tokens: int
    written_tokens: int
    output_tokens: int
    counted: bool
    seconds: float
    logprobs: bool


class AttemptFailed(Exception):
    """One request did not bring an answer back.

    `again` may help; `blame` counts against the endpoint's health; `wait` are the seconds that the
    endpoint asked for; `paid` means that it may have worked for nothing; `status` is HTTP's, of a refusal.
    """

    def __init__(
        self,
        reason: str,
        *,
        again: bool = False,
        blame: bool = True,
        wait: float | None = None,
        paid: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.again = again
        self.blame = blame
        self.wait = wait
        self.paid = paid
        self.status = status


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    finish_reason: str | None = None
    message: _Message
    logprobs: dict[str, Any] | None = None


class _Details(BaseModel):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    prompt_tokens_details: _Details | None = None


class _Body(BaseModel):
    model: str | None = None
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class Connection:
    """The client of one endpoint; made on first use, closed with `close`."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._client: openai.AsyncOpenAI | None = None
        self._server = LocalServer() if spec.local else None
        self._opening = asyncio.Lock()
        self._slots = asyncio.Semaphore(self._server.slots) if self._server else None
        self._served: str | None = None
        self._unsupported: set[str] = set()

    async def send(self, request: Request) -> Reply:
        """Return the endpoint's answer to `request`, or raise `AttemptFailed`."""
        async with self._turn():
            started = time.perf_counter()
            with_model = {"model": await self._model(), **self._parameters(request)}
            raw = await self._post(with_model)
            seconds = time.perf_counter() - started
        return _reply(raw, str(with_model["model"]), seconds)

    async def vectors(self, parameters: Mapping[str, Any]) -> bytes:
        """Return the body that answers a request for embeddings, or raise `AttemptFailed`."""
        client = await self._open()
        async with self._sorted_errors():
            answer = await client.embeddings.with_raw_response.create(**parameters)
            return bytes(answer.content)

    async def models(self) -> list[str]:
        """Return the names of the models that the endpoint serves, or raise `AttemptFailed`."""
        client = await self._open()
        async with self._sorted_errors():
            page = await client.models.list()
            return [str(model.id) for model in page.data or []]

    async def close(self) -> None:
        """Close the connections, and stop the embedded model if it is ours."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for one of the embedded model's slots, so that waiting does not count as answering."""
        if self._slots is None:
            yield
        else:
            async with self._slots:
                yield

    def _parameters(self, request: Request) -> dict[str, Any]:
        limit = request.max_output_tokens
        parameters: dict[str, Any] = {
            "messages": list(request.messages),
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": request.schema_name, "strict": True, "schema": request.schema},
            },
            **request.extra,
        }
        if self.spec.reasons:
            parameters |= {"max_completion_tokens": limit + _REASONING_HEADROOM, "reasoning_effort": "low"}
        else:
            new = self.spec.dialect == "openai" or "max_tokens" in self._unsupported
            parameters["max_completion_tokens" if new else "max_tokens"] = limit
            parameters["temperature"] = request.temperature
        return {key: value for key, value in parameters.items() if key not in self._unsupported}

    async def _post(self, parameters: dict[str, Any]) -> bytes:
        client = await self._open()
        async with self._sorted_errors():
            answer = await client.chat.completions.with_raw_response.create(**parameters)
            return bytes(answer.content)

    async def _model(self) -> str:
        if self.spec.model:
            return self.spec.model
        if self._served is None:
            served = await self.models()
            if len(served) != 1:
                raise AttemptFailed(
                    f"it serves {', '.join(served[:10]) or 'no model'}: say which with the setting LLM__MODEL"
                )
            self._served = served[0]
        return self._served

    async def _open(self) -> openai.AsyncOpenAI:
        async with self._opening:
            if self._client is None:
                sdk = await asyncio.to_thread(importlib.import_module, "openai")
                url, key = self.spec.base_url, self.spec.api_key
                if self._server is not None:
                    url, key = await self._start(self._server)
                here = urlsplit(url).hostname in _LOOPBACK
                self._client = sdk.AsyncOpenAI(
                    api_key=key,
                    base_url=url,
                    timeout=self.spec.timeout,
                    max_retries=0,
                    # A proxy from the environment cannot reach this computer's own ports.
                    http_client=sdk.DefaultAsyncHttpxClient(trust_env=False) if here else None,
                )
            return self._client

    async def _start(self, server: LocalServer) -> tuple[str, str]:
        try:
            return await asyncio.to_thread(server.start)
        except RuntimeError as error:  # what llama.cpp raises for a bad file or too little memory
            raise AttemptFailed(f"the embedded model did not start: {cut(str(error), 200)}") from None

    @asynccontextmanager
    async def _sorted_errors(self) -> AsyncIterator[None]:
        import openai  # noqa: PLC0415 - takes a second; not for processes that never ask a model

        try:
            # The SDK's own timeout starts again with each byte that drips in.
            async with asyncio.timeout(self.spec.timeout):
                yield
        except (TimeoutError, openai.APITimeoutError):
            # Not again: it is slow, would be slower, and is perhaps paid for already.
            raise AttemptFailed(f"no answer in {self.spec.timeout:g} s", paid=True) from None
        except openai.APIStatusError as error:
            raise self._sorted_status(error) from None
        except openai.APIConnectionError as error:
            cause = type(error.__cause__ or error).__name__
            raise AttemptFailed(f"the connection failed ({cause})", again=True) from None
        except openai.OpenAIError as error:
            raise AttemptFailed(
                f"the answer could not be read ({type(error).__name__})", again=True
            ) from None

    def _sorted_status(self, error: openai.APIStatusError) -> AttemptFailed:
        status, code = error.status_code, error.code or ""
        reason = f"HTTP {status}{f' {cut(code, 60)}' if code else ''}{self._said(error)}"
        if status == 400 and error.param in ("temperature", "reasoning_effort", "max_tokens", "logprobs"):
            first_time = error.param not in self._unsupported
            self._unsupported.add(error.param)
            return AttemptFailed(reason, again=first_time, blame=False, wait=0)
        if status == 429:
            spent = code == "insufficient_quota"
            return AttemptFailed(reason, again=not spent, wait=_retry_after(error.response.headers))
        if status >= 500 or status in (408, 409):
            return AttemptFailed(reason, again=True, wait=_retry_after(error.response.headers))
        return AttemptFailed(reason, blame=status in (401, 403, 404), status=status)

    def _said(self, error: openai.APIStatusError) -> str:
        """Return the endpoint's own words; not of a 422, where some servers repeat the whole prompt."""
        body = error.body
        said = body.get("message") if isinstance(body, dict) else None
        if not isinstance(said, str) or error.status_code == 422:
            return ""
        key = self.spec.api_key
        return ": " + cut(redact(said.replace(key, "[key]") if key else said), 200)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def _reply(raw: bytes, model: str, seconds: float) -> Reply:
    try:
        body = _Body.model_validate_json(raw)
    except ValidationError:
        raise AttemptFailed("its answer is not a chat completion", again=True, paid=True) from None
    choice, usage = body.choices[0], body.usage or _Usage()
    details = usage.prompt_tokens_details or _Details()
    return Reply(
        text=choice.message.content or "",
        finish=choice.finish_reason or "",
        refusal=choice.message.refusal or "",
        model=model,
        input_tokens=usage.prompt_tokens,
        cached_tokens=min(usage.prompt_tokens, max(0, details.cached_tokens or 0)),
        written_tokens=max(0, details.cache_write_tokens or 0),
        output_tokens=usage.completion_tokens,
        counted=body.usage is not None,
        seconds=seconds,
        logprobs=bool(choice.logprobs),
    )
