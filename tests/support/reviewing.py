"""Reviews from end to end: a simulated GitHub, the real planner and prompts, a scripted model, the real executor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.blank_memory import BlankMemory
from tests.support.github_lab import REPO, Lab, lab_at
from tests.support.models import Bench, bench, endpoint
from tests.support.planning import NoModels

from triagebot import handlers
from triagebot.core.actions import Plan, Receipt, SubmitReview, UpsertComment
from triagebot.core.redact import redact
from triagebot.github.reader import GitHubDoor
from triagebot.jobs.planner import Planner
from triagebot.ports import StoredDelivery
from triagebot.routing import discover
from triagebot.simulator.model import Issue, Review, ReviewComment
from triagebot.simulator.scripted_model import Asked, Fault, ScriptedModel

CONFIG = ".github/triagebot.yml"
WORSE = "def total(items):\n    return sum(items) / len(items)\n"


@dataclass
class Script:
    """What the model says: `remarks` to the first question, and how the second look judges them.

    It has no answer where the question holds `stumbles`.
    """

    remarks: list[dict[str, Any]] = field(default_factory=list)
    stands: Any = "yes"
    down: bool = False
    stumbles: str = "\0"
    shown: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> dict[str, Any] | Fault | None:
        if self.down:
            return Fault("status", status=500)
        self.shown.append(asked)
        if self.stumbles in asked.text:
            return {"remarks": "none"}
        if asked.schema_name == "ReviewAnswer":
            return {"remarks": self.remarks}
        if asked.schema_name == "SecondLookAnswer":
            if self.stands is None:
                return Fault("status", status=500)
            many = asked.text.count("\nRemark ")
            return {
                "verdicts": [
                    {"place": n + 1, "reason": "seen", "true": self.stands, "would_change": self.stands}
                    for n in range(many)
                ]
            }
        return None

    @property
    def questions(self) -> list[str]:
        return [asked.schema_name for asked in self.shown]


def remark(quote: str, **changes: Any) -> dict[str, Any]:
    """Return a remark that passes every check, if its quote does."""
    return {
        "path": "src/parser.py",
        "line": 0,
        "quote": quote,
        "kind": "bug",
        "severity": "error",
        "confidence": 0.9,
        "title": "Divides by zero for an empty list",
        "body": "With no items, len(items) is zero and the division raises ZeroDivisionError.",
        "suggestion": None,
    } | changes


@dataclass
class ReviewLab:
    lab: Lab
    planner: Planner
    script: Script
    talk: Bench
    seen: int = 0
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def world(self) -> Any:
        return self.lab.world

    def configure(self, text: str) -> None:
        """Put the repository's configuration onto its default branch."""
        repo = self.lab.repo
        parent = repo.git.refs["refs/heads/main"]
        commit = repo.git.commit_files(parent, {CONFIG: text}, self.world.signature(repo.owner), "Configure")
        repo.git.refs["refs/heads/main"] = commit.sha

    def pull(
        self,
        files: Mapping[str, Any] | None = None,
        author: str = "mona",
        body: str = "It helps.",
        **more: Any,
    ) -> Issue:
        files = {"src/parser.py": WORSE} if files is None else files
        return self.world.open_pull(REPO, author, "A change", body, files=files, **more)

    async def asked(
        self, pull: Issue, words: str = "/bot review", by: str = "mona", *, apply: bool = True
    ) -> Plan:
        """Let a person comment, and do what follows; without `apply` only plan it."""
        self.seen = len(self.lab.sim.hooks.deliveries)
        self.world.comment(REPO, pull.number, by, words)
        return (await self.settle(apply=apply))[-1]

    async def settle(self, *, apply: bool = True) -> list[Plan]:
        """Plan and apply for every delivery that was not seen yet."""
        plans: list[Plan] = []
        new = self.lab.sim.hooks.deliveries[self.seen :]
        self.seen = len(self.lab.sim.hooks.deliveries)
        for hook in new:
            stored = StoredDelivery(
                id=hook.guid,
                event=f"{hook.event}.{hook.action}",
                installation_id=self.lab.installation,
                repo_id=0,
                repo=REPO,
                subject_key="",
                received_at=datetime.now(UTC),
                state="stored",
                payload=hook.body,
            )
            if "review" in self.planner.handlers_for(stored):
                plan = await self.planner.plan(stored, "review")
                plans.append(plan)
                if apply:
                    await self.apply(plan)
        return plans

    async def apply(self, plan: Plan) -> None:
        if plan.target:
            await self.lab.store.plans.save_plan(plan, await self.lab.claim(plan))
        for index in range(len(plan.actions)):
            self.receipts.append(await self.lab.apply(plan, index))

    def reviews(self, pull: Issue) -> list[Review]:
        """Return our reviews as they are on GitHub."""
        assert pull.pull is not None
        return [one for one in pull.pull.reviews.values() if one.user is self.lab.bot]

    def comments(self, pull: Issue) -> list[ReviewComment]:
        return [comment for review in self.reviews(pull) for comment in review.comments]

    def answers(self, pull: Issue) -> list[str]:
        """Return what our comments of the conversation say."""
        return [one.body for one in pull.comments.values() if one.user is self.lab.bot]


def review_of(plan: Plan) -> SubmitReview:
    return next(action for action in plan.actions if isinstance(action, SubmitReview))


def answer_of(plan: Plan) -> str:
    return next(action.body for action in plan.actions if isinstance(action, UpsertComment))


@asynccontextmanager
async def reviewing(folder: Path, *, model: bool = True, judges: bool = True) -> AsyncIterator[ReviewLab]:
    """Serve a GitHub with one repository, where mona may write and hubot may triage, and reporter nothing."""
    script = Script()
    options = {"webhook_url": "http://127.0.0.1:9/webhook", "pacing": False}
    with ScriptedModel(script) as server:
        async with lab_at(folder, **options) as lab, bench(endpoint(server.base_url)) as talk:
            planner = Planner(
                registry=discover(handlers),
                github=GitHubDoor(lab.client),
                models=talk.models if model else NoModels(),
                memory=BlankMemory(),
                records=lab.store.records,
                clock=lab.clock,
                redact=redact,
                app_slug="triagebot",
                app_id=lab.sim.app_id,
            )
            yield ReviewLab(lab, planner, script, talk)
