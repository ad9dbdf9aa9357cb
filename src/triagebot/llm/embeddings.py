"""Vectors from an OpenAI-compatible endpoint, for operators who want another model than the small local one.

Texts leave the computer here: secrets are taken out first. What comes back is checked like a model's answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from triagebot.core.errors import ModelUnavailable, SettingsError
from triagebot.core.history import TEXTS
from triagebot.core.redact import redact
from triagebot.llm.breaker import Breaker
from triagebot.llm.client import pause_after
from triagebot.llm.configured import spec_of
from triagebot.llm.endpoint import AttemptFailed, Connection, Spec
from triagebot.ports import Clock, Matrix
from triagebot.settings import PREFIX, Endpoint, Settings, is_openai

DEFAULT_OPENAI_MODEL = "text-embedding-3-small"

BATCH = 64
"""Texts of one request."""

LONGEST = 4_000
"""UTF-8 bytes of a text that are sent. No tokenizer makes more tokens than bytes, so a batch stays within the
8,192 tokens a text and 300,000 a request that OpenAI's reference allows."""

SHORTEST = 250
"""Bytes to which a text that the endpoint refuses is cut at most, half by half; then it counts as no text."""

_NO_TEXT = "(no text)"  # OpenAI refuses an empty one

_REFUSED = frozenset({400, 413, 422})
"""What servers say to a text that they do not take, mostly because it is longer than their context."""


def embeddings_spec(settings: Settings) -> Spec:
    """Return the endpoint that `settings.embeddings` names; raise `SettingsError` if it is not enough."""
    chosen = settings.embeddings
    model = chosen.model or (DEFAULT_OPENAI_MODEL if is_openai(chosen.base_url) else None)
    if not model:
        raise SettingsError(
            f"{PREFIX}EMBEDDINGS__BASE_URL names an endpoint, but {PREFIX}EMBEDDINGS__MODEL is not set: "
            "vectors of different models must never be mixed, so it cannot be left to the server."
        )
    endpoint = Endpoint(base_url=chosen.base_url, api_key=chosen.api_key, model=model, timeout=chosen.timeout)
    return spec_of(endpoint, "EMBEDDINGS")


class EndpointEmbedder:
    """The `Embedder` port over one endpoint. Close it at the end."""

    compared: int | None = None

    def __init__(self, spec: Spec, clock: Clock, *, prefix: str = "") -> None:
        """Prepare; nothing is called before the first text. `prefix` stands before each."""
        self.name = f"{spec.name}/{spec.model}/{f'{prefix}/' if prefix else ''}texts{TEXTS}"
        self._prefix = prefix
        self._connection = Connection(spec)
        self._clock = clock
        self._breaker = Breaker(clock)
        self._width: int | None = None
        # A server with a short context cuts the text itself instead of refusing it; vLLM's word for it.
        self._extra = {} if spec.dialect == "openai" else {"truncate_prompt_tokens": -1}

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one row of length 1 for each text, in order. Raises `ModelUnavailable`."""
        ready = [_ready(text) for text in texts]
        rows = [await self._taken(ready[start : start + BATCH]) for start in range(0, len(ready), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, self._width or 0), np.float32)

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    async def _taken(self, texts: Sequence[str]) -> Matrix:
        """Return the rows of a batch, whatever one of its texts is: no issue may stand in the way of all others.

        A refused batch is halved until the text is found that it is refused for; then that one is cut.
        """
        try:
            return await self._batch(texts)
        except _RefusedError:
            if len(texts) == 1 and texts[0] == _NO_TEXT:
                raise
        if len(texts) == 1:
            return await self._taken([_shorter(texts[0])])
        half = len(texts) // 2
        return np.concatenate([await self._taken(texts[:half]), await self._taken(texts[half:])])

    async def _batch(self, texts: Sequence[str]) -> Matrix:
        attempt = 0
        while True:
            attempt += 1
            try:
                rows = await self._attempt(texts)
            except AttemptFailed as failure:
                wait = 0.0 if self._does_without(failure) else pause_after(failure, attempt)
                if wait is None:
                    error = _RefusedError if failure.status in _REFUSED else ModelUnavailable
                    raise error(f"No vectors from {self._connection.spec.name}: {failure}.") from None
                await self._clock.sleep(wait)
            else:
                if self._width not in (None, rows.shape[1]):
                    raise ModelUnavailable(
                        f"{self.name} gave vectors of {rows.shape[1]} numbers after such of {self._width}: another "
                        "model answers under its name. Give it another name and restart."
                    )
                self._width = rows.shape[1]
                return rows

    async def _attempt(self, texts: Sequence[str]) -> Matrix:
        given = self._breaker.enter()
        if given is None:
            raise AttemptFailed(
                f"left alone until {self._breaker.until:%H:%M:%S} UTC, because it kept failing", blame=False
            )
        try:
            rows = _rows(await self._connection.vectors(self._parameters(texts)), len(texts))
        except AttemptFailed as failure:
            if failure.blame:
                self._breaker.failed(given)
            else:
                self._breaker.succeeded(given)
            raise
        except BaseException:  # cancelled: the trial's place must become free again
            self._breaker.abandoned(given)
            raise
        self._breaker.succeeded(given)
        return rows

    def _does_without(self, failure: AttemptFailed) -> bool:
        """Return True once: if a server may have refused the parameter that only vLLM knows, it goes."""
        refused = bool(self._extra) and failure.status in (400, 422)
        if refused:
            self._extra = {}
        return refused

    def _parameters(self, texts: Sequence[str]) -> Mapping[str, Any]:
        return {
            "model": self._connection.spec.model,
            "input": [self._prefix + text for text in texts],
            "encoding_format": "float",
            "extra_body": self._extra or None,
        }


class _RefusedError(ModelUnavailable):
    """The endpoint answered that it does not take these texts."""


class _Row(BaseModel):
    index: int
    embedding: list[float]


class _Body(BaseModel):
    data: list[_Row]


def _ready(text: str) -> str:
    """Return what may leave this computer: without secrets, and cut."""
    readable = redact(text).encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
    return readable if readable.strip() else _NO_TEXT


def _shorter(text: str) -> str:
    half = len(text.encode()) // 2
    return text.encode()[:half].decode("utf-8", "ignore") if half >= SHORTEST else _NO_TEXT


def _rows(raw: bytes, count: int) -> Matrix:
    """Return the body's vectors, in the order of the texts and at length 1; `AttemptFailed` if they are none."""
    try:
        data = sorted(_Body.model_validate_json(raw).data, key=lambda row: row.index)
    except ValidationError:
        raise AttemptFailed("its answer holds no vectors", again=True, paid=True) from None
    widths = {len(row.embedding) for row in data}
    if [row.index for row in data] != list(range(count)) or len(widths) != 1 or 0 in widths:
        raise AttemptFailed("its answer does not hold one vector for each text", again=True, paid=True)
    rows = np.array([row.embedding for row in data], np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise AttemptFailed("its answer holds a vector without a direction", again=True, paid=True)
    found: Matrix = (rows / lengths).astype(np.float32)
    return found
