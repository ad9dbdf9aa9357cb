"""Read the operator's settings into the chain of endpoints."""

from __future__ import annotations

from urllib.parse import urlsplit

from triagebot.core.errors import SettingsError
from triagebot.llm.client import ModelChain
from triagebot.llm.endpoint import Connection, Spec
from triagebot.llm.local import MODEL, model_file
from triagebot.llm.prices import price_of
from triagebot.llm.prompts import Prompts
from triagebot.ports import Clock, UsageRecord
from triagebot.settings import PREFIX, Endpoint, Settings, is_openai

OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_OPENAI_MODEL = "gpt-6-luna"
"""Asked for when there is an OpenAI key and no model. OpenAI's model for "high-volume, focused tasks"
such as sorting and summarising; $0.10 and $0.50 a million tokens in and out (its page, 2026-11)."""

_LOCAL_TIMEOUT = 180.0
"""Seconds, at least, for the embedded model: on a busy machine it takes minutes, and no other is asked."""


def models_from_settings(settings: Settings, usage_record: UsageRecord, clock: Clock) -> ModelChain:
    """Return the chain the settings name: empty if they name none; `SettingsError` if they contradict.

    Reads files but starts, loads and calls nothing; the first question does. Close it at the end.
    """
    connections = [Connection(spec) for spec in specs(settings)]
    return ModelChain(connections, usage_record, clock, Prompts())


def specs(settings: Settings) -> list[Spec]:
    """Return every configured endpoint, the preferred one first."""
    first = settings.llm
    found = []
    if first.base_url or first.api_key or first.model:
        found.append(spec_of(first, "LLM"))
    for number, fallback in enumerate(settings.llm.fallbacks):
        endpoint = fallback
        if not (fallback.base_url or fallback.api_key):  # only another model of the same endpoint
            endpoint = fallback.model_copy(update={"base_url": first.base_url, "api_key": first.api_key})
        found.append(spec_of(endpoint, f"LLM__FALLBACKS[{number}]"))
    return found


def spec_of(endpoint: Endpoint, where: str) -> Spec:
    """Return one endpoint ready to connect to; `where` is its place in the settings, for errors."""
    key = endpoint.api_key.get_secret_value().strip() if endpoint.api_key else ""
    url = (endpoint.base_url or OPENAI_URL).strip()
    if url == "local":
        model_file()
        patience = max(endpoint.timeout, _LOCAL_TIMEOUT)
        return Spec("local", "", "", MODEL, patience, "tiny", price_of(endpoint, MODEL, openai=False), True)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(
            f'{PREFIX}{where}__BASE_URL must be an address such as http://gpu-box:8000/v1, or "local"; '
            f"it is {url[:100]!r}."
        )
    if parts.username or parts.password:
        raise SettingsError(
            f"{PREFIX}{where}__BASE_URL must not hold a password; use {PREFIX}{where}__API_KEY."
        )
    openai = is_openai(url)
    if openai and not key:
        raise SettingsError(
            f"{PREFIX}{where} names OpenAI but no key. Set {PREFIX}{where}__API_KEY or OPENAI_API_KEY, "
            f"or {PREFIX}{where}__BASE_URL for another endpoint."
        )
    model = endpoint.model or (DEFAULT_OPENAI_MODEL if openai else None)
    return Spec(
        name=parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}",
        base_url=url,
        api_key=key or "EMPTY",  # the SDK wants one, servers without keys ignore it
        model=model,
        timeout=endpoint.timeout,
        dialect="openai" if openai else "open",
        price=price_of(endpoint, model, openai=openai),
    )
