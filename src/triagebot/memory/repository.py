"""What was learned from each repository, put together for handlers: labels, likely duplicates, requests.

Reads only. What takes memory or a processor is loaded and computed once at a time, in a thread, whatever
the number of jobs; libraries that only a model needs are imported with the first model.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from triagebot.core.history import PastIssue, past
from triagebot.core.values import Issue, Label
from triagebot.memory import fitted, targets
from triagebot.memory import voices as heard_voices
from triagebot.memory.acceptance import LOOKED_BACK, STANDS_AFTER, acceptance
from triagebot.memory.kept import Kept
from triagebot.memory.sentences import best_match
from triagebot.memory.vectors import IssueVectors
from triagebot.ports import (
    Acceptance,
    Clock,
    Embedder,
    Growth,
    History,
    LabelOpinions,
    RepoMemory,
    Request,
    Similar,
    StoredModel,
)

if TYPE_CHECKING:
    from triagebot.memory.labels import LabelModel
    from triagebot.memory.similar import Ranked

_log = structlog.get_logger()

Result = TypeVar("Result")

LATEST_LABELLED = 1_000
"""How many of the issues that we labelled last are looked at for what became of the labels."""
ACCEPTANCE_SECONDS = 60
"""How old that may be."""
FURTHEST = 5
"""Over how many duplicates of duplicates a root is looked for in the store."""
UNPACKED = 2
"""What a label model takes in memory, against its arrays."""


class Memories:
    """The memories of all repositories. Without `searches` no earlier issues are looked for: nobody wants them."""

    def __init__(
        self,
        history: History,
        growth: Growth,
        clock: Clock,
        *,
        embedder: Embedder | None = None,
        app_id: int | None = None,
        searches: bool = True,
    ) -> None:
        self.history = history
        self.growth = growth
        self.clock = clock
        self.embedder = embedder
        self.app_id = app_id
        self.searches = searches
        self.kept = Kept()
        self.behind: set[int] = set()
        """Repositories whose label model does not know all of their labels, or cannot be read."""
        self._computing = asyncio.Lock()
        self.vectors = IssueVectors(history, growth, clock, embedder, self.kept) if embedder else None

    def repository(self, repo_id: int) -> RepoMemory:
        """Return one repository's memory."""
        return RepositoryMemory(self, repo_id)

    async def compute(self, work: Callable[[], Result]) -> Result:
        """Run `work` in a thread: one at a time, whatever the number of jobs."""
        async with self._computing:
            return await asyncio.to_thread(work)


class RepositoryMemory:
    """One repository's memory: empty before anything was learned."""

    def __init__(self, memories: Memories, repo_id: int) -> None:
        self._all = memories
        self._repo_id = repo_id

    async def opinions(
        self, issue: Issue, labels: Sequence[Label], voices: Mapping[str, float] | None = None
    ) -> LabelOpinions | None:
        """Return what the label model believes of `labels`, or None while it has learned too little."""
        head = await self._all.growth.model_head(self._repo_id, "labels")
        model = None if head is None else await self._label_model(head)
        if head is None or model is None:
            return None
        wanted = {label.name for label in labels}
        self._note_labels(wanted, model)
        seen = past(issue, None)
        at_hand, own = self._all.vectors, None
        if at_hand is not None and fitted.embedder_of(head.version) == at_hand.embedder.name:
            own = await at_hand.of(self._repo_id, seen)
        found = await self._all.compute(partial(model.opinions, seen, *(own or (None, None))))
        known = tuple(one for one in found if one.label in wanted)
        opinions = LabelOpinions(model.learned_from, head.version, known)
        return opinions if voices is None else await self._with_voices(opinions, voices)

    async def similar(self, issue: Issue, *, limit: int) -> Sequence[Similar]:
        """Return the earlier issues likeliest to be the same, best first, at most one of each cluster."""
        if not self._all.searches:
            return ()
        seen = past(issue, None)
        pairings = await self._all.history.pairings(self._repo_id)
        ranked = await self._earlier(seen)
        if not ranked:
            return ()
        known = {one.number: one.issue for one in ranked}
        said = targets.links(pairings, known.values())
        for _ in range(FURTHEST):  # what is linked may itself be a duplicate that GitHub shows
            more = [number for number in targets.linked([*known, seen.number], said) if number not in known]
            fresh = await self._all.history.some(self._repo_id, more)
            if not fresh:
                break
            known |= fresh
            said = targets.links(pairings, known.values())
        chances = [(one.number, one.chance) for one in ranked]
        found = targets.targets(seen, chances, known, pairings)[:limit]
        return await self._all.compute(lambda: [_similar(seen, target, chance) for target, chance in found])

    async def request(self, number: int) -> Request | None:
        """Return what the author of the issue was asked for, ever."""
        return await self._all.history.request(self._repo_id, number)

    async def paused(self, number: int) -> bool:
        """Return True if a person said that nothing is to be done by itself on this issue or pull request."""
        return await self._all.history.paused(self._repo_id, number)

    async def told(self, number: int) -> Collection[str]:
        """Return the labels that a person had us put on it, and did not have us take off since."""
        return await self._all.history.told(self._repo_id, number)

    async def acceptance(self) -> Mapping[str, Acceptance]:
        """Return what became lately of the labels that we put on; at most a minute old."""
        app_id, now = self._all.app_id, self._all.clock.now()
        if app_id is None:
            return {}

        async def load() -> tuple[Mapping[str, Acceptance], int]:
            since = now - LOOKED_BACK - STANDS_AFTER
            numbers = await self._all.growth.labelled_by(self._repo_id, app_id, since, limit=LATEST_LABELLED)
            issues = await self._all.history.some(self._repo_id, numbers)
            return acceptance(issues.values(), app_id, now), 0

        minute = int(now.timestamp() // ACCEPTANCE_SECONDS)
        return await self._all.kept.get((self._repo_id, "acceptance"), minute, load)

    async def _earlier(self, seen: PastIssue) -> list[Ranked]:
        """Return earlier issues like `seen`, best first."""
        from triagebot.memory import similar  # noqa: PLC0415 - with numpy

        at_hand, own, vectors = self._all.vectors, None, None
        if at_hand is not None and (own := await at_hand.to_compare(self._repo_id, seen)) is not None:
            vectors = await at_hand.of_repository(self._repo_id)
        return await similar.earlier(
            self._all.history,
            self._repo_id,
            seen,
            vectors,
            own,
            compute=self._all.compute,
            complete=partial(at_hand.of_some, self._repo_id) if at_hand is not None else None,
        )

    async def _label_model(self, head: StoredModel) -> LabelModel | None:
        """Return the label model of this version; None, said once, if this program cannot read it."""

        async def load() -> tuple[LabelModel | None, int]:
            from triagebot.memory import labels  # noqa: PLC0415 - with scikit-learn

            stored = await self._all.history.model(self._repo_id, "labels")
            if stored is None or not fitted.is_current(stored.version):
                return None, 0
            try:
                model = await asyncio.to_thread(labels.LabelModel.from_bytes, stored.body)
            except labels.UnreadableModel as error:
                _log.warning("a label model cannot be read; it will be fitted again", error=str(error))
                self._all.behind.add(self._repo_id)
                return None, 0
            return model, UNPACKED * _unpacked(stored.body)

        return await self._all.kept.get((self._repo_id, "labels"), head.version, load)

    def _note_labels(self, wanted: set[str], model: LabelModel) -> None:
        """Note whether the repository has labels that the model has never heard of."""
        if wanted - set(model.labels):
            self._all.behind.add(self._repo_id)
        else:
            self._all.behind.discard(self._repo_id)

    async def _with_voices(self, opinions: LabelOpinions, said: Mapping[str, float]) -> LabelOpinions:
        """Return the opinions with a language model's voice in them, as far as that has been right before."""
        head = await self._all.growth.model_head(self._repo_id, "voices")
        if head is None:
            return opinions

        async def load() -> tuple[heard_voices.Voices | None, int]:
            stored = await self._all.history.model(self._repo_id, "voices")
            return (heard_voices.from_bytes(stored.body), len(stored.body)) if stored else (None, 0)

        learned = await self._all.kept.get((self._repo_id, "voices"), head.version, load)
        heard = heard_voices.with_voices(opinions, said, learned)
        return heard if learned is None else replace(heard, version=f"{opinions.version} {head.version}")


def _similar(seen: PastIssue, target: PastIssue, chance: float) -> Similar:
    here, there = best_match(f"{seen.title}\n\n{seen.body}", f"{target.title}\n\n{target.body}")
    return Similar(
        number=target.number,
        title=target.title,
        url=target.url,
        state=target.state,
        state_reason=target.state_reason,
        chance=chance,
        here=here,
        there=there,
        body=target.body,
    )


def _unpacked(archive: bytes) -> int:
    """Return how many bytes the arrays of a compressed NumPy archive take."""
    with zipfile.ZipFile(io.BytesIO(archive)) as members:
        return sum(member.file_size for member in members.infolist())
