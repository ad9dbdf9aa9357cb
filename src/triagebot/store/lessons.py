"""What a plan's handler wants remembered, applied in the transaction that saves the plan.

So a lesson counts exactly once, however often the job starts again: who finds the plan saved finds the
lessons learned. They are bound to the plan's target; a lesson cannot name another subject.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, exists, select

from triagebot.core.actions import Plan
from triagebot.core.lessons import Asked, Forget, Labelled, Lesson, Saw
from triagebot.store.history_rows import forget_issue, name_repository, put_issues, put_told
from triagebot.store.memory_tables import lessons
from triagebot.store.schema import clean


def apply_lessons(connection: Connection, plan: Plan) -> None:
    """Remember the plan's lessons, within the transaction that has just inserted the plan."""
    if plan.target is None or not plan.lessons:
        return
    name_repository(connection, plan.target.repo_id, plan.target.full_name)
    for lesson in plan.lessons:
        _apply(connection, plan, plan.target.repo_id, plan.target.number, lesson)


def _apply(connection: Connection, plan: Plan, repo_id: int, number: int, lesson: Lesson) -> None:
    if isinstance(lesson, Saw):
        put_issues(connection, repo_id, [replace(lesson.issue, number=number)])
    elif isinstance(lesson, Forget):
        forget_issue(connection, repo_id, number)
    elif not (isinstance(lesson, Asked) and _asked_before(connection, repo_id, number)):
        connection.execute(
            lessons.insert().values(
                repo_id=repo_id,
                number=number,
                kind=lesson.kind,
                at=plan.created_at,
                body=clean(lesson.model_dump_json()),
            )
        )
        if isinstance(lesson, Labelled):
            put_told(connection, repo_id, number, plan.created_at, lesson)


def _asked_before(connection: Connection, repo_id: int, number: int) -> bool:
    known = exists().where(
        lessons.c.repo_id == repo_id, lessons.c.number == number, lessons.c.kind == "asked"
    )
    return bool(connection.execute(select(known)).scalar())
