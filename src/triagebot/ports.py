"""What the parts ask of each other: Protocols only, narrow, named for who needs them.

`app.py` is the only place that knows which class stands behind which port.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel

from triagebot.core.actions import Plan, Receipt, Usage
from triagebot.core.history import LabelChange, PastIssue
from triagebot.core.lessons import Heard
from triagebot.core.values import (
    CheckAnnotation,
    CheckRun,
    Comment,
    Comparison,
    DiffComment,
    Issue,
    IssueEvent,
    Label,
    Permission,
    PullFile,
    PullRequest,
    Reaction,
    Review,
)

if TYPE_CHECKING:  # the web process needs the ports, but not numpy's 25 MB
    import numpy as np
    import numpy.typing as npt

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

    async def folder(self, path: str) -> list[str]:
        """Return the paths of the files in a folder of the default branch; empty if there is none."""

    async def assignable(self, login: str) -> bool:
        """Return True if `login` can be assigned to issues here."""

    async def team_members(self, team: str) -> list[str]:
        """Return the logins of a team of the owner ("parsers"); empty if there is none or no access."""

    async def reactions(self, comment_id: int) -> list[Reaction]:
        """Return every reaction to a comment of an issue or pull request."""

    async def reviews(self, number: int) -> list[Review]:
        """Return the submitted reviews of a pull request, oldest first."""

    async def diff_comments(self, number: int) -> list[DiffComment]:
        """Return every comment on lines of a pull request's diff, oldest first."""

    async def compare(self, base: str, head: str) -> Comparison | None:
        """Return what `head` changes against its merge base with `base`; None if either is unknown."""

    def archive(self, ref: str, *, max_bytes: int) -> AsyncIterator[tuple[str, bytes]]:
        """Yield (path, content) of the regular files of the commit `ref`, from one download.

        Files above a megabyte, links, submodules and what `export-ignore` names are left out. Raises
        `ArchiveTooLarge` once the packed download exceeds `max_bytes`, or the unpacked one twenty times as
        much, `DownloadTooSlow` after minutes of waiting for it, and `NotFound` for an unknown commit; nothing
        is kept on disk or in memory meanwhile.
        """

    async def check_runs(self, ref: str) -> list[CheckRun]:
        """Return the latest check run of each name for a commit; empty if the App may not see them."""

    async def check_annotations(self, check_run_id: int) -> list[CheckAnnotation]:
        """Return a check run's annotations, at most 500."""

    async def job_log(self, job_id: int, *, max_bytes: int) -> str | None:
        """Return the last `max_bytes` of a job's log as text; None if it is gone or the App may not see it."""


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

    @property
    def judges(self) -> bool:
        """False for one that is too small to judge: it writes, but what it says of labels is chance."""

    async def complete(
        self, prompt: str, schema: type[Answer], variables: Mapping[str, object]
    ) -> Completion[Answer]:
        """Render the prompt file `prompt` with `variables`, ask, and return a valid `schema`.

        Raises `ModelUnavailable`, `InvalidAnswer` or `BudgetSpent`; never returns unvalidated text. A
        prompt that wants a judgement is not put to an endpoint that cannot judge.
        """


class Models(Protocol):
    """Hands out a `Model` for a job; None where the operator configured none, which is supported."""

    def bind(self, *, repo: str, job: str, tokens_per_day: int | None) -> Model | None:
        """Return the model for one job of `repo` ("owner/name")."""


# --- Memory -----------------------------------------------------------------------------------

Matrix: TypeAlias = "npt.NDArray[np.float32]"


class Embedder(Protocol):
    """Turns texts into vectors. Vectors of embedders with different names are never compared."""

    name: str

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one row of length 1 for each text, in order. Raises `ModelUnavailable`."""

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


RELATED_FROM = 0.046
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

    async def vectors(self, repo_id: int, embedder: str) -> Vectors:
        """Return every vector of one embedder, ordered by number."""

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


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many more requests GitHub takes from the installation before `resets_at`, of `limit` an hour."""

    limit: int
    remaining: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class PastPage:
    """Issues and pull requests, least recently changed first; `more` if others follow on the next page."""

    issues: Sequence[PastIssue]
    more: bool
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Label changes by issue number, each issue's oldest first, from the events `oldest` to `newest`.

    `pages` is how many there are now; `cut` if GitHub has older ones and shows none of them.
    """

    changes: Mapping[int, Sequence[LabelChange]]
    newest: int
    oldest: int
    more: bool
    pages: int = 1
    cut: bool = False
    allowance: Allowance | None = None


class HistoryReader(Protocol):
    """Reads one repository's past from GitHub in bulk. Raises as `GitHubReader` does."""

    async def newest_number(self) -> int:
        """Return the highest number of an issue or pull request; 0 if there is none."""

    async def issues(self, since: str, page: int) -> PastPage:
        """Return a page, from 1, of what was changed at `since` (ISO 8601, "" for ever) or later."""

    async def changes(self, page: int) -> ChangesPage:
        """Return a page, from 1, of the repository's label changes, newest first."""


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
