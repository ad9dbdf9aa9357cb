"""What the parts ask of each other: Protocols only, narrow, named for who needs them.

`app.py` is the only place that knows which class stands behind which port.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel

from triagebot.core.actions import Plan, Receipt, Usage
from triagebot.core.values import (
    Comment,
    Issue,
    IssueEvent,
    Label,
    Permission,
    PullFile,
    PullRequest,
)

Answer = TypeVar("Answer", bound=BaseModel)
DeliveryState = Literal["stored", "queued", "running", "done", "ignored", "failed"]


class Clock(Protocol):
    """Time, so that hours pass at once in a test."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` of this clock have passed."""


# --- GitHub -----------------------------------------------------------------------------------


class GitHubReader(Protocol):
    """Reads one repository with one installation's token. It cannot write.

    Every method raises `Unavailable`, `RateLimited`, or a `Refused`; lists are complete (all pages).
    """

    async def issue(self, number: int) -> Issue:
        """Return the issue, or the issue half of a pull request; `Gone` if deleted or transferred."""

    async def pull_request(self, number: int) -> PullRequest:
        """Return the pull request."""

    async def labels(self) -> list[Label]:
        """Return every label that the repository defines."""

    async def comments(self, number: int) -> list[Comment]:
        """Return every comment of the issue or pull request, oldest first."""

    async def events(self, number: int) -> list[IssueEvent]:
        """Return who labelled, assigned, closed and reopened it, oldest first."""

    async def permission(self, login: str) -> Permission:
        """Return what `login` may do here now; NONE for strangers. Never cached."""

    async def file(self, path: str, ref: str | None = None) -> bytes | None:
        """Return a file's content on `ref` (default: the default branch), or None if there is none."""

    async def organisation_file(self, path: str) -> bytes | None:
        """Return a file of the owner's `.github` repository, or None if there is none or no access."""

    async def pull_files(self, number: int) -> list[PullFile]:
        """Return the changed files; GitHub's list stops at 3,000."""


class GitHub(Protocol):
    """The door to GitHub: one App, many installations."""

    def reader(self, installation_id: int, owner: str, name: str) -> GitHubReader:
        """Return a reader bound to one repository."""


class Executor(Protocol):
    """The only writer."""

    async def apply(self, plan: Plan, index: int, claim: Claim) -> Receipt:
        """Bring GitHub to the state of `plan.actions[index]` and return the saved receipt.

        Safe to call again after any crash. Raises `Unavailable` or `RateLimited` when the job should
        come back later, `Gone` when the rest of the plan is pointless, `Fenced` when another worker
        has taken the subject over. Every other end is a receipt.
        """


# --- The model --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Completion(Generic[Answer]):
    """A validated answer and what it cost."""

    value: Answer
    usage: Usage


class Model(Protocol):
    """A language model, bound to one job of one repository (for budgets and the usage record)."""

    async def complete(
        self, prompt: str, schema: type[Answer], variables: Mapping[str, object]
    ) -> Completion[Answer]:
        """Render the prompt file `prompt` with `variables`, ask, and return a valid `schema`.

        Raises `ModelUnavailable`, `InvalidAnswer` or `BudgetSpent`; never returns unvalidated text.
        """


class Models(Protocol):
    """Hands out a `Model` for a job; None where the operator configured none, which is supported."""

    def bind(self, *, repo: str, job: str, tokens_per_day: int | None) -> Model | None:
        """Return the model for one job of `repo` ("owner/name")."""


# --- Store ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A delivery as it lies on disk. `payload` is the raw body; empty once retention dropped it."""

    id: str
    event: str
    installation_id: int
    repo_id: int
    repo: str
    subject_key: str
    received_at: datetime
    state: DeliveryState
    payload: bytes = b""
    error: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to act on one subject. `fence` grows with each taking; a smaller one is void."""

    subject_key: str
    job: str
    owner: str
    fence: int


class Inbox(Protocol):
    """What the webhook needs."""

    async def add(self, delivery: StoredDelivery) -> bool:
        """Write the delivery durably, then return True; False if its id is already known.

        Raises `StoreUnavailable` when it cannot be written now.
        """


class Deliveries(Protocol):
    """What the `deliveries` command and the pages need."""

    async def get(self, delivery_id: str) -> StoredDelivery | None:
        """Return one delivery with its payload."""

    async def list(self, *, state: DeliveryState | None = None, limit: int = 100) -> Sequence[StoredDelivery]:
        """Return the newest deliveries, without payloads."""

    async def retry(self, delivery_id: str) -> bool:
        """Let a failed delivery be worked again; False if it is unknown or has not failed.

        Handlers that ended well are not run again, and a saved plan is not made again.
        """


@dataclass(frozen=True, slots=True)
class Work:
    """One handler's work on one delivery, begun. `tries` counts from 0 since the last manual retry."""

    job: str
    plan_key: str
    handler: str
    delivery: StoredDelivery
    claim: Claim
    tries: int


class Agenda(Protocol):
    """What is to be done next, and how it went: the dispatcher and the runner need it.

    A delivery goes stored → queued → running → done | failed, or back to stored for another attempt.
    At most one delivery of a subject is queued or running at a time.
    """

    async def waiting(self, *, window: int, per_installation: int, now: datetime) -> Sequence[StoredDelivery]:
        """Return the deliveries to start, oldest first in a repository, fair between repositories.

        Without payloads, and so many that at most `window` are under way in all. None whose subject has work under way, none of an installation that already
        has `per_installation` under way, none whose retry time has not come.
        """

    async def ignore(self, delivery_id: str) -> None:
        """Note that no handler wants this stored delivery."""

    async def fail(self, delivery_id: str, error: str) -> None:
        """Note that this stored delivery cannot be worked at all."""

    async def begin(self, delivery: StoredDelivery, handlers: Sequence[str]) -> Sequence[str] | None:
        """Move a stored delivery to queued and return the keys of its jobs, to be enqueued.

        None if another worker was faster or the subject is taken. Handlers that ended well in an
        earlier attempt get no job.
        """

    async def under_way(self, *, unchanged_since: datetime) -> Sequence[tuple[str, str]]:
        """Return (job, subject key) of jobs not ended whose delivery has not moved since then."""

    async def start(self, job: str, owner: str) -> Work | None:
        """Claim the job's subject, voiding older claims, and return the work; None if it has ended."""

    async def finish(
        self, claim: Claim, *, error: str = "", retry_at: datetime | None = None, counted: bool = True
    ) -> None:
        """End the claimed job: well, with an `error`, or to be tried again at `retry_at`.

        The last job of a delivery settles it; `tries` grows if a job that is put off is `counted`.
        Gives the claim up. `Fenced` if the claim is void.
        """


class Plans(Protocol):
    """What the runner needs."""

    async def plan(self, key: str) -> Plan | None:
        """Return the saved plan of a job."""

    async def save_plan(self, plan: Plan, claim: Claim) -> Plan:
        """Save the plan once; a plan already saved under this key wins and is returned. `Fenced` if void."""

    async def receipts(self, key: str) -> Sequence[Receipt]:
        """Return the receipts so far, in order."""


class Claims(Protocol):
    """One worker at a time acts on a subject, and one that wakes late finds its claim void."""

    async def take(self, subject_key: str, job: str, owner: str) -> Claim:
        """Take the subject with a new fence, voiding every older claim."""

    async def check(self, claim: Claim) -> None:
        """Raise `Fenced` if a newer claim exists."""

    async def release(self, claim: Claim) -> None:
        """Give the subject up, if the claim is still valid."""


@dataclass(frozen=True, slots=True)
class Intent:
    """That a write is about to be sent. `attempts` > 0 on a fresh start means: outcome unknown, read back."""

    plan_key: str
    index: int
    attempts: int
    first_attempt_at: datetime | None
    external_id: str


class Ledger(Protocol):
    """What the executor needs: intents before writes, receipts after, and what we made before."""

    async def receipt(self, plan_key: str, index: int) -> Receipt | None:
        """Return the receipt if this action already ended."""

    async def intent(self, plan_key: str, index: int) -> Intent:
        """Return the intent row of an action, made on first use."""

    async def attempting(self, plan_key: str, index: int, claim: Claim, at: datetime) -> None:
        """Durably count one more attempt, before it is sent. `Fenced` if the claim is void."""

    async def settle(self, receipt: Receipt, claim: Claim) -> Receipt:
        """Save a receipt once; an earlier one wins and is returned. `Fenced` if void."""

    async def made(self, subject_key: str, slot: str) -> str | None:
        """Return GitHub's id of what we made for `slot` on the subject, if we ever did."""

    async def remember_made(self, subject_key: str, slot: str, external_id: str) -> None:
        """Remember what we made; the first id stays."""


class Turns(Protocol):
    """The writes of one installation, counted by all workers through one database."""

    async def reserve(self, installation_id: int, owner: str, now: datetime) -> datetime | None:
        """Take the right to send one write now and return None, or return when to ask again."""

    async def finish(self, installation_id: int, owner: str, now: datetime) -> None:
        """Say that the write has been answered."""

    async def block(self, installation_id: int, until: datetime, reason: str) -> None:
        """Allow no write before `until`; never shortens an earlier block."""


class Governor(Protocol):
    """Paces the writes of an installation: one at a time, and within GitHub's rules."""

    def turn(self, installation_id: int, claim: Claim) -> AbstractAsyncContextManager[None]:
        """Wait for this installation's turn, hold it for the body, then give it back.

        The claim is checked after the wait, right before the body runs (`Fenced`). A `RateLimited`
        that leaves the body blocks the installation for every worker.
        """


class UsageRecord(Protocol):
    """What models cost, for budgets and for the `why` of an action."""

    async def record(self, *, repo: str, job: str, usage: Usage, at: datetime) -> None:
        """Save one call's usage."""

    async def tokens_since(self, repo: str, since: datetime) -> int:
        """Return the input plus output tokens that `repo` used since then."""


# --- Jobs -------------------------------------------------------------------------------------


class Jobs(Protocol):
    """Durable execution: a job handed over runs to its end, also across `kill -9`."""

    async def enqueue(self, job: str, subject_key: str) -> None:
        """Hand one job over; the same key again is a no-op. `job` is `delivery:handler[:attempt]`."""

    async def settled(self, job: str) -> bool:
        """Return True if the job has ended, well or badly."""
