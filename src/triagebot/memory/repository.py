"""What was learned from each repository, put together for handlers: labels, likely duplicates, requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from triagebot.core.values import Issue, Label
from triagebot.ports import Acceptance, LabelOpinions, RepoMemory, Request, Similar


class Memories:
    """The memories of all repositories."""

    def repository(self, repo_id: int) -> RepoMemory:
        """Return one repository's memory."""
        return RepositoryMemory(repo_id)


class RepositoryMemory:
    """One repository's memory: empty before anything was learned."""

    def __init__(self, repo_id: int) -> None:
        self._repo_id = repo_id

    async def opinions(
        self, issue: Issue, labels: Sequence[Label], voices: Mapping[str, float] | None = None
    ) -> LabelOpinions | None:
        """Return what the label model believes of `labels`, or None while it has learned too little."""
        return None

    async def similar(self, issue: Issue, *, limit: int) -> Sequence[Similar]:
        """Return the earlier issues likeliest to be the same, best first, at most one of each cluster."""
        return ()

    async def request(self, number: int) -> Request | None:
        """Return what the author of the issue was asked for, ever."""
        return None

    async def acceptance(self) -> Mapping[str, Acceptance]:
        """Return what became lately of the labels that we put on."""
        return {}
