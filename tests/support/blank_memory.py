"""The memory of a repository that nothing was learned from yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from triagebot.core.values import Issue, Label
from triagebot.ports import Acceptance, LabelOpinions, Request, Similar


class BlankMemory:
    """Stands behind both ports: the memories of all repositories, and the one of each."""

    def repository(self, repo_id: int) -> BlankMemory:
        return self

    async def opinions(
        self, issue: Issue, labels: Sequence[Label], voices: Mapping[str, float] | None = None
    ) -> LabelOpinions | None:
        return None

    async def similar(self, issue: Issue, *, limit: int) -> Sequence[Similar]:
        return ()

    async def request(self, number: int) -> Request | None:
        return None

    async def acceptance(self) -> Mapping[str, Acceptance]:
        return {}

    async def paused(self, number: int) -> bool:
        return False

    async def told(self, number: int) -> tuple[str, ...]:
        return ()
