"""What was learned from each repository, put together for handlers: labels, likely duplicates, requests.

Reads only. What takes memory or a processor is loaded and computed once at a time, in a thread, whatever
the number of jobs; libraries that only a model needs are imported with the first model.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from triagebot.core.errors import ModelUnavailable
from triagebot.core.history import PastIssue, past
from triagebot.core.values import Issue, Label
from triagebot.memory import fitted
from triagebot.memory import voices as heard_voices
from triagebot.memory.acceptance import LOOKED_BACK, STANDS_AFTER, acceptance
from triagebot.memory.kept import Kept
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
    from triagebot.ports import Matrix

_log = structlog.get_logger()

LATEST_LABELLED = 1_000
"""How many of the issues that we labelled last are looked at for what became of the labels."""
ACCEPTANCE_SECONDS = 60
"""How old that may be."""
EMBEDDED = 256
"""How many incoming issues' vectors are kept: each is wanted several times in a row."""
UNPACKED = 2
"""What a label model takes in memory, against its arrays."""


class Memories:
    """The memories of all repositories."""

    def __init__(
        self,
        history: History,
        growth: Growth,
        clock: Clock,
        *,
        embedder: Embedder | None = None,
        app_id: int | None = None,
    ) -> None:
        self.history = history
        self.growth = growth
        self.clock = clock
        self.embedder = embedder
        self.app_id = app_id
        self.kept = Kept()
        self.behind: set[int] = set()
        """Repositories whose label model does not know all of their labels, or cannot be read."""
        self.computing = asyncio.Lock()
        self._embedded: OrderedDict[str, Matrix] = OrderedDict()

    def repository(self, repo_id: int) -> RepoMemory:
        """Return one repository's memory."""
        return RepositoryMemory(self, repo_id)

    async def vectors_of(self, issue: PastIssue) -> Matrix | None:
        """Return the vectors of an issue's title and body (2, dimensions); None if they cannot be had now."""
        if self.embedder is None:
            return None
        digest = issue.text_digest
        if digest not in self._embedded:
            from triagebot.memory.embedded import texts  # noqa: PLC0415 - with numpy

            try:
                self._embedded[digest] = await self.embedder.embed(texts(issue.title, issue.body))
            except ModelUnavailable as error:
                _log.warning("the embedder does not answer; words alone are compared", error=str(error))
                return None
        self._embedded.move_to_end(digest)
        while len(self._embedded) > EMBEDDED:
            self._embedded.popitem(last=False)
        return self._embedded[digest]


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
        embedder, vectors = self._all.embedder, None
        if embedder is not None and fitted.embedder_of(head.version) == embedder.name:
            vectors = await self._all.vectors_of(seen)
        title, body = (None, None) if vectors is None else (vectors[0], vectors[1])
        async with self._all.computing:
            found = await asyncio.to_thread(model.opinions, seen, title, body)
        known = tuple(one for one in found if one.label in wanted)
        opinions = LabelOpinions(model.learned_from, head.version, known)
        return opinions if voices is None else await self._with_voices(opinions, voices)

    async def similar(self, issue: Issue, *, limit: int) -> Sequence[Similar]:  # noqa: ARG002 - not yet
        """Return the earlier issues likeliest to be the same, best first, at most one of each cluster."""
        return ()

    async def request(self, number: int) -> Request | None:
        """Return what the author of the issue was asked for, ever."""
        return await self._all.history.request(self._repo_id, number)

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


def _unpacked(archive: bytes) -> int:
    """Return how many bytes the arrays of a compressed NumPy archive take."""
    with zipfile.ZipFile(io.BytesIO(archive)) as members:
        return sum(member.file_size for member in members.infolist())
