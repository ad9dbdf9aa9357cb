"""Plans, what became of them, and the writes that carry them out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from triagebot.core.actions import Plan, Receipt
from triagebot.ports.work import Claim


class Plans(Protocol):
    """What the runner needs."""

    async def plan(self, key: str) -> Plan | None:
        """Return the saved plan of a job."""

    async def save_plan(self, plan: Plan, claim: Claim) -> Plan:
        """Save the plan once; a plan already saved under this key wins and is returned. `Fenced` if void."""

    async def receipts(self, key: str) -> Sequence[Receipt]:
        """Return the receipts so far, in order."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A saved plan that asked for something, what became of each action, and what the delivery was."""

    plan: Plan
    receipts: tuple[Receipt, ...]
    event: str
    received_at: datetime


class Record(Protocol):
    """What we did on one subject, for `why` and `undo`. Reads only. Raises `StoreUnavailable`."""

    async def entries(self, *, limit: int) -> Sequence[Entry]:
        """Return the newest plans of this subject that answered a command or did more than react, newest first.

        So comments that come to nothing, which anybody can write, do not hide what was done before.
        """

    async def commands_since(self, since: datetime, *, but: str = "") -> int:
        """Return how many plans since then answered a command on this subject, but for the delivery `but`'s."""

    async def made(self, slot: str) -> bool:
        """Return True if we ever wrote our comment `slot` on this subject, also where it was deleted since."""


class Records(Protocol):
    """The records of all subjects."""

    def of(self, subject_key: str) -> Record:
        """Return one subject's record."""


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
