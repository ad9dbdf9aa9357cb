"""Language models, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from triagebot.core.actions import Usage

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Completion(Generic[Answer]):
    """A validated answer and what it cost."""

    value: Answer
    usage: Usage


class Model(Protocol):
    """A language model, bound to one job of one repository (for budgets and the usage record)."""

    @property
    def judges(self) -> bool:
        """False for one that is too small to judge: it writes, but what it says of labels is chance."""

    async def complete(
        self, prompt: str, schema: type[Answer], variables: Mapping[str, object]
    ) -> Completion[Answer]:
        """Render the prompt file `prompt` with `variables`, ask, and return a valid `schema`.

        Raises `ModelUnavailable`, `InvalidAnswer` or `BudgetSpent`; never returns unvalidated text. A
        prompt that wants a judgement is not put to an endpoint that cannot judge.
        """


class Models(Protocol):
    """Hands out a `Model` for a job; None where the operator configured none, which is supported."""

    def bind(self, *, repo: str, job: str, tokens_per_day: int | None) -> Model | None:
        """Return the model for one job of `repo` ("owner/name")."""


class UsageRecord(Protocol):
    """What models cost, for budgets and for the `why` of an action."""

    async def record(self, *, repo: str, job: str, usage: Usage, at: datetime) -> None:
        """Save one call's usage."""

    async def tokens_since(self, repo: str, since: datetime) -> int:
        """Return the input plus output tokens that `repo` used since then."""
