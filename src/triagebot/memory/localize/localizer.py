"""The `Localizer` port: read a commit's sources, ask them about a report, rank what speaks for each file."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from triagebot.core.errors import RateLimited, Unavailable, WorkspaceError
from triagebot.memory.localize import features, ranking, report, sources
from triagebot.memory.localize.corpus import Corpus, Numbers, Reader
from triagebot.memory.localize.history import READ as PAST
from triagebot.memory.localize.history import Changes
from triagebot.memory.localize.modules import Modules
from triagebot.memory.localize.report import Report
from triagebot.memory.localize.repository import Repository
from triagebot.memory.localize.spots import shared_words, spots, word_scores
from triagebot.ports import PastChange, Place, Snapshot, TreeEntry

BATCH = 8_000_000
"""Bytes of sources that are held in memory at once."""
REPOSITORIES = 4
"""Repositories whose sources are remembered."""
COMMITS = 2
"""Commits of a repository that stay ready to be asked."""
NAMED = 0.3
"""Chance of a file that is no source, but that the report names in full: a page, a workflow, a test."""
SURE = 0.05
"""A likelihood below this is nothing to be shown beside a file that the report names."""


@dataclass(frozen=True, slots=True)
class _Ready:
    repository: Repository
    changes: Changes
    sizes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of the files that are worth ranking: their numbers, texts and features."""

    repository: Repository
    asked: Report
    chosen: Sequence[int]
    texts: Sequence[str]
    rows: Numbers


class _Shelf:
    """What is remembered of one repository. One question at a time: `turn`."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._reader = Reader()
        self._ready: OrderedDict[str, _Ready] = OrderedDict()

    async def prepared(self, snapshot: Snapshot, entries: Sequence[TreeEntry]) -> _Ready:
        """Return a commit's sources, ready to be asked; what was not read before is read now."""
        if snapshot.sha in self._ready:
            self._ready.move_to_end(snapshot.sha)
            return self._ready[snapshot.sha]
        chosen = sources.chosen(entries)
        blobs = {entry.path: entry.blob for entry in chosen}
        sizes = {entry.path: entry.size for entry in chosen}
        if self._reader.full:
            self._reader = Reader()
            self._ready.clear()
        self._reader.make_room()
        for batch in _batches(self._reader.missing(blobs), sizes):
            texts = await snapshot.texts(batch)
            await asyncio.to_thread(self._read, texts, blobs)
        past = await _past(snapshot)
        ready = await asyncio.to_thread(self._indexed, blobs, past, sizes)
        self._ready[snapshot.sha] = ready
        while len(self._ready) > COMMITS:
            self._ready.popitem(last=False)
        return ready

    def _read(self, texts: Mapping[str, str], blobs: Mapping[str, str]) -> None:
        for path, text in texts.items():
            self._reader.read(path, blobs[path], text)

    def _indexed(
        self, blobs: Mapping[str, str], past: Sequence[PastChange], sizes: Mapping[str, int]
    ) -> _Ready:
        repository = Repository(Corpus(self._reader, blobs))
        return _Ready(repository, Changes(past, repository.corpus.rows), sizes)


class Localization:
    """Knows the sources of the repositories that it was asked about last; safe to be used by several jobs.

    A question waits for others of the same repository only, so a large one that is new holds up nobody else.
    """

    def __init__(self) -> None:
        """Know nothing yet; nothing is ever written to disk."""
        self._shelves: OrderedDict[str, _Shelf] = OrderedDict()

    async def places(self, snapshot: Snapshot, title: str, body: str, *, limit: int) -> Sequence[Place]:
        """Return the likeliest files, best first. See `Localizer`."""
        entries = await snapshot.entries()
        shelf = self._shelf(snapshot.full_name)
        async with shelf.turn:
            look = await _looked(shelf, snapshot, entries, title, body)
            ranked = await asyncio.to_thread(_ranked, look, limit)
        return _with_named(ranked, entries, look.asked, limit)

    async def features(self, snapshot: Snapshot, title: str, body: str) -> tuple[list[str], Numbers]:
        """Return the files that are worth ranking, and a row of `FEATURES` for each: what weights are learned from."""
        entries = await snapshot.entries()
        shelf = self._shelf(snapshot.full_name)
        async with shelf.turn:
            look = await _looked(shelf, snapshot, entries, title, body)
        return [look.repository.corpus.paths[row] for row in look.chosen], look.rows

    def _shelf(self, name: str) -> _Shelf:
        shelf = self._shelves.setdefault(name, _Shelf())
        self._shelves.move_to_end(name)
        while len(self._shelves) > REPOSITORIES:
            self._shelves.popitem(last=False)
        return shelf


async def _looked(
    shelf: _Shelf, snapshot: Snapshot, entries: Sequence[TreeEntry], title: str, body: str
) -> _Look:
    ready = await shelf.prepared(snapshot, entries)
    asked = await asyncio.to_thread(report.read, title, body)
    found = await asyncio.to_thread(_first_look, ready, asked)
    chosen = features.pool(found)
    paths = [ready.repository.corpus.paths[row] for row in chosen]
    texts = await _texts(snapshot, paths, ready.sizes)
    rows = await asyncio.to_thread(features.rows, found, chosen, texts, asked)
    return _Look(ready.repository, asked, chosen, texts, rows)


async def _texts(snapshot: Snapshot, paths: Sequence[str], sizes: Mapping[str, int]) -> list[str]:
    texts: dict[str, str] = {}
    for batch in _batches(paths, sizes):
        texts.update(await snapshot.texts(batch))
    return [texts.get(path, "") for path in paths]


async def _past(snapshot: Snapshot) -> Sequence[PastChange]:
    """Return the past as far as it can be had: without it the rest still tells much."""
    try:
        return await snapshot.past(limit=PAST)
    except (WorkspaceError, Unavailable, RateLimited):
        return ()


def _batches(paths: Sequence[str], sizes: Mapping[str, int]) -> Iterator[list[str]]:
    batch: list[str] = []
    total = 0
    for path in paths:
        if batch and total + sizes[path] > BATCH:
            yield batch
            batch, total = [], 0
        batch.append(path)
        total += sizes[path]
    if batch:
        yield batch


def _first_look(ready: _Ready, asked: Report) -> dict[str, Numbers]:
    return features.first_look(ready.repository, asked, ready.changes.ask(asked.words))


def _ranked(look: _Look, limit: int) -> list[Place]:
    weights = ranking.weights()
    scores = weights.scores(look.rows)
    chances = weights.chances(scores)
    around = look.rows.mean(axis=0) if len(look.rows) else look.rows
    chunks = word_scores(look.repository, look.asked)
    best = sorted(range(len(look.chosen)), key=lambda place: (-scores[place], place))[:limit]
    return [
        Place(
            look.repository.corpus.paths[look.chosen[place]],
            float(chances[place]),
            spots(look.repository, look.chosen[place], look.asked, chunks, look.texts[place]),
            _why(look, place, around),
        )
        for place in best
    ]


def _why(look: _Look, place: int, around: Numbers) -> tuple[str, ...]:
    """Return what speaks for a file: its features, or at least the rarest words that it shares with the report."""
    found = ranking.reasons(look.rows[place], around, ranking.weights().score)
    if found:
        return tuple(found)
    words = shared_words(look.repository, look.chosen[place], look.asked)
    return (f"shares the words {', '.join(words)}",) if words else ()


def _with_named(ranked: list[Place], entries: Sequence[TreeEntry], asked: Report, limit: int) -> list[Place]:
    """Add a file that the report names in full and that is no source: a page, a workflow, a test."""
    whole = [path.replace("\\", "/").removeprefix("./") for path in asked.paths if "/" in path]
    known = {place.path for place in ranked}
    others = Modules([entry.path for entry in entries]) if whole else None
    named = [
        entries[row].path
        for path in whole
        for row, sure in (others.of_path(path).items() if others else ())
        if sure >= 1 and not sources.may_be_mended(entries[row].path)
    ]
    added = [
        Place(path, NAMED, (), ("named in the report",)) for path in dict.fromkeys(named) if path not in known
    ]
    if not added:
        return ranked[:limit]
    weak = next((at for at, place in enumerate(ranked) if place.chance < SURE), len(ranked))
    return [*ranked[:weak], *added[:2], *ranked[weak:]][:limit]
