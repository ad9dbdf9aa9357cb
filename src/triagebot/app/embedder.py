"""What turns texts into vectors here, by the operator's settings."""

from __future__ import annotations

import contextlib

from triagebot.app.clock import SystemClock
from triagebot.core.errors import ModelUnavailable
from triagebot.ports import Embedder
from triagebot.settings import Settings


def embedder_from_settings(settings: Settings) -> Embedder | None:
    """Return the embedder that the settings name, None for "none"; `SettingsError` if they contradict.

    Reads and calls nothing; the first text does.
    """
    if settings.embeddings.base_url.strip() == "none":
        return None
    if settings.embeddings.base_url.strip() == "local":
        from triagebot.memory.minilm import MiniLM

        return MiniLM()
    from triagebot.llm.embeddings import EndpointEmbedder, embeddings_spec

    return EndpointEmbedder(embeddings_spec(settings), SystemClock(), prefix=settings.embeddings.prefix)


async def load(embedder: Embedder | None) -> None:
    """Read the local model's file now: that takes twice the memory it holds afterwards, so not beside jobs.

    One that cannot be read is told of when the first text is to be embedded.
    """
    if embedder is None:
        return
    from triagebot.memory.minilm import MiniLM

    if isinstance(embedder, MiniLM):
        with contextlib.suppress(ModelUnavailable):
            await embedder.embed([""])
