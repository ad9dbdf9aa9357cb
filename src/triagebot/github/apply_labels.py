"""Labels: added without touching the others, and never against what a person decided.

What a person asks for by name outweighs what people decided before, but not what they did since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from triagebot.core.actions import AddLabels, RemoveLabels, Status
from triagebot.core.errors import NotFound, Refused
from triagebot.core.values import IssueEvent
from triagebot.github.client import segment
from triagebot.github.steps import Outcome, Work, Write


def _fold(names: Iterable[str]) -> set[str]:
    """GitHub compares labels without regard to case."""
    return {name.casefold() for name in names}


def _taken_off(events: Iterable[IssueEvent]) -> set[str]:
    """Return the labels that were ever taken off: by anybody, and by this App, which a person told to."""
    return _fold(event.label for event in events if event.event == "unlabeled" and event.label)


def _end(work: Work, refused: list[str]) -> Outcome:
    """Return the end, given a line for each label that was left as it is."""
    detail = " ".join(refused)
    if refused and not (work.wrote or work.uncertain):
        return Outcome(Status.REFUSED, detail, work.issue.url)
    return work.reached(detail)


@dataclass
class LabelsAdded:
    """The subject carries the labels, but for those that a person took off or nobody defined."""

    work: Work
    action: AddLabels
    _defined: dict[str, str] | None = field(default=None, init=False)

    async def next(self) -> Outcome | Write:
        """Name the labels still missing, in one additive request."""
        work = self.work
        present = _fold(work.issue.labels)
        missing = [name for name in dict.fromkeys(self.action.labels) if name.casefold() not in present]
        if not missing:
            return work.reached()
        defined = await self._spellings()
        events = await work.reader.events(work.target.number)
        taken_off = _taken_off(work.since_planned(events) if self.action.asked else events)
        add, refused = [], []
        for name in missing:
            if name.casefold() not in defined:
                refused.append(f"{name!r} is not a label of this repository.")
            elif name.casefold() in taken_off:
                refused.append(f"{name!r} was taken off by a person.")
            else:
                add.append(defined[name.casefold()])
        if not add:
            partly = len(missing) < len(set(self.action.labels))
            return work.reached(" ".join(refused)) if partly else _end(work, refused)

        async def added(_: object) -> Outcome | None:
            return _end(work, refused)

        return Write("POST", f"{work.issue_path}/labels", {"labels": add}, then=added)

    async def _spellings(self) -> dict[str, str]:
        if self._defined is None:
            self._defined = {label.name.casefold(): label.name for label in await self.work.reader.labels()}
        return self._defined


@dataclass
class LabelsRemoved:
    """The subject does not carry the labels, but for those that a person put on."""

    work: Work
    action: RemoveLabels

    async def next(self) -> Outcome | Write:
        """Name the next label to take off."""
        work = self.work
        unwanted = _fold(self.action.labels)
        present = [name for name in work.issue.labels if name.casefold() in unwanted]
        if not present:
            return work.reached()
        kept = self._kept(present, await work.reader.events(work.target.number))
        refused = [f"{name!r} was put on by a person." for name in kept]
        removable = [name for name in present if name not in kept]
        if not removable:
            return _end(work, refused)

        def vanished(error: Refused) -> Outcome | None:
            if isinstance(error, NotFound):  # somebody was quicker
                return None
            raise error

        return Write("DELETE", f"{work.issue_path}/labels/{segment(removable[0])}", refused=vanished)

    def _kept(self, present: list[str], events: list[IssueEvent]) -> list[str]:
        """Return the labels whose latest labelling is not ours; asked for, only those put on since."""
        made = self.work.me.made
        if self.action.asked:
            since = self.work.since_planned(events)
            put_on = [event for event in since if not made(event.actor, event.app_id)]
            people = _fold(event.label for event in put_on if event.event == "labeled" and event.label)
            return [name for name in present if name.casefold() in people]
        latest = {
            event.label.casefold(): made(event.actor, event.app_id)
            for event in events
            if event.event == "labeled" and event.label
        }
        return [name for name in present if not latest.get(name.casefold())]
