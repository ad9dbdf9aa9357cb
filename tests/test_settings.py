"""What the operator's settings mean, and what a wrong one is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from triagebot.app.embedder import embedder_from_settings
from triagebot.app.serve import check_worker
from triagebot.core.errors import SettingsError
from triagebot.llm.configured import specs
from triagebot.llm.embeddings import embeddings_spec
from triagebot.memory.minilm import MiniLM
from triagebot.settings import Settings, load

NAMES = ("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "OPENAI_API_KEY", "OPENAI_BASE_URL")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start from an empty environment in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load()


def test_probots_names_work_from_the_environment_and_from_a_file(monkeypatch, tmp_path: Path):
    (tmp_path / ".env").write_text("APP_ID=7\nWEBHOOK_SECRET=from-file\n")
    settings = read(monkeypatch, WEBHOOK_SECRET="new, old")
    assert settings.github.app_id == 7
    assert settings.github.secrets() == (b"new", b"old")


def test_openais_key_goes_to_openai(monkeypatch):
    [spec] = specs(read(monkeypatch, OPENAI_API_KEY="sk-one"))
    assert (spec.base_url, spec.api_key) == ("https://api.openai.com/v1", "sk-one")


def test_openais_key_goes_to_no_other_endpoint(monkeypatch):
    [spec] = specs(
        read(monkeypatch, OPENAI_API_KEY="sk-one", TRIAGEBOT_LLM__BASE_URL="http://gpu-box:8000/v1")
    )
    assert "sk-one" not in spec.api_key


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"TRIAGEBOT_PORT": "high"}, "TRIAGEBOT_PORT"),
        ({"TRIAGEBOT_LLM__FALLBACKS": "nope"}, "LLM__FALLBACKS"),
        ({"TRIAGEBOT_LLM__FALLBACKS": '[{"bas_url": "x"}]'}, "BAS_URL"),
        ({"APP_ID": "seven"}, "APP_ID"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_named(monkeypatch, variables, named):
    with pytest.raises(SettingsError, match=named):
        read(monkeypatch, **variables)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "GITHUB__APP_ID"),
        ({"APP_ID": "7"}, "GITHUB__PRIVATE_KEY_PATH"),
        ({"APP_ID": "7", "PRIVATE_KEY": "not a key"}, "not a PEM key"),
    ],
    ids=str,
)
def test_what_a_worker_would_miss_is_missed_at_the_start(monkeypatch, variables, named):
    with pytest.raises(SettingsError, match=named):
        check_worker(read(monkeypatch, **variables))


def test_the_local_embedder_is_the_default_and_none_is_possible(monkeypatch):
    assert isinstance(embedder_from_settings(read(monkeypatch)), MiniLM)
    assert embedder_from_settings(read(monkeypatch, TRIAGEBOT_EMBEDDINGS__BASE_URL="none")) is None


def test_an_embeddings_endpoint_is_named_by_its_model(monkeypatch):
    embedder = embedder_from_settings(
        read(
            monkeypatch,
            TRIAGEBOT_EMBEDDINGS__BASE_URL="http://gpu-box:8001/v1",
            TRIAGEBOT_EMBEDDINGS__MODEL="bge-small",
        )
    )
    assert embedder is not None
    assert embedder.name.startswith("gpu-box:8001/bge-small/")


def test_openais_key_goes_to_openais_embeddings_and_to_no_other(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-one")
    monkeypatch.setenv("TRIAGEBOT_EMBEDDINGS__MODEL", "m")
    for url, key in (
        ("https://api.openai.com/v1", "sk-one"),
        ("https://eu.api.openai.com/v1", "sk-one"),
        ("https://api.openai.com.example.org/v1", "EMPTY"),
        ("http://gpu-box:8001/v1", "EMPTY"),
    ):
        assert embeddings_spec(read(monkeypatch, TRIAGEBOT_EMBEDDINGS__BASE_URL=url)).api_key == key
