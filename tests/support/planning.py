"""The planner on its test bench: a simulated GitHub over HTTP, the real client, and a memory that says what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from triagebot import handlers
from triagebot.app.clock import SystemClock
from triagebot.core.actions import Plan, Usage
from triagebot.core.errors import ModelUnavailable
from triagebot.core.redact import redact
from triagebot.core.values import Issue, Label
from triagebot.github.client import GitHubClient
from triagebot.github.reader import GitHubDoor
from triagebot.jobs.planner import Planner
from triagebot.ports import (
    Acceptance,
    Completion,
    Entry,
    LabelOpinion,
    LabelOpinions,
    Request,
    Similar,
    StoredDelivery,
)
from triagebot.routing import discover
from triagebot.simulator import Simulator

REPO = "octo/parser"
CONFIG = ".github/triagebot.yml"


@dataclass
class ToldMemory:
    """A memory that knows what a test puts into it. With `swayed`, a voice changes the opinions to these."""

    believed: Sequence[LabelOpinion] | None = None
    swayed: Sequence[LabelOpinion] | None = None
    found: Sequence[Similar] = ()
    asked: Request | None = None
    record: Mapping[str, Acceptance] = field(default_factory=dict)
    resting: set[int] = field(default_factory=set)
    labelled: set[str] = field(default_factory=set)
    voices: list[Mapping[str, float]] = field(default_factory=list)

    def repository(self, repo_id: int) -> ToldMemory:
        return self

    async def opinions(
        self, issue: Issue, labels: Sequence[Label], voices: Mapping[str, float] | None = None
    ) -> LabelOpinions | None:
        if voices is not None:
            self.voices.append(voices)
        now = self.swayed if voices is not None and self.swayed is not None else self.believed
        return None if now is None else LabelOpinions(1204, "v1", tuple(now))

    async def similar(self, issue: Issue, *, limit: int) -> Sequence[Similar]:
        return self.found[:limit]

    async def request(self, number: int) -> Request | None:
        return self.asked

    async def acceptance(self) -> Mapping[str, Acceptance]:
        return self.record

    async def paused(self, number: int) -> bool:
        return number in self.resting

    async def told(self, number: int) -> set[str]:
        return self.labelled


@dataclass
class ToldRecords:
    """The record of every subject: what a test puts into it."""

    kept: list[Entry] = field(default_factory=list)
    slots: set[str] = field(default_factory=set)
    answered: int = 0

    def of(self, subject_key: str) -> ToldRecords:
        return self

    async def entries(self, *, limit: int) -> Sequence[Entry]:
        return self.kept[:limit]

    async def commands_since(self, since: datetime, *, but: str = "") -> int:
        return self.answered

    async def made(self, slot: str) -> bool:
        return slot in self.slots


@dataclass
class SaidModel:
    """Models that answer each prompt with what a test puts here; away where there is nothing."""

    answers: Mapping[str, BaseModel] = field(default_factory=dict)
    shown: dict[str, Mapping[str, object]] = field(default_factory=dict)
    judges: bool = True

    def bind(self, *, repo: str, job: str, tokens_per_day: int | None) -> SaidModel:
        return self

    async def complete(self, prompt, schema, variables):
        self.shown[prompt] = variables
        if prompt not in self.answers:
            raise ModelUnavailable("no endpoint answered")
        usage = Usage(
            endpoint="test",
            model="m",
            prompt=prompt,
            prompt_version="1",
            input_tokens=1,
            output_tokens=1,
            seconds=0,
        )
        return Completion(schema.model_validate(self.answers[prompt].model_dump()), usage)


class NoModels:
    """The state of an operator who configured none."""

    def bind(self, *, repo: str, job: str, tokens_per_day: int | None) -> None:
        return None


@dataclass
class Lab:
    simulator: Simulator
    planner: Planner
    memory: ToldMemory
    records: ToldRecords

    @property
    def world(self):
        return self.simulator.world

    def with_model(self, model: object) -> Lab:
        return Lab(self.simulator, replace(self.planner, models=model), self.memory, self.records)

    async def plan(self, handler: str | None = "triage", *, age: timedelta = timedelta(0)):
        """Plan for the latest delivery that GitHub made, as if it had been stored; None names the handlers."""
        hook = self.simulator.hooks.deliveries[-1]
        stored = StoredDelivery(
            id=hook.guid,
            event=f"{hook.event}.{hook.action}",
            installation_id=0,
            repo_id=0,
            repo=REPO,
            subject_key="",
            received_at=datetime.now(UTC) - age,
            state="stored",
            payload=hook.body,
        )
        names = self.planner.handlers_for(stored)
        return names if handler is None else await self.planner.plan(stored, handler)

    def lessons(self, plan: Plan) -> dict[str, object]:
        """Return a plan's lessons by their kinds."""
        return {lesson.kind: lesson for lesson in plan.lessons}


@asynccontextmanager
async def planning() -> AsyncIterator[Lab]:
    """Serve a GitHub with one repository, where mona may write and tom may triage."""
    async with Simulator.start(webhook_url="http://127.0.0.1:9/webhook", pacing=False) as simulator:
        simulator.world.add_org("octo")
        simulator.world.add_repo(
            REPO, labels=["bug", "enhancement"], roles={"mona": "write", "tom": "triage"}
        )
        client = GitHubClient(
            app_id=simulator.app_id,
            private_key=simulator.private_key,
            clock=SystemClock(),
            api_url=simulator.url,
        )
        memory, records = ToldMemory(), ToldRecords()
        async with client:
            planner = Planner(
                registry=discover(handlers),
                github=GitHubDoor(client),
                models=NoModels(),
                memory=memory,
                records=records,
                clock=SystemClock(),
                redact=redact,
                app_slug="triagebot",
                app_id=simulator.app_id,
            )
            yield Lab(simulator, planner, memory, records)
