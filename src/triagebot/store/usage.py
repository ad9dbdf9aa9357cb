"""What models cost: each call, for the budgets and for the `why` of an action."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from triagebot.core.actions import Usage
from triagebot.store.engine import Database
from triagebot.store.schema import clean, indexable, usage


class SqlUsageRecord:
    """One row a model call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, *, repo: str, job: str, usage: Usage, at: datetime) -> None:
        """Save one call's usage."""
        row = usage.model_dump() | {"repo": indexable(repo), "job": clean(job), "at": at}
        for column in ("endpoint", "model", "prompt", "prompt_version"):
            row[column] = clean(row[column])
        await self._database.write(lambda connection: connection.execute(_table.insert(), row).close())

    async def tokens_since(self, repo: str, since: datetime) -> int:
        """Return the input plus output tokens that `repo` used since then."""
        tokens = func.coalesce(func.sum(usage.c.input_tokens + usage.c.output_tokens), 0)
        query = select(tokens).where(usage.c.repo == indexable(repo), usage.c.at >= since)
        return int(await self._database.read(lambda connection: connection.execute(query).scalar_one()))


_table = usage  # `record` has a parameter of that name, by its port
