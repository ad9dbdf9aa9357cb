"""Find what may answer a question: passages of the repository's files, and issues like it. No model is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from triagebot.core.actions import Because
from triagebot.core.errors import ArchiveTooLarge, DownloadTooSlow, Refused
from triagebot.core.passages import Found, Search
from triagebot.ports import Similar
from triagebot.routing import Context

MOST_BYTES = 60_000_000
"""Of the packed repository that are read for one question."""
PASSAGES = 12
ISSUES = 3
_BATCH = 1_000_000
"""Bytes of files that are searched at once, away from the event loop."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found for a question in the commit `ref`, the best first.

    `cut` if not all of it was read; `closed` if GitHub did not hand it out at all.
    """

    question: str
    ref: str
    found: tuple[Found, ...]
    similar: tuple[Similar, ...]
    terms: frozenset[str]
    files: int
    cut: bool = False
    closed: bool = False

    def because(self) -> list[Because]:
        """Return the places for whoever asks why."""
        return [
            Because(
                about="other",
                name=f"{one.passage.path}:{one.passage.start}-{one.passage.end}"[-200:],
                done=False,
                says="near to the question",
            )
            for one in self.found[:5]
        ]


async def search(ctx: Context, question: str) -> Reading:
    """Search the repository once: on a pull request the state that it is made for, else its default branch."""
    ref = ctx.pull.base_sha if ctx.pull is not None else await ctx.default_commit()
    looking = Search(question)
    cut = closed = False
    if looking.terms:
        try:
            await _read(ctx, ref, looking)
        except (ArchiveTooLarge, DownloadTooSlow):
            cut = True
        except Refused:  # an empty repository, or no right to read its files: the issues are left
            closed = True
    found = await asyncio.to_thread(looking.best, PASSAGES)
    return Reading(
        question,
        ref,
        tuple(found),
        await ctx.related(question, limit=ISSUES),
        frozenset(looking.terms),
        looking.files,
        cut or looking.full,
        closed,
    )


async def _read(ctx: Context, ref: str, looking: Search) -> None:
    """Hand the files to the search, also those that came before there were too many."""
    batch: list[tuple[str, bytes]] = []
    size = 0
    try:
        async for path, content in ctx.github.archive(ref, max_bytes=MOST_BYTES):
            batch.append((path, content))
            size += len(content)
            if size > _BATCH:
                await asyncio.to_thread(_add, looking, batch)
                batch, size = [], 0
    finally:
        await asyncio.to_thread(_add, looking, batch)


def _add(looking: Search, files: Sequence[tuple[str, bytes]]) -> None:
    for path, content in files:
        looking.add(path, content)
