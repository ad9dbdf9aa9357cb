r"""What happened in a project before the story begins: how it is written down, and how it comes into a world.

One issue is two lines or more:

    [bug, -enhancement, area/moon | same as TITLE OF AN EARLIER ONE] Title
    Body, up to the next line that begins with a bracket.

Labels in the brackets were put on by a maintainer; one with a minus was put on by mistake and taken off
again. After `|` stands the end: `open`, `not planned`, or `same as …`; nothing means closed as completed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Literal

from triagebot.simulator.model import Issue
from triagebot.simulator.world import World

End = Literal["completed", "open", "not_planned", "duplicate"]

SPAN = timedelta(days=730)
"""How long before the story the first issue was opened."""
LABELLED_AFTER, MENDED_AFTER, CLOSED_AFTER = timedelta(hours=5), timedelta(hours=20), timedelta(days=4)

AUTHORS = (
    *("reed-warbler", "anke-on-sea", "b-okafor", "quietfolder", "lugworm", "pilar-del-rio", "sam-i-sail"),
    *("noor-h", "tidepool-tess", "grandpa-joe-1949", "mizuhiki", "dockside", "frances-w", "ivo-k", "heron88"),
    *("wet-fold", "captain-nobody", "lighthouse-lu", "origami-otto", "zsofi"),
)

_HEAD = re.compile(r"^\[(?P<labels>[^\]|]+)(?:\| *(?P<end>[^\]]+))?\] (?P<title>.+)$")


@dataclass(frozen=True, slots=True)
class Bygone:
    """One past issue. `mistaken` are labels that a maintainer put on and took off again."""

    title: str
    body: str
    labels: tuple[str, ...]
    mistaken: tuple[str, ...] = ()
    end: End = "completed"
    same_as: str = ""


class _Then:
    """A clock that shows what it was set to."""

    def __init__(self, now: datetime) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def read(text: str) -> tuple[Bygone, ...]:
    """Return the issues written down in `text`; ValueError where it does not begin with one."""
    found: list[Bygone] = []
    for part in re.split(r"\n(?=\[)", text.strip()):
        head, _, body = part.partition("\n")
        match = _HEAD.match(head)
        if match is None:
            raise ValueError(f"not the head of a past issue: {head!r}")
        names = [name.strip() for name in match["labels"].split(",")]
        end, same_as = _end((match["end"] or "").strip())
        found.append(
            Bygone(
                title=match["title"],
                body=body,
                labels=tuple(name for name in names if not name.startswith("-")),
                mistaken=tuple(name[1:] for name in names if name.startswith("-")),
                end=end,
                same_as=same_as,
            )
        )
    return tuple(found)


def _end(words: str) -> tuple[End, str]:
    if words.startswith("same as "):
        return "duplicate", words.removeprefix("same as ")
    ends: dict[str, End] = {"": "completed", "open": "open", "not planned": "not_planned"}
    return ends[words], ""


def live(world: World, where: str, past: Sequence[Bygone], by: Sequence[str]) -> None:
    """Let the past happen in the order given, spread over `SPAN` up to now; `by` are the maintainers.

    KeyError for a duplicate of what did not happen before it.
    """
    clock, now = world.clock, world.clock.now()
    people = zip(cycle(AUTHORS), cycle(by), past, strict=False)
    try:
        for place, (author, maintainer, bygone) in enumerate(people):
            then = _Then(now - SPAN * (len(past) - place) / len(past))
            world.clock = then
            issue = world.open_issue(where, author, bygone.title, bygone.body)
            _judge(world, then, issue, bygone, maintainer)
            _close(world, then, issue, bygone, maintainer)
    finally:
        world.clock = clock


def _judge(world: World, clock: _Then, issue: Issue, bygone: Bygone, by: str) -> None:
    opened = clock.moment
    clock.moment = opened + LABELLED_AFTER
    for label in bygone.labels + bygone.mistaken:
        world.add_label(issue.repo, issue.number, label, by=by)
    clock.moment = opened + MENDED_AFTER
    for label in bygone.mistaken:
        world.remove_label(issue.repo, issue.number, label, by=by)


def _close(world: World, clock: _Then, issue: Issue, bygone: Bygone, by: str) -> None:
    if bygone.end == "open":
        return
    clock.moment += CLOSED_AFTER
    if bygone.end == "duplicate":
        number = {each.title: each.number for each in issue.repo.issues.values()}[bygone.same_as]
        world.comment(issue.repo, issue.number, by, f"Duplicate of #{number}")
    world.close(issue.repo, issue.number, by=by, reason=bygone.end)
