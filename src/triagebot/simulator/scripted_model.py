"""A scripted language model over HTTP, for tests, benchmarks and offline development.

It speaks the OpenAI-compatible Chat Completions API. What it says comes from, in this order: what was
queued with `say`, the first rule that returns something, and a value made up to fit the request's
JSON schema. Any of these may be a `Fault`. Everything received is kept in `requests`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong.

    `status` answers an error, `reset` breaks the connection without an answer, `cut` in the middle of
    one, `drip` sends blanks for ever, `garbage` is no chat completion, `refusal` and `length` are
    well-formed ends without a whole answer.
    """

    kind: Literal["status", "reset", "cut", "drip", "garbage", "refusal", "length"]
    status: int = 503
    retry_after: float | None = None
    code: str = ""
    param: str | None = None
    message: str = "scripted fault"
    text: str = '{"half": "an ans'


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def schema_name(self) -> str:
        """The name of the answer's type, empty if none was asked for."""
        return str(self._format.get("name", ""))

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema that the answer must fit."""
        schema: dict[str, Any] = self._format.get("schema", {})
        return schema

    @property
    def messages(self) -> list[dict[str, str]]:
        """The conversation."""
        messages: list[dict[str, str]] = self.body.get("messages", [])
        return messages

    @property
    def text(self) -> str:
        """All messages in one, in order."""
        return "\n".join(message.get("content", "") for message in self.messages)

    @property
    def _format(self) -> dict[str, Any]:
        found: dict[str, Any] = (self.body.get("response_format") or {}).get("json_schema") or {}
        return found


Said = BaseModel | Mapping[str, Any] | str | Fault
Rule = Callable[[Asked], Said | None]


def when(schema_name: str, said: Said, *, containing: str = "") -> Rule:
    """Return a rule: say `said` to requests for `schema_name` whose messages contain `containing`."""

    def rule(asked: Asked) -> Said | None:
        return said if asked.schema_name == schema_name and containing in asked.text else None

    return rule


class ScriptedModel:
    """The endpoint; `with ScriptedModel() as model:` serves it at `model.base_url` in a thread."""

    def __init__(
        self,
        *rules: Rule,
        models: Sequence[str] = ("scripted",),
        api_key: str | None = None,
        delay: float = 0,
        counts_tokens: bool = True,
        port: int = 0,
    ) -> None:
        self.rules = list(rules)
        self.models = list(models)
        self.api_key = api_key
        self.delay = delay
        self.counts_tokens = counts_tokens
        self.requests: list[Asked] = []
        self.app = self._app()
        self._queue: deque[Said] = deque()
        self._seen: deque[str] = deque(maxlen=32)
        self._sockets: dict[tuple[str, int], asyncio.Transport] = {}
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.base_url = ""

    def say(self, *said: Said) -> None:
        """Queue what the next requests are answered, one each, before any rule."""
        self._queue.extend(said)

    @property
    def questions(self) -> list[Asked]:
        """The chat requests received, oldest first."""
        return [asked for asked in self.requests if asked.path.endswith("/chat/completions")]

    def __enter__(self) -> ScriptedModel:
        listener = socket.create_server(("127.0.0.1", self._port))
        self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        config = uvicorn.Config(
            self.app, log_config=None, log_level="critical", access_log=False, lifespan="off",
            http=self._protocol(), ws="none",
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=(self._server, listener), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server and self._thread:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join()

    @staticmethod
    def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
        with listener:
            asyncio.run(server.serve(sockets=[listener]))

    def _protocol(self) -> type[asyncio.Protocol]:
        sockets = self._sockets

        class Remembering(H11Protocol):
            """uvicorn's own, which lets a fault find the connection it is to break."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                sockets[transport.get_extra_info("peername")[:2]] = transport
                super().connection_made(transport)

        return Remembering

    def _app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.get("/v1/models")
        async def models(request: Request) -> Response:
            self.requests.append(Asked(request.url.path, dict(request.headers)))
            if refused := self._refused(request):
                return refused
            listed = [
                {"id": name, "object": "model", "created": 0, "owned_by": "scripted"} for name in self.models
            ]
            return JSONResponse({"object": "list", "data": listed})

        @app.post("/v1/chat/completions")
        async def chat(request: Request) -> Response:
            asked = Asked(request.url.path, dict(request.headers), await request.json())
            self.requests.append(asked)
            if refused := self._refused(request):
                return refused
            said = self._choose(asked)
            await asyncio.sleep(self.delay)
            return (
                self._failure(said, asked, request) if isinstance(said, Fault) else self._reply(said, asked)
            )

        return app

    def _refused(self, request: Request) -> Response | None:
        if self.api_key is None or request.headers.get("authorization") == f"Bearer {self.api_key}":
            return None
        sent = request.headers.get("authorization", "nothing")
        error = {"message": f"Incorrect API key provided: {sent}", "code": "invalid_api_key"}
        return JSONResponse({"error": error}, 401)

    def _choose(self, asked: Asked) -> Said:
        if self._queue:
            return self._queue.popleft()
        for rule in self.rules:
            said = rule(asked)
            if said is not None:
                return said
        return json.dumps(sample(asked.schema)) if asked.schema else "Hello."

    def _reply(self, said: BaseModel | Mapping[str, Any] | str, asked: Asked) -> Response:
        if isinstance(said, BaseModel):
            said = said.model_dump_json()
        return self._completion(said if isinstance(said, str) else json.dumps(said), asked)

    def _completion(self, text: str, asked: Asked, **changes: Any) -> Response:
        finish = changes.pop("finish_reason", "stop")
        message = {"role": "assistant", "content": text, "refusal": None, **changes}
        body: dict[str, Any] = {
            "id": f"chatcmpl-{len(self.requests)}",
            "object": "chat.completion",
            "created": 0,
            "model": str(asked.body.get("model")),
            "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        }
        if self.counts_tokens:
            body["usage"] = self._usage(asked.text, text)
        return JSONResponse(body)

    def _usage(self, prompt: str, answer: str) -> dict[str, Any]:
        """Return plausible counts: four characters a token, prefixes cached in blocks of sixteen tokens."""
        common = max((_common(prompt, old) for old in self._seen), default=0)
        self._seen.append(prompt)
        sent, made = len(prompt) // 4 + 1, len(answer) // 4 + 1
        cached = min(common // 64 * 16, sent)
        return {
            "prompt_tokens": sent,
            "completion_tokens": made,
            "total_tokens": sent + made,
            "prompt_tokens_details": {"cached_tokens": cached},
        }

    def _failure(self, fault: Fault, asked: Asked, request: Request) -> Response:
        if fault.kind == "status":
            error = {"message": fault.message, "type": "scripted", "code": fault.code, "param": fault.param}
            headers = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
            return JSONResponse({"error": error}, fault.status, headers)
        if fault.kind == "garbage":
            return Response("<html>It works!</html>", media_type="text/html")
        if fault.kind == "refusal":
            return self._completion("", asked, refusal="I cannot help with that.")
        if fault.kind == "length":
            return self._completion(fault.text, asked, finish_reason="length")
        return self._broken(fault, request)

    def _broken(self, fault: Fault, request: Request) -> Response:
        client = request.client
        transport = self._sockets.get((client.host, client.port)) if client else None

        async def body() -> Any:
            while fault.kind == "drip":
                yield b" "
                await asyncio.sleep(0.02)
            yield b'{"id": "chatcmpl-0", "choices": [{"mess'
            _reset(transport)

        if fault.kind == "reset":
            _reset(transport)
            return Response(status_code=500)  # nobody is there any more to read it
        return StreamingResponse(body(), media_type="application/json")


def _reset(transport: asyncio.Transport | None) -> None:
    """Break a connection so that the other side sees a reset, not an orderly end."""
    if transport is not None:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


def _common(one: str, other: str) -> int:
    """Return how many characters the two begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def sample(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """Return a small value that fits `schema`, always the same one. Patterns and formats are not honoured."""
    root = schema if root is None else root
    if "$ref" in schema:
        return sample(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root)
    if options := schema.get("anyOf", schema.get("oneOf")):
        return sample(_simplest(options), root)
    if "const" in schema or schema.get("enum"):
        return schema["const"] if "const" in schema else schema["enum"][0]
    return _sample_of_type(schema, root)


def _sample_of_type(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        return {name: sample(child, root) for name, child in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema["items"], root) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        text = "scripted"[: schema.get("maxLength", 8)]
        return text.ljust(schema.get("minLength", 0), "x")
    return {"integer": _number(schema), "number": _number(schema), "boolean": False}.get(str(kind))


def _simplest(options: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Prefer null, which also ends a type that contains itself."""
    return next((option for option in options if option.get("type") == "null"), options[0])


def _number(schema: Mapping[str, Any]) -> Any:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    return min(low, schema.get("maximum", low))
