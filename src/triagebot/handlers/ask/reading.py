"""Find what may answer a question: passages of the repository's files, and issues like it. No model is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from triagebot.core.actions import Because
from triagebot.core.errors import ArchiveTooLarge, Refused
from triagebot.core.passages import Found, Search
from triagebot.ports import Similar
from triagebot.routing import Context

MOST_BYTES = 60_000_000
"""Of the packed repository that are read for one question."""
PASSAGES = 12
ISSUES = 3
RELATED_FROM = 0.046
"""The chance from which an issue is shown, as in triage (docs/adr/0009)."""
_BATCH = 1_000_000
"""Bytes of files that are searched at once, away from the event loop."""
_NO_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found for a question in the commit `ref`, the best first; `cut` if not all of it was read."""

    question: str
    ref: str
    found: tuple[Found, ...]
    similar: tuple[Similar, ...]
    terms: frozenset[str]
    files: int
    cut: bool = False

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
    ref = await _ref(ctx)
    looking = Search(question)
    cut = bool(looking.terms) and await _read(ctx, ref, looking)
    found = await asyncio.to_thread(looking.best, PASSAGES)
    return Reading(
        question,
        ref,
        tuple(found),
        await _similar(ctx, question),
        frozenset(looking.terms),
        looking.files,
        cut or looking.full,
    )


async def _ref(ctx: Context) -> str:
    """Return the commit to read, so that links keep pointing at what was read."""
    if ctx.pull is not None:
        return ctx.pull.base_sha
    branch = ctx.subject.repo.default_branch
    same = await ctx.github.compare(branch, branch)
    return same.merge_base_sha if same is not None else branch


async def _read(ctx: Context, ref: str, looking: Search) -> bool:
    """Hand the files to the search; return True if there was more than is read."""
    batch: list[tuple[str, bytes]] = []
    size = 0
    try:
        async for path, content in ctx.github.archive(ref, max_bytes=MOST_BYTES):
            batch.append((path, content))
            size += len(content)
            if size > _BATCH:
                await asyncio.to_thread(_add, looking, batch)
                batch, size = [], 0
    except ArchiveTooLarge:
        return True
    except Refused:  # an empty repository, or no right to read its files: the issues are left
        return False
    finally:
        await asyncio.to_thread(_add, looking, batch)
    return False


def _add(looking: Search, files: Sequence[tuple[str, bytes]]) -> None:
    for path, content in files:
        looking.add(path, content)


async def _similar(ctx: Context, question: str) -> tuple[Similar, ...]:
    """Return issues like the question: the memory is asked as if it were a new one."""
    asked = replace(
        ctx.issue,
        number=_NO_NUMBER,
        node_id="",
        title=question[:250],
        body="",
        labels=(),
        created_at=ctx.now,
        updated_at=ctx.now,
        is_pull_request=False,
    )
    known = await ctx.memory.similar(asked, limit=ISSUES + 1)
    return tuple(one for one in known if one.number != ctx.issue.number and one.chance >= RELATED_FROM)[
        :ISSUES
    ]
