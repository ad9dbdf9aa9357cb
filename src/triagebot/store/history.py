"""The past of repositories in the database that everything else is in.

Whoever writes here may have much to write and is never in a hurry, while the intake of deliveries is:
so everything large goes in small transactions, each of which is complete in itself, and what says how
far it has come goes with the last of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Connection, delete, func, select

from triagebot.core.history import LabelChange, PastIssue
from triagebot.core.lessons import Asked, Heard, Labelled, Paired, Paused
from triagebot.ports import Matrix, Pairing, Progress, Request, StoredModel, Vectors
from triagebot.store import find
from triagebot.store.engine import Database
from triagebot.store.history_rows import forget_issue, name_repository, put_changes, put_issues, take_issues
from triagebot.store.memory_tables import (
    label_changes,
    learning,
    lessons,
    models,
    past_issues,
    past_vectors,
)
from triagebot.store.schema import clean, indexable, insert
from triagebot.store.vectors import drop_vectors, issues_without, put_vectors, read_vector, read_vectors

ROWS = 25
CHARACTERS = 50_000
"""The most that one transaction writes: some 15 ms, most of it for the words of the texts."""
ASKED = 500
"""How many numbers one query names."""


class SqlHistory:
    """Implements `ports.History`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, repo_id: int, issues: Sequence[PastIssue], progress: Progress | None = None) -> None:
        """Put issues in, each replacing what was known of it unless that is newer, with the progress."""
        chunks = list(_chunks(issues)) or [()]
        for chunk in chunks[:-1]:
            await self._database.write(_saving(repo_id, chunk, None))
        await self._database.write(_saving(repo_id, chunks[-1], progress))

    async def save_changes(
        self, repo_id: int, changes: Mapping[int, Sequence[LabelChange]], progress: Progress
    ) -> None:
        """Add label changes to issues by number, none twice, with the progress."""

        def work(connection: Connection) -> None:
            put_changes(connection, repo_id, changes)
            _put_progress(connection, repo_id, progress)

        await self._database.write(work)

    async def progress(self, repo_id: int) -> Progress | None:
        """Return how far `learn` has come."""
        return (await self._progress(learning.c.repo_id == repo_id)).get(repo_id)

    async def repositories(self) -> Mapping[int, Progress]:
        """Return every repository that something is known of, by its id."""
        return await self._progress(learning.c.repo_id.is_not(None))

    async def issue(self, repo_id: int, number: int) -> PastIssue | None:
        """Return one issue."""
        return (await self.some(repo_id, [number])).get(number)

    async def issues(self, repo_id: int, *, after: int = 0, limit: int = 1000) -> Sequence[PastIssue]:
        """Return the issues with a number above `after`, by number."""
        return await self._database.read(
            lambda connection: take_issues(connection, repo_id, past_issues.c.number > after, limit)
        )

    async def some(self, repo_id: int, numbers: Sequence[int]) -> Mapping[int, PastIssue]:
        """Return these issues, by number."""

        def work(connection: Connection) -> dict[int, PastIssue]:
            found: dict[int, PastIssue] = {}
            for start in range(0, len(numbers), ASKED):
                which = past_issues.c.number.in_(list(numbers[start : start + ASKED]))
                for issue in take_issues(connection, repo_id, which, ASKED):
                    found[issue.number] = issue
            return found

        return await self._database.read(work)

    async def count(self, repo_id: int) -> int:
        """Return how many issues are known."""
        query = select(func.count()).where(past_issues.c.repo_id == repo_id)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def find(self, repo_id: int, text: str, *, limit: int) -> Sequence[tuple[int, float]]:
        """Return the numbers of the issues that share the most telling words with `text`, best first."""
        return await self._database.read(lambda connection: find.find(connection, repo_id, text, limit))

    async def words(self, repo_id: int, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Return the words under which these issues are found, by number."""
        return await self._database.read(lambda connection: find.words_of(connection, repo_id, numbers))

    async def vectors(
        self, repo_id: int, embedder: str, *, first: int | None = None, after: int = 0
    ) -> Vectors:
        """Return the vectors of all issues above `after`, by number, or only the `first` numbers of each vector."""
        return await self._database.read(
            lambda connection: read_vectors(connection, repo_id, indexable(embedder), first, after)
        )

    async def vectors_of(self, repo_id: int, embedder: str, issue: PastIssue) -> tuple[Matrix, Matrix] | None:
        """Return the vectors of an issue's title and body, if there are any of the text that it has."""
        return await self._database.read(
            lambda connection: read_vector(connection, repo_id, indexable(embedder), issue)
        )

    async def save_vectors(self, repo_id: int, vectors: Vectors) -> None:
        """Put vectors in. Those of other embedders stay until `forget_vectors`."""
        name = indexable(vectors.embedder)
        digests = vectors.digests or ("",) * len(vectors.numbers)
        for start in range(0, len(vectors.numbers), ROWS):
            rows = [
                (
                    int(vectors.numbers[i]),
                    digests[i],
                    vectors.titles[i].astype("<f4").tobytes(),
                    vectors.bodies[i].astype("<f4").tobytes(),
                )
                for i in range(start, min(start + ROWS, len(vectors.numbers)))
            ]
            await self._database.write(partial(put_vectors, repo_id=repo_id, embedder=name, rows=rows))

    async def without_vectors(self, repo_id: int, embedder: str, *, limit: int) -> Sequence[PastIssue]:
        """Return issues whose text has changed since its vectors, or that have none; newest first."""
        return await self._database.read(
            lambda connection: issues_without(connection, repo_id, indexable(embedder), limit)
        )

    async def forget_vectors(self, *, but: str) -> None:
        """Drop the vectors of every other embedder."""
        while await self._database.write(lambda connection: drop_vectors(connection, indexable(but))):
            pass

    async def model(self, repo_id: int, kind: str) -> StoredModel | None:
        """Return the newest model of a kind."""
        columns = [models.c[name] for name in ("version", "learned_from", "newest", "fitted_at", "body")]
        query = select(*columns).where(models.c.repo_id == repo_id, models.c.kind == kind)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else StoredModel(*row)

    async def save_model(self, repo_id: int, kind: str, model: StoredModel) -> None:
        """Put a model in the place of the one before it."""
        values = {
            "version": model.version,
            "learned_from": model.learned_from,
            "newest": model.newest,
            "fitted_at": model.fitted_at,
            "body": model.body,
        }

        def work(connection: Connection) -> None:
            statement = insert(connection, models).values(repo_id=repo_id, kind=kind, **values)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["repo_id", "kind"], set_=values)
            )

        await self._database.write(work)

    async def pairings(self, repo_id: int) -> Sequence[Pairing]:
        """Return what people said about which issues are the same, oldest first; the last word counts."""
        said = await self._lessons(repo_id, "paired")
        pairs = ((number, Paired.model_validate_json(body)) for number, _, body in said)
        return [Pairing(number, paired.of or 0, paired.same, paired.own) for number, paired in pairs]

    async def request(self, repo_id: int, number: int) -> Request | None:
        """Return what the author of the issue was asked for, ever."""
        asked = await self._lessons(repo_id, "asked", number)
        if not asked:
            return None
        answered = await self._lessons(repo_id, "answered", number)
        _, at, body = asked[0]
        return Request(Asked.model_validate_json(body).items, at, bool(answered))

    async def heard(self, repo_id: int) -> Sequence[tuple[int, Heard]]:
        """Return what language models said of labels, by issue number, oldest first."""
        said = await self._lessons(repo_id, "heard")
        return [(number, Heard.model_validate_json(body)) for number, _, body in said]

    async def paused(self, repo_id: int, number: int) -> bool:
        """Return True if the last that a person said of it was to pause."""
        said = await self._lessons(repo_id, "paused", number)
        return bool(said) and Paused.model_validate_json(said[-1][2]).paused

    async def told(self, repo_id: int, number: int) -> Collection[str]:
        """Return the labels that a person had us put on it, and did not have us take off since."""
        labels: set[str] = set()
        for _, _, body in await self._lessons(repo_id, "labelled", number):
            said = Labelled.model_validate_json(body)
            labels = labels | set(said.labels) if said.on else labels - set(said.labels)
        return labels

    async def forget(self, repo_id: int) -> int:
        """Drop everything that is known of a repository, and return how many issues that were."""
        known = select(past_issues.c.number).where(past_issues.c.repo_id == repo_id).limit(ROWS)

        def some(connection: Connection) -> int:
            numbers = connection.execute(known).scalars().all()
            for number in numbers:
                forget_issue(connection, repo_id, number)
            return len(numbers)

        def rest(connection: Connection) -> None:
            for table in (learning, models, lessons, label_changes, past_vectors):
                connection.execute(delete(table).where(table.c.repo_id == repo_id))

        total = 0
        while gone := await self._database.write(some):
            total += gone
        await self._database.write(rest)
        return total

    async def _progress(self, which: ColumnElement[bool]) -> dict[int, Progress]:
        query = select(learning).where(which).order_by(learning.c.repo_id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {
            row.repo_id: Progress(row.repo, row.issues_since, row.events_page, row.complete_at)
            for row in rows
        }

    async def _lessons(
        self, repo_id: int, kind: str, number: int | None = None
    ) -> Sequence[tuple[int, datetime, str]]:
        query = select(lessons.c.number, lessons.c.at, lessons.c.body).where(
            lessons.c.repo_id == repo_id, lessons.c.kind == kind
        )
        if number is not None:
            query = query.where(lessons.c.number == number)
        rows = await self._database.read(
            lambda connection: connection.execute(query.order_by(lessons.c.id)).all()
        )
        return [(row.number, row.at, row.body) for row in rows]


def _saving(
    repo_id: int, issues: Sequence[PastIssue], progress: Progress | None
) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        put_issues(connection, repo_id, issues)
        if progress is not None:
            _put_progress(connection, repo_id, progress)
        else:
            name_repository(connection, repo_id, "")

    return work


def _put_progress(connection: Connection, repo_id: int, progress: Progress) -> None:
    values = {
        "repo": clean(progress.repo),
        "issues_since": progress.issues_since,
        "events_page": progress.events_page,
        "complete_at": progress.complete_at,
    }
    statement = insert(connection, learning).values(repo_id=repo_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["repo_id"], set_=values))


def _chunks(issues: Sequence[PastIssue]) -> Iterator[Sequence[PastIssue]]:
    """Yield the issues in parts that one transaction may write."""
    start = size = 0
    for i, issue in enumerate(issues):
        length = len(issue.title) + len(issue.body)
        if i > start and (i - start >= ROWS or size + length > CHARACTERS):
            yield issues[start:i]
            start, size = i, 0
        size += length
    if issues:
        yield issues[start:]
