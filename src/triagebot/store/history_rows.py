"""Past issues and their label changes as rows, put in and taken out within a transaction.

An issue that was seen later wins, whoever comes first: the learner reads what is years old while the
deliveries tell what is new.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from triagebot.core.history import LabelChange, PastIssue
from triagebot.core.lessons import Labelled
from triagebot.store import find
from triagebot.store.memory_tables import (
    label_changes,
    learning,
    lessons,
    past_issues,
    past_vectors,
)
from triagebot.store.schema import clean, insert

_ISSUE = [column for column in past_issues.c if column.name not in ("id", "repo_id", "digest")]
_KEPT = ("id", "repo_id", "number", "duplicate_of", "changes_read")


def put_issues(connection: Connection, repo_id: int, issues: Sequence[PastIssue]) -> None:
    """Put issues in, except where a later state is known; what an issue does not say is kept."""
    by_number = {issue.number: _cleaned(issue) for issue in issues}
    if not by_number:
        return
    statement = insert(connection, past_issues).values([_row(repo_id, issue) for issue in by_number.values()])
    new, old = statement.excluded, past_issues.c
    values: dict[str, Any] = {column.name: new[column.name] for column in old if column.name not in _KEPT}
    values["duplicate_of"] = func.coalesce(new.duplicate_of, old.duplicate_of)
    values["changes_read"] = or_(old.changes_read, new.changes_read)
    written = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["repo_id", "number"],
            set_=values,
            where=or_(old.updated_at.is_(None), new.updated_at.is_(None), new.updated_at >= old.updated_at),
        ).returning(old.number)
    ).scalars()
    fresh = [by_number[number] for number in written]
    find.index(connection, repo_id, fresh)
    told = [issue for issue in fresh if issue.changes is not None]
    connection.execute(
        delete(label_changes).where(_among(label_changes, repo_id, [one.number for one in told]))
    )
    put_changes(connection, repo_id, {issue.number: issue.changes or () for issue in told})
    _mark_read(connection, repo_id, [issue.number for issue in fresh if issue.changes is None])


def put_changes(connection: Connection, repo_id: int, changes: Mapping[int, Sequence[LabelChange]]) -> None:
    """Add label changes, none twice. Those of an issue that is not known yet wait for it."""
    rows = [
        {
            "repo_id": repo_id,
            "number": number,
            "at": change.at,
            "label": clean(change.label),
            "action": change.action,
            "place": place,
            "by_bot": change.by_bot,
            "app_id": change.app_id,
        }
        for number, some in changes.items()
        for place, change in enumerate(some)
    ]
    if rows:
        connection.execute(insert(connection, label_changes).on_conflict_do_nothing(), rows)
    for number, at, said in _told(connection, repo_id, list(changes)):
        put_told(connection, repo_id, number, at, said)
    _mark_read(connection, repo_id, list(changes))


def put_told(connection: Connection, repo_id: int, number: int, at: datetime, said: Labelled) -> None:
    """Enter what a person had us do with labels as that person's doing, whatever GitHub's events say of it."""
    action, c = "labeled" if said.on else "unlabeled", label_changes.c
    labels = [clean(label) for label in said.labels]
    ours = (c.repo_id == repo_id) & (c.number == number) & (c.action == action) & c.label.in_(labels)
    # GitHub tells time in whole seconds. What we did with that label later was asked for as well: by
    # ourselves we never touch one that people decided about.
    since = c.at >= at.replace(microsecond=0)
    connection.execute(update(label_changes).where(ours, since).values(by_bot=False, app_id=None))
    row = {"repo_id": repo_id, "number": number, "at": at, "action": action, "place": 0, "by_bot": False}
    for label in labels:
        one = insert(connection, label_changes).values(**row, label=label, app_id=None)
        connection.execute(one.on_conflict_do_nothing())


def _told(
    connection: Connection, repo_id: int, numbers: Sequence[int]
) -> list[tuple[int, datetime, Labelled]]:
    """Return what people had us do with these issues' labels, oldest first."""
    which = _among(lessons, repo_id, numbers) & (lessons.c.kind == "labelled")
    query = select(lessons.c.number, lessons.c.at, lessons.c.body).where(which)
    rows = connection.execute(query.order_by(lessons.c.id)).all()
    return [(row.number, row.at, Labelled.model_validate_json(row.body)) for row in rows]


def forget_issue(connection: Connection, repo_id: int, number: int) -> None:
    """Drop everything that is known of an issue, what people said of it included."""
    find.forget(connection, repo_id, number)
    for table in (past_issues, label_changes, past_vectors, lessons):
        connection.execute(delete(table).where(table.c.repo_id == repo_id, table.c.number == number))


def name_repository(connection: Connection, repo_id: int, repo: str) -> None:
    """Note that something is known of a repository, and what it is called now."""
    statement = insert(connection, learning).values(
        repo_id=repo_id, repo=clean(repo), issues_since="", events_page=""
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["repo_id"],
            set_={"repo": statement.excluded.repo},
            where=(learning.c.repo != statement.excluded.repo) & (statement.excluded.repo != ""),
        )
    )


def take_issues(
    connection: Connection, repo_id: int, which: ColumnElement[bool], limit: int
) -> list[PastIssue]:
    """Return the repository's issues of which `which` is true, by number."""
    query = select(*_ISSUE).where(past_issues.c.repo_id == repo_id, which)
    rows = connection.execute(query.order_by(past_issues.c.number).limit(limit)).all()
    changes = _changes(connection, repo_id, [row.number for row in rows if row.changes_read])
    return [_issue(row, changes) for row in rows]


def _mark_read(connection: Connection, repo_id: int, numbers: Sequence[int]) -> None:
    """Note of the issues whose label changes are here that somebody read them."""
    here = exists().where(
        label_changes.c.repo_id == past_issues.c.repo_id, label_changes.c.number == past_issues.c.number
    )
    which = _among(past_issues, repo_id, numbers) & ~past_issues.c.changes_read & here
    connection.execute(update(past_issues).where(which).values(changes_read=True))


def _changes(connection: Connection, repo_id: int, numbers: Sequence[int]) -> dict[int, list[LabelChange]]:
    found: dict[int, list[LabelChange]] = defaultdict(list)
    c = label_changes.c
    query = (
        select(c.number, c.action, c.label, c.at, c.by_bot, c.app_id)
        .where(_among(label_changes, repo_id, numbers))
        .order_by(c.number, c.at, c.place)
    )
    for row in connection.execute(query):
        found[row.number].append(LabelChange(row.action, row.label, row.at, row.by_bot, row.app_id))
    return found


def _among(table: Table, repo_id: int, numbers: Iterable[int]) -> ColumnElement[bool]:
    return and_(table.c.repo_id == repo_id, table.c.number.in_(list(numbers)))


def _cleaned(issue: PastIssue) -> PastIssue:
    return replace(
        issue,
        title=clean(issue.title),
        body=clean(issue.body),
        labels=tuple(clean(label) for label in issue.labels),
        url=clean(issue.url),
    )


def _row(repo_id: int, issue: PastIssue) -> dict[str, Any]:
    return {
        "repo_id": repo_id,
        "number": issue.number,
        "digest": issue.text_digest,
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "state": issue.state,
        "state_reason": issue.state_reason,
        "is_pull_request": issue.is_pull_request,
        "author_association": issue.author_association,
        "author_is_bot": issue.author_is_bot,
        "duplicate_of": issue.duplicate_of,
        "labels": json.dumps(issue.labels, ensure_ascii=False),
        "changes_read": issue.changes is not None,
        "url": issue.url,
        "title": issue.title,
        "body": issue.body,
    }


def _issue(row: Row[Any], changes: Mapping[int, Sequence[LabelChange]]) -> PastIssue:
    return PastIssue(
        number=row.number,
        title=row.title,
        body=row.body,
        created_at=row.created_at,
        labels=tuple(json.loads(row.labels)),
        changes=tuple(changes.get(row.number, ())) if row.changes_read else None,
        state=row.state,
        state_reason=row.state_reason,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
        is_pull_request=row.is_pull_request,
        author_association=row.author_association,
        author_is_bot=row.author_is_bot,
        duplicate_of=row.duplicate_of,
        url=row.url,
    )
