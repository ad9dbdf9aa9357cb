"""What changed in repositories' pasts, asked often and answered from indexes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from triagebot.ports import StoredModel
from triagebot.store.engine import Database
from triagebot.store.memory_tables import label_changes, models, past_vectors


class SqlGrowth:
    """The port `Growth` over the memory's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def model_head(self, repo_id: int, kind: str) -> StoredModel | None:
        """Return the newest model of a kind without its bytes."""
        columns = [models.c[name] for name in ("version", "learned_from", "newest", "fitted_at")]
        query = select(*columns).where(models.c.repo_id == repo_id, models.c.kind == kind)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            return None
        return StoredModel(row.version, row.learned_from, row.newest, row.fitted_at, body=b"")

    async def vector_count(self, repo_id: int, embedder: str) -> int:
        """Return how many issues have vectors of this embedder."""
        mine = (past_vectors.c.repo_id == repo_id) & (past_vectors.c.embedder == embedder)
        query = select(func.count()).where(mine)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def decisions_since(self, repo_id: int, since: datetime) -> int:
        """Return how often people have put a label on or taken one off since then."""
        mine = (label_changes.c.repo_id == repo_id) & (label_changes.c.at > since)
        query = select(func.count()).where(mine, label_changes.c.by_bot.is_(False))
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def labelled_by(self, repo_id: int, app_id: int, since: datetime, *, limit: int) -> Sequence[int]:
        """Return the numbers of the issues that this App put a label on since then, latest first."""
        mine = (label_changes.c.repo_id == repo_id) & (label_changes.c.app_id == app_id)
        query = (
            select(label_changes.c.number)
            .where(mine, label_changes.c.at > since, label_changes.c.action == "labeled")
            .group_by(label_changes.c.number)
            .order_by(func.max(label_changes.c.at).desc(), label_changes.c.number.desc())
            .limit(limit)
        )
        return await self._database.read(lambda connection: connection.execute(query).scalars().all())
