"""What a pasted stack trace or error says, and which of its frames lie in this repository as it is now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from triagebot.core import code, markers
from triagebot.core.delivery import Delivery, comment_id, review_thread
from triagebot.core.errors import ArchiveTooLarge, DownloadTooSlow, Refused
from triagebot.core.logs import clues
from triagebot.core.logs.traces import LONGEST, Paths, Place, trace
from triagebot.core.markdown import code_span
from triagebot.core.text import cut, strip_hidden
from triagebot.handlers.explain.trouble import Findings, Spot, Trouble, around
from triagebot.routing import Context

MOST_BYTES = 60_000_000
"""Of the packed repository that are read to find the frames' files."""
MOST_TEXTS = 100
"""The subject's own text and its newest comments in which a trace is looked for."""
MOST_KEPT = 60
"""Files named like a frame's that are kept."""
DEATHS = 3
"""Files that may each cost a parser its life; then the lines of a trace are taken as they are."""
MOST_SHOWN = 12
"""Lines of a pasted trace that are shown again: its error and its last calls."""
SPOTS = 3
TOLD = 3
"""The weight from which a line counts as an error: people write "error" in prose."""
RELATED = 3
NOTHING = (
    "There is no stack trace and no error message in the comment or in the text above. Paste it below the "
    "command, in a code block."
)


async def near(ctx: Context, delivery: Delivery) -> list[str]:
    """Return what the person points at: the comment itself, and what it replies to."""
    comment = delivery.payload.get("comment")
    body = comment.get("body") if isinstance(comment, dict) else None
    texts = [body] if isinstance(body, str) else []
    first = review_thread(delivery)
    if first is not None and ctx.issue.is_pull_request:
        thread = await ctx.github.diff_comments(ctx.issue.number)
        own = comment_id(delivery)
        texts += [
            one.body
            for one in reversed(thread)
            if first in (one.id, one.in_reply_to) and one.id != own and not one.ours
        ]
    return texts


async def around_here(ctx: Context, delivery: Delivery) -> list[str]:
    """Return what else stands here: the subject's text, then its comments, the newest first."""
    comments = await ctx.github.comments(ctx.issue.number)
    said = [
        one.body for one in reversed(comments) if one.id != comment_id(delivery) and one.app_id != ctx.app_id
    ]
    return [ctx.issue.body, *said]


async def look(ctx: Context, texts: Sequence[str]) -> Findings:
    """Return what the first text that holds a trace, else the first that holds an error, says."""
    read = await asyncio.to_thread(_first, texts[:MOST_TEXTS])
    if read is None:
        return Findings(nothing=NOTHING)
    trouble, places = read
    ref = ctx.pull.head_sha if ctx.pull is not None else await ctx.default_commit()
    spots, elsewhere = await _spots(ctx, ref, places)
    similar = await ctx.related(trouble.message, trouble.evidence, limit=RELATED)
    return Findings((replace(trouble, spots=spots, elsewhere=elsewhere),), ref, similar=similar)


def _first(written: Sequence[str]) -> tuple[Trouble, Sequence[Place]] | None:
    texts = [markers.strip(strip_hidden(text)[0])[:LONGEST] for text in written]
    for text in texts:
        if found := trace(text):
            lines = (
                found.lines
                if len(found.lines) <= MOST_SHOWN
                else (*found.lines[:2], "…", *found.lines[3 - MOST_SHOWN :])
            )
            return Trouble("", "stack trace", found.error or "a stack trace", lines, weight=3), found.frames
    for text in texts:
        for clue in clues(text, most=1):
            if clue.weight >= TOLD:
                return Trouble(
                    "", clue.tool, clue.message, clue.lines[:MOST_SHOWN], weight=clue.weight
                ), clue.places
    return None


async def _spots(ctx: Context, ref: str, places: Sequence[Place]) -> tuple[tuple[Spot, ...], str]:
    """Return the frames that lie in this repository, the innermost first, at the lines where their code is now.

    And what to say if there are none.
    """
    if not places:
        return (), "It names no line of code."
    elsewhere = "None of its lines was found in this repository."
    wanted = {place.path.replace("\\", "/").rpartition("/")[2] for place in places}
    paths, contents = Paths(), dict[str, str]()
    try:
        async for path, content in ctx.github.archive(ref, max_bytes=MOST_BYTES):
            if path.rpartition("/")[2] in wanted and len(contents) < MOST_KEPT:
                paths.add(path)
                contents[path] = content.decode("utf-8", "replace")
    except DownloadTooSlow:
        elsewhere = (
            "GitHub took too long to hand out this repository; none of its lines was found in what came."
        )
    except ArchiveTooLarge:
        elsewhere = (
            "This repository is too large to read whole; none of its lines was found in what was read."
        )
    except Refused:  # an empty repository, or no right to read its files
        return (), "GitHub does not hand out this repository's files, so its lines were not looked for."
    return await asyncio.to_thread(_matched, places, paths, contents), elsewhere


def _matched(places: Sequence[Place], paths: Paths, contents: Mapping[str, str]) -> tuple[Spot, ...]:
    limit = code.patience(DEATHS)

    @cache  # a parser takes its time, and a trace may name one file in all its frames
    def defined(path: str) -> Sequence[code.Definition]:
        with limit:
            return code.definitions(contents[path], code.language(path))

    spots: dict[tuple[str, int], Spot] = {}
    for place in places:
        path = paths.find(place)
        if path is None or len(spots) >= SPOTS:
            continue
        line, note = _now(contents[path], defined, path, place)
        if line:
            function = place.function.rpartition(".")[2].rpartition("::")[2]
            note = "; ".join(filter(None, (function and f"in {code_span(cut(function, 80))}", note)))
            spots.setdefault((path, line), Spot(path, line, note, around(contents[path], line)))
    return tuple(spots.values())


def _now(
    content: str, defined: Callable[[str], Sequence[code.Definition]], path: str, place: Place
) -> tuple[int, str]:
    """Return the line where a frame's code is now, and what became of it; 0 if it is not to be found."""
    lines = content.split("\n")
    if place.text:
        same = [at for at, line in enumerate(lines, 1) if line.strip() == place.text]
        if same:
            line = min(same, key=lambda at: abs(at - place.line))
            return line, "" if line == place.line else f"it was line {place.line} then"
    name = place.function.rpartition(".")[2].rpartition("::")[2]
    named = [one for one in defined(path) if one.name == name]
    if named and not any(one.start <= place.line <= one.end for one in named):
        return named[0].start, f"it was line {place.line} then"
    if place.line > len(lines):
        return 0, ""
    return place.line, "the code has changed since" if place.text else ""
