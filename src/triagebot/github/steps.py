"""Drive GitHub to a goal, one write at a time, through crashes and lost answers.

A goal looks at GitHub and names the next write, or says that it is reached. Before each write stands
a turn of the governor and a durable note in the ledger; after it either a known answer, or an
unknown outcome. Unknown means: look again, patiently, and only then write again. A process that died
between the note and the receipt left the same question behind, and it is answered the same way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from triagebot.core.actions import Plan, Status, Target
from triagebot.core.errors import Gone, NotFound, OutcomeUnknown, Refused
from triagebot.core.grounds import text_digest
from triagebot.core.markers import Marks
from triagebot.core.values import Issue, IssueEvent, PullRequest
from triagebot.github.client import GitHubClient, Method
from triagebot.github.identity import Identity
from triagebot.github.outcome import Reply
from triagebot.github.points import urgent
from triagebot.github.reader import RepositoryReader
from triagebot.ports import Claim, Clock, Governor, Ledger

T = TypeVar("T")

SETTLING = (1.0, 2.0, 4.0, 8.0)
"""Pauses, in seconds, between the reads after which an absence is believed.

Reads may be stale and a write may commit after its answer was lost. GitHub ends every request after
ten seconds, so what is not there after fifteen was not done.
"""
MAX_LOST = 3
"""After so many lost answers in a row an action is parked for a person to look at."""
MAX_WRITES = 200
"""No action needs as many: a goal that asks for more does not understand what it sees."""
FRESH = timedelta(seconds=2)
"""A look older than this is repeated once the turn has come."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action ended."""

    status: Status
    detail: str = ""
    url: str = ""


async def _again(reply: Reply) -> Outcome | None:  # noqa: ARG001
    return None


def _raise(error: Refused) -> Outcome | None:
    raise error


@dataclass(frozen=True, slots=True)
class Write:
    """One request that changes GitHub.

    `then` gets the answer and returns the end, or None to look again. `refused` gets a refusal and
    returns the end, or None to look again. `finishes` is set on a write that completes something
    which others can already see half done: it is sent also when the plan is stale by now.
    """

    method: Method
    path: str
    json: object = None
    then: Callable[[Reply], Awaitable[Outcome | None]] = _again
    refused: Callable[[Refused], Outcome | None] = _raise
    finishes: bool = False


class Goal(Protocol):
    """One action on its way."""

    async def next(self) -> Outcome | Write:
        """Look at GitHub and return the next write, or the end."""


@dataclass
class Work:
    """What a goal needs: the plan's subject as it is now, GitHub, and what is known of earlier tries."""

    plan: Plan
    index: int
    target: Target
    claim: Claim
    client: GitHubClient
    reader: RepositoryReader
    me: Identity
    marks: Marks
    ledger: Ledger
    clock: Clock
    settling: Sequence[float]
    uncertain: bool
    """A write may have been done of which we do not know."""
    wrote: bool = False
    hasty: bool = False
    issue: Issue = field(init=False)
    pull: PullRequest | None = field(init=False, default=None)

    @property
    def installation(self) -> int:
        """The installation that acts."""
        return self.target.installation_id

    @property
    def base(self) -> str:
        """The repository's path."""
        return self.reader.path

    @property
    def issue_path(self) -> str:
        """The subject's path as an issue."""
        return f"{self.base}/issues/{self.target.number}"

    async def refresh(self) -> Outcome | None:
        """Fetch the subject; return STALE if the plan's ground has changed. Raises `Gone`."""
        self.issue = await self.reader.issue(self.target.number)
        if self.issue.node_id and self.target.node_id and self.issue.node_id != self.target.node_id:
            raise Gone("Another issue stands where the plan's subject was.")
        if self.issue.locked:
            raise Gone("The conversation is locked.")
        basis, grounds = self.plan.actions[self.index].depends_on, self.plan.grounds
        if basis == "text" and grounds.text_digest not in (None, text_digest(self.issue)):
            return Outcome(Status.STALE, "The title or the text was edited after this was planned.")
        if basis == "head":
            try:
                self.pull = await self.reader.pull_request(self.target.number)
            except NotFound as error:
                raise Gone("The pull request is gone.", status=404) from error
            if grounds.head_sha not in (None, self.pull.head_sha):
                return Outcome(Status.STALE, "The pull request got new commits after this was planned.")
        return None

    async def patiently(self, find: Callable[[], Awaitable[T | None]], *, surely: bool = False) -> T | None:
        """Return what `find` finds; while an outcome is unknown, believe its absence only in the end.

        `surely` is patient in any case: where absence means that a person took something away.
        """
        found = await find()
        if surely or (self.uncertain and not self.hasty):
            for pause in self.settling:
                if found:
                    break
                await self.clock.sleep(pause)
                found = await find()
        return found or None

    def since_planned(self, events: Iterable[IssueEvent]) -> list[IssueEvent]:
        """Return what happened after the plan was made, or in the same second: GitHub tells whole seconds."""
        planned = self.plan.created_at.replace(microsecond=0)
        return [event for event in events if event.created_at >= planned]

    def reached(self, detail: str = "", url: str = "") -> Outcome:
        """Return the end of a goal that is reached: by us, or before us."""
        ours = self.wrote or self.uncertain
        return Outcome(Status.APPLIED if ours else Status.UNCHANGED, detail, url or self.issue.url)


async def drive(work: Work, goal: Goal, governor: Governor) -> Outcome:
    """Write until the goal is reached, and return its end. Raises what `ports.Executor` names."""
    lost = 0
    for _ in range(MAX_WRITES):
        seen = work.clock.now()
        step = await _look(work, goal)
        if isinstance(step, Outcome):
            return step
        if lost >= MAX_LOST:
            return _parked(work)
        try:
            end = await _write(work, goal, governor, step, seen)
        except OutcomeUnknown:
            lost += 1
            work.uncertain = True
            await work.clock.sleep(work.settling[0])
        else:
            lost = 0
            if end is not None:
                return end
    return Outcome(Status.FAILED, f"Not reached after {MAX_WRITES} writes; stopped.", work.issue.url)


async def _write(work: Work, goal: Goal, governor: Governor, step: Write, seen: datetime) -> Outcome | None:
    """Send `step` in a turn; return the end, or None to look again. `seen` is when it was decided."""
    async with governor.turn(work.installation, work.claim):
        if work.clock.now() - seen > FRESH:
            work.hasty = True  # the patient look is done, and other writers wait for this turn
            with urgent():
                now = await _look(work, goal)
            work.hasty = False
            if isinstance(now, Outcome):
                return now
            step = now
        await work.ledger.attempting(work.plan.key, work.index, work.claim, work.clock.now())
        try:
            reply = await work.client.send(step.method, step.path, work.installation, json=step.json)
        except Gone:
            raise
        except Refused as error:
            return step.refused(error)
    work.wrote = True
    return await step.then(reply)


async def _look(work: Work, goal: Goal) -> Outcome | Write:
    """Return the goal's next step; a stale plan may only find that it was reached before."""
    stale = await work.refresh()
    if stale and not work.uncertain and not work.wrote:
        return stale
    step = await goal.next()
    if stale and isinstance(step, Write) and not step.finishes:
        return stale
    return step


def _parked(work: Work) -> Outcome:
    return Outcome(
        Status.FAILED,
        f"Parked: GitHub's answer was lost {MAX_LOST} times and the result is not there. Look at the issue; "
        f"if it is missing, run `triagebot deliveries retry {work.plan.delivery_id}`.",
        work.issue.url,
    )
