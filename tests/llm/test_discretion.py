"""What the model part keeps to itself: prompts and keys in logs, and memory where nobody asks a model."""

from __future__ import annotations

import subprocess
import sys

import pytest
from structlog.testing import capture_logs
from tests.support.models import GOOD, TriageAnswer, bench, endpoint, issue

from triagebot.core.errors import ModelUnavailable
from triagebot.simulator.scripted_model import Fault, ScriptedModel, when

KEY = "very-secret-key-77"
TEXT = "purple elephants in the parser"


async def test_neither_prompts_nor_answers_nor_keys_are_logged_above_debug() -> None:
    with ScriptedModel(when("TriageAnswer", GOOD), api_key=KEY) as server:
        server.say("purple nonsense", Fault("status", 500, message=f"{KEY} failed"))
        async with bench(endpoint(server.base_url, key=KEY)) as b:
            with capture_logs() as entries:
                await b.model().complete("triage", TriageAnswer, issue(body=TEXT))
    shown = str([entry for entry in entries if entry["log_level"] != "debug"])
    assert "model.answered" in shown
    assert "model.failed" in shown
    assert "purple" not in shown
    assert KEY not in str(entries)


@pytest.mark.parametrize("status", [400, 401, 422, 500])
async def test_errors_never_hold_the_key_or_what_a_server_repeats(status: int) -> None:
    with ScriptedModel() as server:
        token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
        fault = Fault("status", status, message=f"bad key {KEY}; input was {token} " + "x" * 500)
        server.rules = [lambda _: fault]
        async with bench(endpoint(server.base_url, key=KEY)) as b:
            with pytest.raises(ModelUnavailable) as caught:
                await b.model().complete("triage", TriageAnswer, issue())
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in str(error)
        assert token not in str(error)
        assert len(str(error)) < 500
        error = error.__cause__


def test_a_process_that_asks_no_model_does_not_load_the_sdk() -> None:
    code = (
        "import sys, triagebot.llm.configured as c, triagebot.settings as s\n"
        "class Clock: pass\n"
        "c.models_from_settings(s.Settings(_env_file=None, llm=s.LLMSettings(api_key='k')), Clock(), Clock())\n"
        "sys.exit(int(any(name in sys.modules for name in ('openai', 'xllamacpp'))))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
