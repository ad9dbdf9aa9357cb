"""Read the repository once for the public names that the change takes away: what is told is `core.rules.gone`'s."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from triagebot.core.errors import ArchiveTooLarge, DownloadTooSlow, Refused
from triagebot.core.findings import Finding
from triagebot.core.markdown import code_span
from triagebot.core.rules.gone import SOURCE, Gone, Search, gone
from triagebot.core.text import cut
from triagebot.ports import GitHubReader

__all__ = ["SOURCE", "Searched", "gone", "search"]

MOST_BYTES = 40_000_000
"""Of the packed repository. A larger one is not searched."""
NAMED = 5
LONGEST = 80
"""Characters shown of a name."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What the search told; `problem` says why it did not look everywhere, and then told nothing."""

    findings: Sequence[Finding]
    note: str
    problem: str = ""


async def search(github: GitHubReader, sha: str, names: Sequence[Gone]) -> Searched:
    """Look through the repository's files at `sha`, one at a time. Never raises for what cannot be read."""
    looking = Search(names)
    wanted = [one.what.name.encode() for one in names]
    problem = ""
    try:
        async for path, content in github.archive(sha, max_bytes=MOST_BYTES):
            if any(name in content for name in wanted):
                await asyncio.to_thread(looking.look, path, content)
            if not looking.complete:
                break
    except Refused as error:
        problem = f"the repository was not searched for them: {_why(error)}"
    if not looking.complete:
        problem = "too many files hold them to tell whether they are still used"
    shown = ", ".join(code_span(cut(one.what.name, LONGEST)) for one in names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    note = f"Public names removed: {shown}{more}; {problem or 'the rest of the repository was searched for them'}."
    return Searched(() if problem else looking.findings(), note, problem)


def _why(error: Refused) -> str:
    match error:
        case ArchiveTooLarge():
            return "it is too large"
        case DownloadTooSlow():
            return "GitHub took too long to hand it out"
    return "GitHub does not hand it out"
