"""The answer as a comment: sentences with links to what they rest on, or plainly the nearest places."""

from __future__ import annotations

from collections.abc import Sequence

from triagebot.core import links
from triagebot.core.claims import one_line
from triagebot.core.commands import LONGEST_ARGS
from triagebot.core.markdown import code_span, quote
from triagebot.core.passages import Found, telling_line
from triagebot.core.redact import redact
from triagebot.core.text import cut
from triagebot.handlers.ask.reading import Reading
from triagebot.handlers.ask.voice import Heard
from triagebot.routing import Context

NEAREST = 3
PLACES = 5


def compose(ctx: Context, reading: Reading, heard: Heard) -> str:
    """Return the comment's text."""
    asked = one_line(cut(reading.question, 300), limit=400)
    parts = [quote(asked)] if asked else []
    if heard.said:
        parts.append(
            "\n".join(f"- {one_line(one.text)} ({_links(ctx, reading, one.places)})" for one in heard.said)
        )
    elif not (reading.found or reading.similar):
        parts.append(f"I don't know: {_why_nothing(reading)}")
    elif heard.model:
        parts.append("I don't know: what I found does not answer it. The nearest places:")
        parts.append(_places(ctx, reading, NEAREST))
    else:
        parts.append("The places that are nearest to the question:")
        parts.append(_places(ctx, reading, PLACES))
    return "\n\n".join([*parts, f"<sub>{_footer(reading, heard)}</sub>"])


def _links(ctx: Context, reading: Reading, places: Sequence[int]) -> str:
    return ", ".join(_link(ctx, reading, place) for place in places)


def _link(ctx: Context, reading: Reading, place: int) -> str:
    if place >= len(reading.found):
        return links.reference(reading.similar[place - len(reading.found)].number, ctx.issue.url)
    found = reading.found[place].passage
    return links.lines(ctx.issue.url, reading.ref, found.path, found.start, found.end)


def _places(ctx: Context, reading: Reading, limit: int) -> str:
    lines = [
        f"- {_link(ctx, reading, place)}{_what(one, reading.terms)}"
        for place, one in enumerate(reading.found[:limit])
    ]
    lines += [
        f"- {links.reference(one.number, ctx.issue.url)} {code_span(cut(one.title, 120))}"
        for one in reading.similar
    ]
    return "\n".join(lines)


def _what(one: Found, terms: frozenset[str]) -> str:
    line = telling_line(one.passage, terms)
    return f": {code_span(cut(redact(line), 140))}" if line else ""


def _why_nothing(reading: Reading) -> str:
    if not reading.terms:
        return "no word of the question can be searched for. Name a file, a function, an option or an error."
    if reading.closed:
        return "GitHub does not hand out the files here, and no issue is like the question."
    return f"nothing in {_scope(reading)} has these words, and no issue is like the question."


def _scope(reading: Reading) -> str:
    files = f"{reading.files:,} file{'s' if reading.files != 1 else ''}"
    return f"{files} at {code_span(reading.ref[:7])}"


def _footer(reading: Reading, heard: Heard) -> str:
    unread = "Searched issues only: " + (
        "GitHub does not hand out the files here."
        if reading.closed
        else "no word could be looked for in files."
    )
    said = [unread if reading.closed or not reading.terms else f"Searched {_scope(reading)}, and issues."]
    if len(reading.question) >= LONGEST_ARGS - 1:
        said.append(f"Only the first {LONGEST_ARGS:,} characters of the question were read.")
    if reading.cut:
        said.append("The repository is larger than that; the rest was not read.")
    if heard.said:
        said.append(
            f"Written by {code_span(heard.model)}; each sentence quotes what it links to, which was checked."
        )
    elif heard.silence and (reading.found or reading.similar):
        said.append(f"Found by their words: {heard.silence}, so nobody wrote an answer.")
    if heard.dropped:
        one = heard.dropped == 1
        said.append(
            f"{heard.dropped} sentence{'' if one else 's'} of {code_span(heard.model)} did not hold, "
            f"and {'is' if one else 'are'} left out."
        )
    return " ".join(said)
