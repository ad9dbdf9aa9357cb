"""Assignees: added and taken off one by one, and never against what a person decided.

What a person asks for by name outweighs what people decided before, but not what they did since.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from triagebot.core.actions import Assign, Status, Unassign
from triagebot.core.errors import NotFound
from triagebot.github.client import segment
from triagebot.github.outcome import Reply
from triagebot.github.steps import Outcome, Work, Write


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
        events = await work.reader.events(work.target.number)
        removed = {
            event.assignee.casefold()
            for event in (work.since_planned(events) if self.action.asked else events)
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
class Unassigned:
    """These people are not assigned, but for those whom a person assigned."""

    work: Work
    action: Unassign

    async def next(self) -> Outcome | Write:
        """Name the people to take off, in one request that leaves the others."""
        work = self.work
        unwanted = {login.casefold() for login in self.action.assignees}
        present = [login for login in work.issue.assignees if login.casefold() in unwanted]
        if not present:
            return work.reached()
        by_us = {
            event.assignee.casefold(): work.me.made(event.actor, event.app_id)
            for event in await work.reader.events(work.target.number)
            if event.event == "assigned" and event.assignee
        }
        removable = [login for login in present if by_us.get(login.casefold())]
        refused = " ".join(
            f"{login} was assigned by a person." for login in present if login not in removable
        )
        if not removable:
            if work.wrote or work.uncertain:
                return work.reached(refused)
            return Outcome(Status.REFUSED, refused, work.issue.url)

        async def removed(_: Reply) -> Outcome | None:
            return work.reached(refused)

        return Write("DELETE", f"{work.issue_path}/assignees", {"assignees": removable}, then=removed)
