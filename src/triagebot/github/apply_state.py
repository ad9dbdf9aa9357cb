"""State, assignees and reactions: small writes that GitHub itself makes idempotent."""

from __future__ import annotations

from dataclasses import dataclass, field

from triagebot.core.actions import Assign, React, SetState, Status
from triagebot.core.errors import NotFound, Refused
from triagebot.github.client import segment
from triagebot.github.outcome import Reply
from triagebot.github.steps import Outcome, Work, Write


@dataclass
class StateSet:
    """The subject is open or closed, unless a person decided otherwise later."""

    work: Work
    action: SetState

    async def next(self) -> Outcome | Write:
        """Name the change of state, if it is still ours to make."""
        work = self.work
        if work.issue.state == self.action.state:
            return work.reached()
        if who := await self._decided_by():
            return Outcome(Status.REFUSED, f"{who} changed the state since.", work.issue.url)
        change: dict[str, str] = {"state": self.action.state}
        if self.action.reason and not work.issue.is_pull_request:
            change["state_reason"] = self.action.reason

        async def changed(_: Reply) -> Outcome | None:
            return work.reached()

        return Write("PATCH", work.issue_path, change, then=changed)

    async def _decided_by(self) -> str | None:
        """Return who changed the state after us, or after the plan was made; None if nobody."""
        work = self.work
        changes = [
            event
            for event in await work.reader.events(work.target.number)
            if event.event in ("closed", "reopened", "merged")
        ]
        if not changes or work.me.made(changes[-1].actor, changes[-1].app_id):
            return None
        last = changes[-1]
        we_did_before = any(work.me.made(event.actor, event.app_id) for event in changes)
        planned = work.plan.created_at.replace(microsecond=0)  # GitHub tells time in whole seconds
        if we_did_before or last.created_at >= planned:
            return last.actor.login if last.actor else "A person"
        return None


@dataclass
class Assigned:
    """These people are assigned, but for those who cannot be and those whom a person unassigned."""

    work: Work
    action: Assign
    _assignable: dict[str, bool] = field(default_factory=dict, init=False)

    async def next(self) -> Outcome | Write:
        """Name the people still missing, in one additive request."""
        work = self.work
        present = {login.casefold() for login in work.issue.assignees}
        missing = [name for name in dict.fromkeys(self.action.assignees) if name.casefold() not in present]
        if not missing:
            return work.reached()
        removed = {
            event.assignee.casefold()
            for event in await work.reader.events(work.target.number)
            if event.event == "unassigned" and event.assignee and not work.me.made(event.actor, event.app_id)
        }
        add, refused = [], []
        for name in missing:
            if name.casefold() in removed:
                refused.append(f"{name} was unassigned by a person.")
            elif not await self._may(name):
                refused.append(f"{name} cannot be assigned here.")
            else:
                add.append(name)
        if not add:
            if len(missing) == len(set(self.action.assignees)) and not (work.wrote or work.uncertain):
                return Outcome(Status.REFUSED, " ".join(refused), work.issue.url)
            return work.reached(" ".join(refused))

        async def added(_: Reply) -> Outcome | None:
            return work.reached(" ".join(refused))

        return Write("POST", f"{work.issue_path}/assignees", {"assignees": add}, then=added)

    async def _may(self, login: str) -> bool:
        if login not in self._assignable:
            path = f"{self.work.base}/assignees/{segment(login)}"
            try:
                await self.work.client.get(self.work.installation, path)
            except NotFound:
                self._assignable[login] = False
            else:
                self._assignable[login] = True
        return self._assignable[login]


@dataclass
class Reacted:
    """We reacted. GitHub answers 200 instead of 201 where the reaction is there already."""

    work: Work
    action: React

    async def next(self) -> Outcome | Write:
        """Name the reaction."""
        work, action = self.work, self.action
        if action.comment_id is None:
            thing = work.issue_path
        elif action.review_comment:
            thing = f"{work.base}/pulls/comments/{action.comment_id}"
        else:
            thing = f"{work.base}/issues/comments/{action.comment_id}"

        async def reacted(reply: Reply) -> Outcome | None:
            if reply.status == 200 and not work.uncertain:
                return Outcome(Status.UNCHANGED, url=work.issue.url)
            return work.reached()

        def deleted(error: Refused) -> Outcome | None:
            if isinstance(error, NotFound):
                return Outcome(Status.STALE, "The comment was deleted.", work.issue.url)
            raise error

        return Write("POST", f"{thing}/reactions", {"content": action.content}, then=reacted, refused=deleted)
