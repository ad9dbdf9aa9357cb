"""What tests of the model part share: an answer's type like the triage handler's, and a usage record in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from tests.support.clock import ManualClock

from triagebot.core.actions import Usage
from triagebot.core.values import Label
from triagebot.llm.client import ModelChain
from triagebot.llm.configured import models_from_settings
from triagebot.ports import Model
from triagebot.settings import Endpoint, LLMSettings, Settings


class LabelVoice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=60)
    confidence: float = Field(ge=0, le=1)
    quote: str = Field(max_length=300)


class TriageAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    summary: str = Field(max_length=600)
    kind: Literal["bug", "feature", "question", "docs", "other"]
    labels: list[LabelVoice] = Field(max_length=5)


GOOD = TriageAnswer(
    summary="The parser crashes on an empty file.",
    kind="bug",
    labels=[LabelVoice(name="bug", confidence=0.9, quote="crashes with an IndexError")],
)
LABELS = (
    Label("bug", "Something is broken"),
    Label("documentation", "The manual and the docstrings"),
    Label("good first issue"),
)


def issue(**changes: object) -> dict[str, object]:
    """Return the variables of the prompt `triage`."""
    return {
        "repo": "octo/larkspur",
        "labels": LABELS,
        "earlier": ["Crash on a file without a newline → bug"],
        "title": "Crash on an empty file",
        "body": "Since 2.3 `lark parse` crashes with an IndexError when the file is empty.",
        **changes,
    }


@dataclass
class UsageBook:
    """The `UsageRecord` port, in memory."""

    entries: list[tuple[str, str, Usage, datetime]] = field(default_factory=list)

    async def record(self, *, repo: str, job: str, usage: Usage, at: datetime) -> None:
        self.entries.append((repo, job, usage, at))

    async def tokens_since(self, repo: str, since: datetime) -> int:
        return sum(
            usage.input_tokens + usage.output_tokens
            for of, _, usage, at in self.entries
            if of == repo and at >= since
        )

    @property
    def usages(self) -> list[Usage]:
        return [usage for _, _, usage, _ in self.entries]


@dataclass
class Bench:
    """A model on its test bench."""

    models: ModelChain
    book: UsageBook
    clock: ManualClock

    def model(self, repo: str = "octo/larkspur", tokens_per_day: int | None = None) -> Model:
        bound = self.models.bind(repo=repo, job="d1:triage", tokens_per_day=tokens_per_day)
        assert bound is not None
        return bound


def endpoint(
    base_url: str, *, key: str = "", timeout: float = 30, model: str | None = "scripted"
) -> Endpoint:
    """Return the settings of one endpoint."""
    return Endpoint(base_url=base_url, api_key=SecretStr(key) if key else None, timeout=timeout, model=model)


@asynccontextmanager
async def bench(*endpoints: Endpoint) -> AsyncIterator[Bench]:
    """Serve the chain of `endpoints`, read from settings as in production."""
    first, *fallbacks = endpoints
    settings = Settings(_env_file=None, llm=LLMSettings(**dict(first), fallbacks=fallbacks))
    book, clock = UsageBook(), ManualClock()
    async with models_from_settings(settings, book, clock) as models:
        yield Bench(models, book, clock)
