"""Public names that the change takes away, and that the rest of the repository still uses.

The repository's head is streamed once, only where a name went. A name is common to many things, so a use
counts only where the file also speaks of the place that the name was in, and nothing else has that name.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from triagebot.core.code import Definition, definitions, language, names_gone, uses
from triagebot.core.diff import FileDiff, base_of
from triagebot.core.errors import Refused
from triagebot.core.findings import Finding
from triagebot.core.markdown import code_span
from triagebot.handlers.review.parts import View
from triagebot.ports import GitHubReader

SOURCE = "name-still-used"
MOST_BYTES = 40_000_000
"""Of the packed repository. A larger one is not searched."""
MOST_NAMES = 20
MOST_PARSED = 400
"""Files that are parsed, of those that hold one of the names' letters."""
SHOWN = 5
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Gone:
    """A public definition that `path` had and has no more; `text` is its first line."""

    path: str
    what: Definition
    text: str


@dataclass
class Search:
    """What was looked for, where it is still used, and why it was not looked for everywhere."""

    gone: Sequence[Gone]
    places: dict[str, list[str]] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    parsed: int = 0
    problem: str = ""


def gone(views: Sequence[View], deleted: Sequence[FileDiff]) -> list[Gone]:
    """Return the public names that the change takes away, where their line shows in the diff."""
    found: list[Gone] = []
    pairs = [(view.diff, view.head) for view in views] + [(diff, "") for diff in deleted]
    for diff, head in pairs:
        base = base_of(head, diff) if head is not None else None
        kind = language(diff.path, base.split("\n", 1)[0]) if base else None
        if base is None or kind is None or diff.status in ("added", "copied"):
            continue
        rows, removed = base.split("\n"), diff.changed("LEFT")
        found += [
            Gone(diff.path, what, rows[what.start - 1])
            for what in names_gone(base, head or "", kind)
            if len(what.name) >= _SHORTEST and not what.name.startswith("_") and what.start in removed
        ]
    counted = [one.what.name for one in found]
    return [one for one in found if counted.count(one.what.name) == 1][:MOST_NAMES]


async def search(github: GitHubReader, sha: str, names: Sequence[Gone]) -> Search:
    """Look through the repository at `sha`. Never raises for a repository that cannot be read."""
    found = Search(names)
    wanted = [one.what.name.encode() for one in names]
    try:
        async for path, content in _files(github, sha):
            if found.parsed >= MOST_PARSED:
                found.problem = f"only the first {MOST_PARSED} files that hold one of the names were read"
                break
            if language(path) and any(name in content for name in wanted):
                found.parsed += 1
                await asyncio.to_thread(_look, found, path, content.decode("utf-8", "replace"))
    except Refused as error:
        found.problem = f"the repository's files were not searched for them ({type(error).__name__})"
    return found


def _files(github: GitHubReader, sha: str) -> AsyncIterator[tuple[str, bytes]]:
    return github.archive(sha, max_bytes=MOST_BYTES)


def _look(found: Search, path: str, source: str) -> None:
    kind = language(path, source.split("\n", 1)[0])
    if kind is None:
        return
    names = [one.what.name for one in found.gone if one.what.name in source]
    found.elsewhere |= {one.name for one in definitions(source, kind)} & set(names)
    related = {one.what.name for one in found.gone if one.what.name in names and _speaks(one, path, source)}
    for use in uses(source, kind, sorted(related)):
        places = found.places.setdefault(use.name, [])
        if f"{path}:{use.line}" not in places:
            places.append(f"{path}:{use.line}")


def _speaks(one: Gone, path: str, source: str) -> bool:
    """Return True if a file has to do with the place that the name was in: itself, its folder, or named by it."""
    home, there = PurePosixPath(one.path), PurePosixPath(path)
    if one.what.parent:
        return re.search(rf"\b{re.escape(one.what.parent.rpartition('.')[2])}\b", source) is not None
    stem = home.parent.name if home.stem in ("__init__", "index", "mod", "lib") else home.stem
    same = home.parent == there.parent and home.suffix in (".go", ".java", ".kt", ".cs", ".swift")
    return (
        path == one.path or same or (bool(stem) and re.search(rf"\b{re.escape(stem)}\b", source) is not None)
    )


def findings(found: Search) -> list[Finding]:
    """Return a finding for each name that is still used, on the line that was removed."""
    told: list[Finding] = []
    for one in found.gone:
        name, places = one.what.name, found.places.get(one.what.name, [])
        if not places or name in found.elsewhere:
            continue
        became = f" It is called {code_span(one.what.renamed_to)} now." if one.what.renamed_to else ""
        where = ", ".join(code_span(place) for place in places[:SHOWN])
        more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
        told.append(
            Finding(
                path=one.path,
                quote=one.text,
                line=one.what.start,
                side="LEFT",
                kind="bug",
                severity="error",
                confidence=0.8,
                title=f"{code_span(name)} is gone, but still used"[:160],
                body=f"Still used in {where}{more}.{became}"[:4_000],
                source=SOURCE,
            )
        )
    return told


def note(found: Search) -> str:
    """Return what the account says of the search."""
    names = ", ".join(code_span(one.what.name) for one in found.gone[:SHOWN])
    return f"Public names removed: {names}; {found.problem or 'the rest of the repository was searched for them'}."
