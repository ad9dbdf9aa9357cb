"""An embeddings endpoint over HTTP, with the scripted model's faults: vectors that follow from a text's letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from triagebot.simulator.scripted_model import Asked, Fault, ScriptedModel


def letters(text: str) -> list[float]:
    """Return how often each letter occurs, and 1 so that no vector is zero."""
    return [float(text.lower().count(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"] + [1.0]


class ScriptedEmbeddings(ScriptedModel):
    """`say` queues faults, or a whole body in the place of the vectors. `knows` are the parameters it takes.

    A request with a text that it does not `takes` is refused as a whole.
    """

    knows: frozenset[str] = frozenset({"model", "input", "encoding_format", "truncate_prompt_tokens"})
    backwards = False
    takes: Callable[[str], bool] = staticmethod(lambda _text: True)

    @property
    def asked(self) -> list[Mapping[str, Any]]:
        """The bodies received, oldest first."""
        return [each.body for each in self.requests]

    def _app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.post("/v1/embeddings")
        async def embed(request: Request) -> Response:
            asked = Asked(request.url.path, dict(request.headers), await request.json())
            self.requests.append(asked)
            if refused := self._refused(request):
                return refused
            if self._queue:
                said = self._queue.popleft()
                return self._failure(said, asked, request) if isinstance(said, Fault) else JSONResponse(said)
            if unknown := asked.body.keys() - self.knows:
                return JSONResponse({"detail": f"extra fields not permitted: {sorted(unknown)}"}, 422)
            if not all(map(self.takes, asked.body["input"])):
                return JSONResponse({"error": {"message": "This model's maximum context length"}}, 400)
            rows = [
                {"object": "embedding", "index": at, "embedding": letters(text)}
                for at, text in enumerate(asked.body["input"])
            ]
            return JSONResponse({"object": "list", "data": rows[::-1] if self.backwards else rows})

        return app
