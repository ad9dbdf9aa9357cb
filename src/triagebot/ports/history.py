"""The past of repositories, and what was fitted to it, as the memory keeps them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from triagebot.core.history import LabelChange, PastIssue
from triagebot.core.lessons import Heard
from triagebot.ports.memory import Matrix, Request, Vectors


@dataclass(frozen=True, slots=True)
class Pairing:
    """Issue `number` is the same as the issue `of`, or is not; `of` 0 with `same` False: as no issue.

    `own`: its author says so, who may not triage.
    """

    number: int
    of: int
    same: bool
    own: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reading a repository's past has come. `issues_since` and `events_page` say where to go on."""

    repo: str
    issues_since: str = ""
    events_page: str = ""
    complete_at: datetime | None = None


class History(Protocol):
    """The past of repositories, by the repository's id: what the memory learns from. Raises `StoreUnavailable`."""

    async def save(self, repo_id: int, issues: Sequence[PastIssue], progress: Progress | None = None) -> None:
        """Put issues in, each replacing what was known of it unless that is newer, with the progress.

        What an issue does not say (`changes` None, `duplicate_of` None) is kept as it was known.
        """

    async def save_changes(
        self, repo_id: int, changes: Mapping[int, Sequence[LabelChange]], progress: Progress
    ) -> None:
        """Add label changes to issues by number, none twice, with the progress."""

    async def progress(self, repo_id: int) -> Progress | None:
        """Return how far `learn` has come."""

    async def repositories(self) -> Mapping[int, Progress]:
        """Return every repository that something is known of, by its id."""

    async def issue(self, repo_id: int, number: int) -> PastIssue | None:
        """Return one issue."""

    async def issues(self, repo_id: int, *, after: int = 0, limit: int = 1000) -> Sequence[PastIssue]:
        """Return the issues with a number above `after`, by number."""

    async def some(self, repo_id: int, numbers: Sequence[int]) -> Mapping[int, PastIssue]:
        """Return these issues, by number."""

    async def count(self, repo_id: int) -> int:
        """Return how many issues are known."""

    async def find(self, repo_id: int, text: str, *, limit: int) -> Sequence[tuple[int, float]]:
        """Return the numbers of the issues that share the most telling words with `text`, best first.

        `text` is any text, never a query language. The scores are positive and comparable within one call.
        """

    async def words(self, repo_id: int, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Return the words under which these issues are found, by number: those of `core.words.findable`."""

    async def vectors(
        self, repo_id: int, embedder: str, *, first: int | None = None, after: int = 0
    ) -> Vectors:
        """Return the vectors of all issues above `after`, by number, or only the `first` numbers of each vector."""

    async def vectors_of(self, repo_id: int, embedder: str, issue: PastIssue) -> tuple[Matrix, Matrix] | None:
        """Return the vectors of an issue's title and body, if there are any of the text that it has."""

    async def save_vectors(self, repo_id: int, vectors: Vectors) -> None:
        """Put vectors in. Those of other embedders stay until `forget_vectors`."""

    async def without_vectors(self, repo_id: int, embedder: str, *, limit: int) -> Sequence[PastIssue]:
        """Return issues whose text has changed since its vectors, or that have none; newest first."""

    async def forget_vectors(self, *, but: str) -> None:
        """Drop the vectors of every other embedder."""

    async def model(self, repo_id: int, kind: str) -> StoredModel | None:
        """Return the newest model of a kind ("labels", "voices")."""

    async def save_model(self, repo_id: int, kind: str, model: StoredModel) -> None:
        """Put a model in the place of the one before it."""

    async def pairings(self, repo_id: int) -> Sequence[Pairing]:
        """Return what people said about which issues are the same, oldest first; the last word counts."""

    async def request(self, repo_id: int, number: int) -> Request | None:
        """Return what the author of the issue was asked for, ever."""

    async def heard(self, repo_id: int) -> Sequence[tuple[int, Heard]]:
        """Return what language models said of labels, by issue number, oldest first."""

    async def paused(self, repo_id: int, number: int) -> bool:
        """Return True if the last that a person said of it was to pause."""

    async def told(self, repo_id: int, number: int) -> Collection[str]:
        """Return the labels that a person had us put on it, and did not have us take off since."""


class Growth(Protocol):
    """What changed in repositories' pasts: cheap questions, asked often. Raises `StoreUnavailable`."""

    async def model_head(self, repo_id: int, kind: str) -> StoredModel | None:
        """Return the newest model of a kind without its bytes."""

    async def vector_count(self, repo_id: int, embedder: str) -> int:
        """Return how many issues have vectors of this embedder."""

    async def decisions_since(self, repo_id: int, since: datetime) -> int:
        """Return how often people have put a label on or taken one off since then."""

    async def labelled_by(self, repo_id: int, app_id: int, since: datetime, *, limit: int) -> Sequence[int]:
        """Return the numbers of the issues that this App put a label on since then, latest first."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model as bytes. `version` changes with each fit; `learned_from` issues, the newest `newest`."""

    version: str
    learned_from: int
    newest: int
    fitted_at: datetime
    body: bytes
