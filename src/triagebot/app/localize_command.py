"""`triagebot eval localize`: ask where reports lead, in bare repositories on this disk, and compare with their mends."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triagebot.core.errors import TriagebotError, WorkspaceError
from triagebot.memory.localize import Localization
from triagebot.ports import Localizer, PastChange, Place, TreeEntry
from triagebot.workspace import objects

CUTS = (1, 3, 5, 10)
MOST = 20
"""Places that are asked for."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A report, the commit before its mend, and the files that the mend changed."""

    name: str
    repo: str
    base: str
    title: str
    body: str
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of an instance: the rank of its worst placed file (from 0; None: not found), and the seconds."""

    instance: Instance
    rank: int | None
    places: Sequence[Place]
    seconds: float


class Bare:
    """A commit in a bare repository on this disk. See `Snapshot`."""

    def __init__(self, repository: Path, sha: str) -> None:
        """Read nothing yet."""
        self.repository, self.sha, self.full_name = repository, sha, str(repository)
        self._entries: dict[str, TreeEntry] | None = None

    async def entries(self) -> Sequence[TreeEntry]:
        """See `Snapshot.entries`."""
        if self._entries is None:
            self._entries = {entry.path: entry for entry in await objects.entries(self.repository, self.sha)}
        return list(self._entries.values())

    async def texts(self, paths: Sequence[str]) -> Mapping[str, str]:
        """See `Snapshot.texts`."""
        known = {entry.path: entry for entry in await self.entries()}
        wanted = [known[path] for path in paths if path in known]
        contents = await objects.blobs(self.repository, {entry.blob: entry.size for entry in wanted})
        return {entry.path: text for entry in wanted if (text := _text(contents.get(entry.blob))) is not None}

    async def past(self, *, limit: int) -> Sequence[PastChange]:
        """See `Snapshot.past`."""
        return await objects.past(self.repository, self.sha, limit=limit)


def _text(content: bytes | None) -> str | None:
    try:
        return None if content is None or b"\0" in content else content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def instances(path: Path) -> list[Instance]:
    """Read instances, JSON lines, gzip or plain. Raises `TriagebotError` with the line that is wrong."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    return list(_instances(path, text.split("\n")))


def _instances(path: Path, lines: Iterable[str]) -> Iterator[Instance]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield Instance(
                str(row.get("instance_id", number)),
                row["repo"],
                row["base_commit"],
                row["title"] or "",
                row["body"] or "",
                frozenset(row["gold_files"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise TriagebotError(f"{path}:{number}: not an instance: {error!r}") from error


def run(
    asked: Sequence[Instance], repos: Path, progress: Callable[[Asked], None] = lambda _: None
) -> dict[str, Any]:
    """Return how often all files of a mend are among the first places, and the seconds that it took."""
    began = time.perf_counter()
    found = asyncio.run(_ask_all(asked, repos, progress))
    ranks = [one.rank for one in found]
    hits = {
        f"acc@{cut}": round(sum(rank is not None and rank < cut for rank in ranks) / max(len(ranks), 1), 4)
        for cut in CUTS
    }
    return {**hits, "instances": len(found), "seconds": round(time.perf_counter() - began, 1)}


async def _ask_all(asked: Sequence[Instance], repos: Path, progress: Callable[[Asked], None]) -> list[Asked]:
    localization = Localization()
    found = []
    for instance in sorted(asked, key=lambda one: one.repo):  # neighbours share what was read
        one = await ask(localization, instance, repos)
        progress(one)
        found.append(one)
    return found


async def ask(localization: Localizer, instance: Instance, repos: Path) -> Asked:
    """Ask where one report leads. Raises `TriagebotError` if its repository or its commit is not there."""
    repository = (repos / f"{instance.repo.replace('/', '__')}.git").resolve()
    if not repository.is_dir():
        raise TriagebotError(f"{repository} is not there; make it with `git clone --bare`.")
    began = time.perf_counter()
    try:
        places = await localization.places(
            Bare(repository, instance.base), instance.title, instance.body, limit=MOST
        )
    except WorkspaceError as error:
        raise TriagebotError(f"{instance.name}: {error}") from error
    order = {place.path: rank for rank, place in enumerate(places)}
    ranks = [order.get(path) for path in instance.gold]
    worst = max((rank for rank in ranks if rank is not None), default=None)
    return Asked(instance, None if None in ranks else worst, places, time.perf_counter() - began)


__all__ = ["Asked", "Bare", "Instance", "ask", "instances", "run"]
