"""Deliveries on disk, the jobs that work on them, and who holds a subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

DeliveryState = Literal["stored", "queued", "running", "done", "ignored", "failed"]


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


class Claims(Protocol):
    """One worker at a time acts on a subject, and one that wakes late finds its claim void."""

    async def take(self, subject_key: str, job: str, owner: str) -> Claim:
        """Take the subject with a new fence, voiding every older claim."""

    async def check(self, claim: Claim) -> None:
        """Raise `Fenced` if a newer claim exists."""

    async def release(self, claim: Claim) -> None:
        """Give the subject up, if the claim is still valid."""


class Jobs(Protocol):
    """Durable execution: a job handed over runs to its end, also across `kill -9`."""

    async def enqueue(self, job: str, subject_key: str) -> None:
        """Hand one job over; the same key again is a no-op. `job` is `delivery:handler[:attempt]`."""

    async def settled(self, job: str) -> bool:
        """Return True if the job has ended, well or badly."""
