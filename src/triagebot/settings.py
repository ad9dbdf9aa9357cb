"""The operator's settings, read once at the start from the environment, `.env`, or the setup file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSetting

from triagebot.core.errors import SettingsError

PREFIX = "TRIAGEBOT_"


class GitHubSettings(BaseModel):
    """How to reach GitHub and to prove that we are the App."""

    app_id: int | None = None
    private_key: SecretStr | None = None
    private_key_path: Path | None = None
    webhook_secret: SecretStr | None = Field(
        default=None, description="one secret, or several separated by commas while rotating"
    )
    api_url: str = Field(
        default="https://api.github.com", description="GitHub Enterprise Server: https://HOST/api/v3"
    )

    def key(self) -> str:
        """Return the App's private key as PEM; raise `SettingsError` if none can be read."""
        if self.private_key:
            return self.private_key.get_secret_value().replace("\\n", "\n")
        if self.private_key_path is None:
            raise SettingsError(
                f"No App private key. Set {PREFIX}GITHUB__PRIVATE_KEY_PATH to the .pem file that GitHub "
                "gave you, or run `triagebot demo`, which needs none."
            )
        try:
            return self.private_key_path.read_text()
        except OSError as error:
            raise SettingsError(f"The App's private key cannot be read: {error}.") from None

    def secrets(self) -> tuple[bytes, ...]:
        """Return the webhook secrets, newest first; raise `SettingsError` if there is none."""
        text = self.webhook_secret.get_secret_value() if self.webhook_secret else ""
        secrets = tuple(part.strip().encode() for part in text.split(",") if part.strip())
        if not secrets:
            raise SettingsError(
                "No webhook secret, so nobody could tell GitHub's deliveries from forged ones; not starting. "
                f"Set {PREFIX}GITHUB__WEBHOOK_SECRET to the secret of your App's webhook."
            )
        return secrets


class Endpoint(BaseModel):
    """One OpenAI-compatible endpoint. `base_url` "local" is the model inside this program."""

    model_config = ConfigDict(extra="forbid")

    base_url: str | None = None
    api_key: SecretStr | None = None
    model: str | None = None
    timeout: float = Field(default=60, gt=0, description="seconds for one attempt")
    input_price: float | None = Field(default=None, ge=0, description="US dollars a million tokens")
    output_price: float | None = Field(default=None, ge=0, description="US dollars a million tokens")


class LLMSettings(Endpoint):
    """Which model answers, and who stands in for it. No model at all is a supported state."""

    fallbacks: list[Endpoint] = []


class EmbeddingsSettings(BaseModel):
    """What turns texts into vectors. `base_url` "local" is the small model that comes with this program."""

    model_config = ConfigDict(extra="forbid")

    base_url: str = Field(default="local", description='an OpenAI-compatible endpoint, "local", or "none"')
    api_key: SecretStr | None = None
    model: str | None = None
    prefix: str = Field(
        default="",
        max_length=200,
        description='what the model wants to read before each text, as "query: " for the E5 models',
    )
    timeout: float = Field(default=60, gt=0, description="seconds for one attempt")


class VerifySettings(BaseModel):
    """What patches are tried out with, in a sandbox. Only the operator says so, never a repository."""

    model_config = ConfigDict(extra="forbid")

    commands: dict[str, str] = Field(
        default={},
        description='by "owner/name", by "*" for every repository, or by a name that `fix.verify` may pick',
    )
    seconds: int = Field(default=300, ge=1, le=3_600)
    memory_mb: int = Field(default=2_048, ge=64)
    folders: list[Path] = Field(default=[], description="shown in the sandbox read-only: tool chains")


class MirrorsSettings(BaseModel):
    """How much of the disk copies of repositories' commits may take, and how long fetching one may."""

    model_config = ConfigDict(extra="forbid")

    folder: Path | None = Field(
        default=None,
        description="where they and the work folders of trials are; the default is the data directory",
    )
    repository_mb: int = Field(default=2_000, ge=1, description="a larger repository is not fetched")
    total_mb: int = Field(default=10_000, ge=1, description="beyond it the least recently used go")
    seconds: int = Field(default=300, ge=1, le=3_600, description="for one fetch")


class Settings(BaseSettings):
    """Everything that the operator can set. See the README for the variables' names."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        nested_model_default_partial_update=True,
    )

    github: GitHubSettings = GitHubSettings()
    llm: LLMSettings = LLMSettings()
    embeddings: EmbeddingsSettings = EmbeddingsSettings()
    verify: VerifySettings = VerifySettings()
    mirrors: MirrorsSettings = MirrorsSettings()
    database_url: str | None = Field(
        default=None, description="postgresql://… ; the default is SQLite in the data directory"
    )
    data_dir: Path = Path("data")
    command_prefix: str = "/bot"
    host: str = "127.0.0.1"
    port: int = 8000
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    learn: Literal["auto", "off"] = Field(
        default="auto", description="auto: read each repository's past by itself, slowly, and learn from it"
    )
    workers: int = Field(default=16, ge=1, le=256, description="jobs under way at a time")
    keep_days: int = Field(default=30, ge=7, description="how long finished deliveries are kept")
    pace: bool = Field(default=True, description="off only against a simulator: no second between writes")

    @property
    def sqlite(self) -> bool:
        """True where the database is a file, and so exactly one worker process may run."""
        return self.database_url is None or self.database_url.startswith("sqlite")


def load(**overrides: Any) -> Settings:
    """Read the settings; `overrides` win. Raises `SettingsError` naming each wrong variable."""
    try:
        settings = Settings(**overrides)
    except UnreadableSetting as error:
        raise SettingsError(
            f"A setting cannot be read: {error}. Lists are JSON, for example "
            f'{PREFIX}LLM__FALLBACKS=[{{"base_url": "http://gpu-box:8000/v1", "model": "…"}}].'
        ) from None
    except ValidationError as error:
        lines = [
            f"  {PREFIX}{'__'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            for item in error.errors()
        ]
        raise SettingsError("These settings are wrong:\n" + "\n".join(lines)) from None
    file = overrides.get("_env_file", Settings.model_config.get("env_file"))
    return _with_aliases(settings, (dotenv_values(file) if file else {}) | os.environ)


def _with_aliases(settings: Settings, env: Mapping[str, str | None]) -> Settings:
    """Fill what is unset from Probot's and OpenAI's variable names.

    A key for OpenAI goes to no other endpoint than the one its own variables name.
    """
    github, llm = settings.github, settings.llm
    if github.app_id is None and env.get("APP_ID"):
        if not str(env["APP_ID"]).isdigit():
            raise SettingsError("APP_ID is not a number; it stands on your App's settings page.")
        github = github.model_copy(update={"app_id": int(str(env["APP_ID"]))})
    if github.private_key is None and github.private_key_path is None and env.get("PRIVATE_KEY"):
        github = github.model_copy(update={"private_key": SecretStr(str(env["PRIVATE_KEY"]))})
    if github.webhook_secret is None and env.get("WEBHOOK_SECRET"):
        github = github.model_copy(update={"webhook_secret": SecretStr(str(env["WEBHOOK_SECRET"]))})
    if llm.base_url is None:
        if llm.api_key is None and env.get("OPENAI_API_KEY"):
            llm = llm.model_copy(update={"api_key": SecretStr(str(env["OPENAI_API_KEY"]))})
        if env.get("OPENAI_BASE_URL"):
            llm = llm.model_copy(update={"base_url": env["OPENAI_BASE_URL"]})
    embeddings = settings.embeddings
    if embeddings.api_key is None and env.get("OPENAI_API_KEY") and is_openai(embeddings.base_url):
        embeddings = embeddings.model_copy(update={"api_key": SecretStr(str(env["OPENAI_API_KEY"]))})
    return settings.model_copy(update={"github": github, "llm": llm, "embeddings": embeddings})


def is_openai(url: str) -> bool:
    """Return True for an address of OpenAI's own API."""
    host = urlsplit(url.strip()).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")
