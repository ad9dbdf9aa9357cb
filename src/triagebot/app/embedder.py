"""What turns texts into vectors here, by the operator's settings."""

from __future__ import annotations

from triagebot.app.clock import SystemClock
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

    return EndpointEmbedder(embeddings_spec(settings), SystemClock())
