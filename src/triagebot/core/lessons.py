"""What a handler wants remembered: facts about the plan's subject, kept with the plan, exactly once.

Like an action, a lesson names no repository and no subject of its own: both are bound by code from the
delivery. Numbers of other issues in it were written by a person with the right to, never by a model.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from triagebot.core.base import Value
from triagebot.core.history import PastIssue


class Saw(Value):
    """The subject looks like this now; replaces what was known of it."""

    kind: Literal["saw"] = "saw"
    issue: PastIssue


class Forget(Value):
    """The subject was deleted or moved away: nothing of it is kept."""

    kind: Literal["forget"] = "forget"


class Paired(Value):
    """Somebody said that the subject is a duplicate of `of`, or (`same` False) is not.

    `of` None with `same` False: a duplicate of nothing, so never say so again.
    `own`: its author says so, who may not triage; then it speaks for this issue alone.
    """

    kind: Literal["paired"] = "paired"
    of: int | None = Field(default=None, ge=1)
    same: bool = True
    own: bool = False


class Suggested(Value):
    """Our comment names these earlier issues as related, with what we believed of each."""

    kind: Literal["suggested"] = "suggested"
    numbers: tuple[int, ...] = ()
    chances: tuple[float, ...] = ()


class Asked(Value):
    """Our comment asks the author for these things. Only the first time counts."""

    kind: Literal["asked"] = "asked"
    items: tuple[str, ...]


class Answered(Value):
    """The request was answered or withdrawn: it is not made again."""

    kind: Literal["answered"] = "answered"


class Heard(Value):
    """What a language model said of the subject's labels, by name from 0 to 1, and the label model before it."""

    kind: Literal["heard"] = "heard"
    model: str
    voices: dict[str, float]
    before: dict[str, float]


class Voted(Value):
    """How people with the right to triage reacted to our comment."""

    kind: Literal["voted"] = "voted"
    up: int = Field(ge=0)
    down: int = Field(ge=0)


class Labelled(Value):
    """A person had us put these labels on (`on`) or take them off: that is that person's decision.

    GitHub's own events will name us. Whatever is kept of the subject's label changes says it was a person.
    It is learned before GitHub is asked, and stays so where GitHub refuses: what was said of the subject is
    no less true, and what people did with the label since is a later entry.
    """

    kind: Literal["labelled"] = "labelled"
    labels: tuple[str, ...] = Field(min_length=1)
    on: bool


class Paused(Value):
    """Nothing more is done on the subject by itself, until somebody resumes it (`paused` False)."""

    kind: Literal["paused"] = "paused"
    paused: bool


Lesson = Annotated[
    Saw | Forget | Paired | Suggested | Asked | Answered | Heard | Voted | Labelled | Paused,
    Field(discriminator="kind"),
]
