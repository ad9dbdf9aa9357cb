"""The scripted endpoint speaks enough of the API for any client."""

from __future__ import annotations

import httpx
import pytest

from triagebot.simulator.scripted_model import Fault, ScriptedModel, when

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}, "required": ["n"]}


def ask(server: ScriptedModel, text: str = "hi", schema: object = None, **headers: str) -> httpx.Response:
    body: dict[str, object] = {"model": "m", "messages": [{"role": "user", "content": text}]}
    if schema:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "Count", "schema": schema}}
    return httpx.post(f"{server.base_url}/chat/completions", json=body, headers=headers, trust_env=False)


def content(response: httpx.Response) -> str:
    text: str = response.json()["choices"][0]["message"]["content"]
    return text


def test_rules_queue_and_samples_in_order() -> None:
    with ScriptedModel(when("Count", {"n": 7}, containing="seven")) as server:
        server.say("queued")
        assert content(ask(server, "seven", SCHEMA)) == "queued"
        assert content(ask(server, "seven", SCHEMA)) == '{"n": 7}'
        assert content(ask(server, "else", SCHEMA)) == '{"n": 3}'
        assert content(ask(server)) == "Hello."
        assert [asked.text for asked in server.questions] == ["seven", "seven", "else", "hi"]


def test_the_key_is_wanted_everywhere() -> None:
    with ScriptedModel(api_key="k", models=("a", "b")) as server:
        assert ask(server).status_code == 401
        assert ask(server, authorization="Bearer k").status_code == 200
        listed = httpx.get(
            f"{server.base_url}/models", headers={"authorization": "Bearer k"}, trust_env=False
        )
        assert [model["id"] for model in listed.json()["data"]] == ["a", "b"]


def test_prefixes_count_as_cached() -> None:
    with ScriptedModel() as server:
        ask(server, "x" * 640)
        usage = ask(server, "x" * 640 + "y").json()["usage"]
        assert usage["prompt_tokens_details"]["cached_tokens"] == 160


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault("reset"), httpx.ReadError), (Fault("cut"), (httpx.ReadError, httpx.RemoteProtocolError))],
    ids=["reset", "cut"],
)
def test_connections_really_break(fault: Fault, error: type[Exception]) -> None:
    with ScriptedModel() as server:
        server.say(fault)
        with pytest.raises(error):
            ask(server)
        assert ask(server).status_code == 200


def test_statuses_carry_their_headers() -> None:
    with ScriptedModel() as server:
        server.say(Fault("status", 429, retry_after=7, code="rate_limit_exceeded"))
        response = ask(server)
        assert (response.status_code, response.headers["retry-after"]) == (429, "7")
        assert response.json()["error"]["code"] == "rate_limit_exceeded"
