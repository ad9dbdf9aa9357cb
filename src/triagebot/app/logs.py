"""Logs: one line an event, JSON where a machine reads them, and never a secret."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import structlog

from triagebot.core.redact import Redactor
from triagebot.settings import Settings


def redactor(settings: Settings) -> Redactor:
    """Return a redactor that knows the operator's own secrets, in whatever form they turn up."""
    github, llm = settings.github, settings.llm
    keys = [llm.api_key, settings.embeddings.api_key, *(fallback.api_key for fallback in llm.fallbacks)]
    known = {f"model-key-{at}": key.get_secret_value() for at, key in enumerate(keys) if key}
    if github.private_key or github.private_key_path:
        known["private-key"] = github.key()
    if github.webhook_secret:
        known |= {f"webhook-secret-{at}": one.decode() for at, one in enumerate(github.secrets())}
    return Redactor(known)


def configure(settings: Settings, redact: Callable[[str], str]) -> None:
    """Set up structlog and the standard library's logging, which goes the same way."""
    machine = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redacting(redact),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if machine
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in ("httpx", "httpcore", "httpx2", "openai", "alembic", "dbos", "uvicorn.access"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _redacting(redact: Callable[[str], str]) -> Callable[[Any, str, MutableMapping[str, Any]], Any]:
    def redacted(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> Any:
        for key, value in entry.items():
            if isinstance(value, str):
                entry[key] = redact(value)
            elif isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)) and key[0] != "_":
                entry[key] = redact(str(value))
        return entry

    return redacted
