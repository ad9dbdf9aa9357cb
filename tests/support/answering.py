"""A whole conversation with the bot: simulated GitHub, real store, planner and executor, in one process.

`settle` works off what GitHub delivered, in order, as the worker does: plan, save, apply, receipt; also the
deliveries that the bot's own writes cause.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.support.clock import ManualClock
from tests.support.planning import NoModels

from triagebot import handlers
from triagebot.core import markers
from triagebot.core.actions import Plan, Receipt
from triagebot.core.redact import redact
from triagebot.core.values import Issue, Label
from triagebot.github.client import GitHubClient
from triagebot.github.executor import ActionExecutor
from triagebot.github.governor import WriteGovernor
from triagebot.github.reader import GitHubDoor
from triagebot.jobs.planner import Planner
from triagebot.memory.repository import Memories, RepositoryMemory
from triagebot.ports import LabelOpinion, LabelOpinions, Similar, StoredDelivery
from triagebot.routing import Registry, discover
from triagebot.settings import Settings
from triagebot.simulator import Simulator
from triagebot.store import Pace, Store
from triagebot.store.engine import Database, connect
from triagebot.store.upgrade import upgrade

REPO = "octo/parser"
CONFIG = ".github/triagebot.yml"


class Believing:
    """The real memory of the store, but for what is believed of labels and likeness: that is what a test says."""

    def __init__(self, memories: Memories) -> None:
        self._memories = memories
        self.opinions: list[LabelOpinion] = []
        self.similar: list[Similar] = []

    def repository(self, repo_id: int) -> BelievingOne:
        return BelievingOne(self._memories, repo_id, self)


class BelievingOne(RepositoryMemory):
    """One repository's memory, with a test's beliefs."""

    def __init__(self, memories: Memories, repo_id: int, believed: Believing) -> None:
        super().__init__(memories, repo_id)
        self._believed = believed

    async def opinions(self, issue: Issue, labels: list[Label], voices=None) -> LabelOpinions | None:
        believed = tuple(self._believed.opinions)
        return LabelOpinions(1204, "v1", believed) if believed else None

    async def similar(self, issue: Issue, *, limit: int) -> list[Similar]:
        return self._believed.similar[:limit]


@dataclass
class Talk:
    """One repository and the bot in it. `done` are all plans with their receipts, oldest first."""

    simulator: Simulator
    store: Store
    planner: Planner
    executor: ActionExecutor
    memory: Believing
    clock: ManualClock
    seen: int = 0
    done: list[tuple[Plan, list[Receipt]]] = field(default_factory=list)

    @property
    def world(self):
        return self.simulator.world

    @property
    def registry(self) -> Registry:
        return self.planner.registry

    def with_model(self, models: object) -> None:
        self.planner = replace(self.planner, models=models)

    async def settle(self) -> list[tuple[Plan, list[Receipt]]]:
        """Work off what GitHub has delivered since, and return the plans made of it with their receipts."""
        before = len(self.done)
        for stored in self._delivered():
            await self._work(stored)
        return self.done[before:]

    async def plans(self, number: int, who: object, body: str) -> list[Plan]:
        """Return the plans of what somebody comments; nothing of them is saved or applied."""
        self.clock.advance(60)
        self.world.comment(REPO, number, who, body)
        return [
            await self.planner.plan(stored, name)
            for stored in self._delivered()
            for name in self.planner.handlers_for(stored)
        ]

    def _delivered(self) -> Iterator[StoredDelivery]:
        while self.seen < len(self.simulator.hooks.deliveries):
            hook = self.simulator.hooks.deliveries[self.seen]
            self.seen += 1
            yield StoredDelivery(
                id=hook.guid,
                event=f"{hook.event}.{hook.action}",
                installation_id=1,
                repo_id=1,
                repo=REPO,
                subject_key="",
                received_at=self.clock.now(),
                state="stored",
                payload=hook.body,
            )

    async def _work(self, stored: StoredDelivery) -> None:
        names = self.planner.handlers_for(stored)
        if names:
            await self.store.inbox.add(stored)
        for name in names:
            self.clock.advance(1)  # no two plans are of the same microsecond
            plan = await self.planner.plan(stored, name)
            key = plan.target.key if plan.target else stored.id
            claim = await self.store.claims.take(key, plan.key, "test")
            plan = await self.store.plans.save_plan(plan, claim)
            ends = [await self.executor.apply(plan, index, claim) for index in range(len(plan.actions))]
            await self.store.claims.release(claim)
            self.done.append((plan, ends))

    async def say(self, number: int, who: object, body: str) -> list[tuple[Plan, list[Receipt]]]:
        """Let somebody comment a minute later, and work it off."""
        self.clock.advance(60)
        self.world.comment(REPO, number, who, body)
        return await self.settle()

    def labels(self, number: int) -> list[str]:
        return sorted(label.name for label in self.world.issue(REPO, number).labels)

    def replies(self, number: int) -> list[str]:
        """Return what our comments on it say, oldest first, without their markers."""
        return [
            markers.strip(comment.body)
            for comment in self.world.issue(REPO, number).comments.values()
            if comment.via_app
        ]

    def reply(self, number: int, slot: str) -> str | None:
        """Return what our comment in this slot says; the slot may end in `:`, then the newest of these."""
        texts = [
            comment.body for comment in self.world.issue(REPO, number).comments.values() if comment.via_app
        ]
        found = [text for text in texts if _fits(markers.slot_of(text), slot)]
        return markers.strip(found[-1]) if found else None

    def reactions(self, number: int) -> list[str]:
        """Return our reactions to the newest comment that is not ours."""
        comments = [one for one in self.world.issue(REPO, number).comments.values() if not one.via_app]
        return [one.content for one in comments[-1].reactions if one.user is self.world.app.bot]


def _fits(found: str | None, slot: str) -> bool:
    return found is not None and (found == slot or (slot.endswith(":") and found.startswith(slot)))


@asynccontextmanager
async def talking(folder: Path, *, registry: Registry | None = None) -> AsyncIterator[Talk]:
    """Serve a GitHub with one repository, where ada is admin, mona may write and tom may triage."""
    clock = ManualClock()
    options = {"webhook_url": "http://127.0.0.1:9/webhook", "pacing": False, "clock": clock}
    async with Simulator.start(**options) as simulator:
        simulator.world.add_org("octo")
        simulator.world.add_repo(
            REPO,
            labels=["bug", "enhancement", "question", "good first issue"],
            roles={"ada": "admin", "mona": "write", "tom": "triage"},
        )
        engine = connect(Settings(data_dir=folder))
        upgrade(engine)
        store = Store(Database(engine, now=clock.now), pace=Pace.unlimited())
        client = GitHubClient(
            app_id=simulator.app_id, private_key=simulator.private_key, clock=clock, api_url=simulator.url
        )
        memory = Believing(Memories(store.history, store.growth, clock, app_id=simulator.app_id))
        try:
            async with client:
                planner = Planner(
                    registry=registry or discover(handlers),
                    github=GitHubDoor(client),
                    models=NoModels(),
                    memory=memory,
                    records=store.records,
                    clock=clock,
                    redact=redact,
                    app_slug="triagebot",
                    app_id=simulator.app_id,
                )
                executor = ActionExecutor(
                    client,
                    store.ledger,
                    WriteGovernor(store.turns, store.claims, clock),
                    secrets=(b"secret",),
                    settling=(),
                )
                yield Talk(simulator, store, planner, executor, memory, clock)
        finally:
            store.close()
