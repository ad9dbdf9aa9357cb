"""The vectors of past issues as rows: float32 numbers, with the embedder's name and the text's digest.

A repository of 50,000 issues has 300 MB of them with the local embedder, so they are read row by row into one block
of memory that is made for them before, and only as much of each as is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, delete, func, or_, select

from triagebot.core.history import PastIssue
from triagebot.ports import Matrix, Vectors
from triagebot.store.history_rows import take_issues
from triagebot.store.memory_tables import past_issues, past_vectors
from triagebot.store.schema import insert

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_V = past_vectors.c
_READ = 2000
_DROP = 200


def read_vectors(
    connection: Connection, repo_id: int, embedder: str, first: int | None = None, after: int = 0
) -> Vectors:
    """Return the vectors of all issues above `after`, by number, or only the `first` numbers of each vector."""
    import numpy as np  # noqa: PLC0415 - the web process opens this store and has no use for its 25 MB

    mine = (_V.repo_id == repo_id) & (_V.embedder == embedder) & (_V.number > after)
    count = connection.execute(select(func.count()).where(mine)).scalar_one()
    width = connection.execute(select(func.length(_V.title)).where(mine).limit(1)).scalar_one_or_none() or 0
    numbers = np.empty(count, np.int64)
    block = np.empty((2, count, min(width // 4, first or width)), np.float32)
    if count:
        for i, row in enumerate(_stream(connection, repo_id, embedder, after)):
            numbers[i] = row[0]
            block[0, i], block[1, i] = _floats(row[1])[:first], _floats(row[2])[:first]
    return Vectors(embedder, numbers, block[0], block[1])


def read_vector(
    connection: Connection, repo_id: int, embedder: str, issue: PastIssue
) -> tuple[Matrix, Matrix] | None:
    """Return the vectors of an issue's title and body; None if there are none of this text."""
    query = select(_V.title, _V.body).where(
        _V.repo_id == repo_id,
        _V.embedder == embedder,
        _V.number == issue.number,
        _V.digest == issue.text_digest,
    )
    row = connection.execute(query).first()
    return None if row is None else (_floats(row.title), _floats(row.body))


def put_vectors(
    connection: Connection, repo_id: int, embedder: str, rows: list[tuple[int, str, bytes, bytes]]
) -> None:
    """Put vectors in: number, digest of the text ("" for the text as it is now), title, body.

    Nothing is kept of an issue that is gone.
    """
    numbers = [row[0] for row in rows]
    query = select(past_issues.c.number, past_issues.c.digest).where(
        past_issues.c.repo_id == repo_id, past_issues.c.number.in_(numbers)
    )
    known = {row.number: row.digest for row in connection.execute(query)}
    values = [
        {
            "repo_id": repo_id,
            "embedder": embedder,
            "number": number,
            "digest": digest or known[number],
            "title": title,
            "body": body,
        }
        for number, digest, title, body in rows
        if number in known
    ]
    if not values:
        return
    statement = insert(connection, past_vectors)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["repo_id", "embedder", "number"],
            set_={name: statement.excluded[name] for name in ("digest", "title", "body")},
        ),
        values,
    )


def issues_without(connection: Connection, repo_id: int, embedder: str, limit: int) -> list[PastIssue]:
    """Return issues whose text has changed since its vectors, or that have none; newest first.

    Which those are is read from two indexes alone: it is asked again and again, and the rows are large.
    """
    same = and_(_V.repo_id == repo_id, _V.embedder == embedder, _V.number == past_issues.c.number)
    query = (
        select(past_issues.c.number)
        .join_from(past_issues, past_vectors, same, isouter=True)
        .where(past_issues.c.repo_id == repo_id, or_(_V.digest.is_(None), _V.digest != past_issues.c.digest))
        .order_by(past_issues.c.number.desc())
        .limit(limit)
    )
    numbers = connection.execute(query).scalars().all()
    return take_issues(connection, repo_id, past_issues.c.number.in_(numbers), limit)[::-1]


def drop_vectors(connection: Connection, but: str) -> int:
    """Drop some vectors of other embedders than `but`, and return how many."""
    some = select(_V.id).where(_V.embedder != but).limit(_DROP)
    return connection.execute(delete(past_vectors).where(_V.id.in_(some))).rowcount


def _stream(connection: Connection, repo_id: int, embedder: str, after: int) -> Iterator[Any]:
    """Yield (number, title, body) by number, a few at a time.

    Straight from the driver: a row costs SQLAlchemy more than its six thousand bytes cost the disk,
    and Postgres sends bytes as twice as much text unless asked otherwise.
    """
    driver: Any = connection.connection.driver_connection
    columns = "SELECT number, title, body FROM past_vectors"
    if connection.dialect.name == "sqlite":
        cursor = driver.execute(
            f"{columns} WHERE repo_id = ? AND embedder = ? AND number > ? ORDER BY number",
            (repo_id, embedder, after),
        )
    else:
        cursor = driver.cursor("past_vectors", withhold=False)
        cursor.itersize = _READ
        cursor.format = 1
        cursor.execute(
            f"{columns} WHERE repo_id = %s AND embedder = %s AND number > %s ORDER BY number",
            (repo_id, embedder, after),
            binary=True,
        )
    try:
        yield from cursor
    finally:
        cursor.close()


def _floats(body: bytes) -> npt.NDArray[np.float32]:
    import numpy as np  # noqa: PLC0415 - as above

    return np.frombuffer(body, "<f4")
