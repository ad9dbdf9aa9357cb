"""What was learned of a repository, as handlers see it, and what texts are compared with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from triagebot.core.values import (
    Issue,
    Label,
)

if TYPE_CHECKING:  # the web process needs the ports, but not numpy's 25 MB
    import numpy as np
    import numpy.typing as npt


Matrix: TypeAlias = "npt.NDArray[np.float32]"


class Embedder(Protocol):
    """Turns texts into vectors. Vectors of embedders with different names are never compared."""

    name: str
    compared: int | None
    """How many of a row's first numbers tell whether two texts are about the same; None for all of them. They have length 1.
    The others tell more about one text by itself, which labels are learned from, too."""

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one row for each text, in order. Raises `ModelUnavailable`."""

    async def close(self) -> None:
        """Let go of connections and threads; nothing is embedded after."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of a repository's issues: row i of `titles` and `bodies` belongs to `numbers[i]`.

    `digests` says for saving what texts they were made from (`PastIssue.text_digest`); left out, the
    texts as they are known now.
    """

    embedder: str
    numbers: npt.NDArray[np.int64]
    titles: Matrix
    bodies: Matrix
    digests: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LabelOpinion:
    """What the label model believes of one label.

    On later issues than it learned from, `right` of the `of` that scored at least as high were right;
    `precision` is what to expect of that, cautious where `of` is small. `words` are words of the text that
    speak for it, `like` are the nearest earlier issues that carry it.
    """

    label: str
    probability: float
    precision: float
    right: int = 0
    of: int = 0
    words: tuple[str, ...] = ()
    like: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelOpinions:
    """Opinions surest first, from a model that learned from `learned_from` issues."""

    learned_from: int
    version: str
    opinions: tuple[LabelOpinion, ...]


RELATED_FROM = 0.03
"""The chance from which an issue is shown as related (docs/adr/0009)."""


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier issue that may be the same, itself no duplicate: the root of what is known to be one.

    `chance` is the calibrated probability that it is the same; `here` and `there` are the sentences of
    both texts that match best, verbatim.
    """

    number: int
    title: str
    url: str
    state: Literal["open", "closed"]
    state_reason: str | None
    chance: float
    here: str
    there: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What became of a label where we put it on: how often people left it there, and took it off."""

    kept: int
    taken_off: int


@dataclass(frozen=True, slots=True)
class Request:
    """What an author was asked for, and whether that was answered or withdrawn."""

    items: tuple[str, ...]
    at: datetime
    answered: bool


class RepoMemory(Protocol):
    """What was learned from one repository, for handlers. Reads only; empty before anything was learned."""

    async def opinions(
        self, issue: Issue, labels: Sequence[Label], voices: Mapping[str, float] | None = None
    ) -> LabelOpinions | None:
        """Return what the label model believes of `labels`, or None while it has learned too little.

        `voices` is what a language model says, by label from 0 to 1; it counts as far as it has been
        right before.
        """

    async def similar(self, issue: Issue, *, limit: int) -> Sequence[Similar]:
        """Return the earlier issues likeliest to be the same, best first, at most one of each cluster.

        None that a person said is not the same; nothing for an issue that is a duplicate of nothing.
        """

    async def request(self, number: int) -> Request | None:
        """Return what the author of the issue was asked for, ever."""

    async def acceptance(self) -> Mapping[str, Acceptance]:
        """Return what became lately of the labels that we put on."""

    async def paused(self, number: int) -> bool:
        """Return True if a person said that nothing is to be done by itself on this issue or pull request."""

    async def told(self, number: int) -> Collection[str]:
        """Return the labels that a person had us put on it, and did not have us take off since."""


class Memory(Protocol):
    """The memories of all repositories."""

    def repository(self, repo_id: int) -> RepoMemory:
        """Return one repository's memory."""
