"""What stands between a finding and its posting, whoever made it: pure checks, each failure by its name.

A finding is taken at its quote: where those lines stand in the diff is found out here, and what does not
stand there is not posted. A suggestion must apply and parse; a bad one is dropped, and takes its finding
along where that says nothing without it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from triagebot.core.code import errors, language, patience
from triagebot.core.diff import Anchor, FileDiff, Line, locate, replace_lines
from triagebot.core.findings import MODEL, Finding
from triagebot.core.redact import redact
from triagebot.core.text import strip_invisible
from triagebot.core.values import Side
from triagebot.handlers.review.earlier import Said, alike, repeats, words
from triagebot.handlers.review.parts import View, unshown, verbatim

SURE = 0.6
"""The confidence from which a model's error or warning is posted."""
SURE_OF_A_NOTE = 0.8
LONGEST_SPAN = 40
"""Lines that a comment may cover."""
REMEMBERED = 20
"""Dropped findings that are kept with the plan, for who asks why."""
WORTH = 4
"""Words of a body from which a finding says something without its suggestion."""


class Dropped(StrEnum):
    """Why a finding is not posted, in the review's words."""

    OTHER_FILE = "about a file that was not shown"
    NO_QUOTE = "quoting lines that are not there"
    UNCHANGED = "not about a changed line"
    SEEN = "about lines unchanged since the last review"
    STYLE = "about style"
    UNSURE = "not sure enough"
    HOLLOW = "empty without a suggestion that does not apply"
    TWICE = "the same as another one"
    SAID = "said before"
    REFUTED = "refuted by a second look"
    UNJUDGED = "without a second look"


@dataclass
class Tally:
    """How many findings each check dropped, the first of them, and how many suggestions did not hold."""

    dropped: Counter[Dropped] = field(default_factory=Counter)
    suggestions: int = 0
    examples: list[tuple[Finding, Dropped]] = field(default_factory=list)

    def drop(self, one: Finding, reason: Dropped) -> None:
        """Count a finding that is not posted."""
        self.dropped[reason] += 1
        if len(self.examples) < REMEMBERED:
            self.examples.append((one, reason))

    def add(self, other: Tally) -> None:
        """Count what another tally counted too."""
        self.dropped.update(other.dropped)
        self.suggestions += other.suggestions
        self.examples += other.examples[: REMEMBERED - len(self.examples)]


@dataclass(frozen=True, slots=True)
class Ground:
    """What findings are held against: the files that were shown, what was said before, what is wanted."""

    views: Mapping[str, View]
    said: Sequence[Said] = ()
    style: bool = False


def sieve(
    found: Sequence[Finding], ground: Ground, tally: Tally, beside: Sequence[Finding] = ()
) -> list[Finding]:
    """Return the findings that may be posted, anchored; the others are counted. `beside` are kept already."""
    kept: list[Finding] = []
    for one in found:
        checked = check(one, ground, tally)
        if isinstance(checked, Finding) and any(same(checked, other) for other in (*beside, *kept)):
            checked = Dropped.TWICE
        if isinstance(checked, Finding) and repeats(checked, ground.said):
            checked = Dropped.SAID
        if isinstance(checked, Finding):
            kept.append(checked)
        else:
            tally.drop(one, checked)
    return kept


def check(one: Finding, ground: Ground, tally: Tally) -> Finding | Dropped:
    """Return the finding with its anchor, or the first check that it fails."""
    view = ground.views.get(one.path)
    if view is None:
        return Dropped.OTHER_FILE
    placed = _placed(one, view.diff)
    if placed is None:
        return Dropped.NO_QUOTE
    return _unwanted(placed, view, ground) or _with_suggestion(placed, _fitted(one, placed), view, tally)


def _unwanted(one: Finding, view: View, ground: Ground) -> Dropped | None:
    """Return why an anchored finding is not wanted, or None."""
    lines = frozenset(range(one.start_line or one.line or 0, (one.line or 0) + 1))
    if not lines & view.diff.changed(one.side):
        return Dropped.UNCHANGED
    if view.fresh is not None and not lines & view.fresh.on(one.side):
        return Dropped.SEEN
    if one.kind == "style" and not ground.style:
        return Dropped.STYLE
    if one.source == MODEL and one.confidence < (SURE_OF_A_NOTE if one.severity == "note" else SURE):
        return Dropped.UNSURE
    return None


def _placed(one: Finding, diff: FileDiff) -> Finding | None:
    """Return the finding at the lines that it quotes, with them as they stand in the diff."""
    sides: tuple[Side, ...] = ("RIGHT", "LEFT") if one.source == MODEL else (one.side,)
    clear = _clear(diff) if one.source == MODEL else diff
    for seen in (diff,) if clear is diff else (diff, clear):
        for quote in (one.quote, _bare(one.quote)):
            for side in sides:
                anchor = locate(seen, quote, near=one.line, side=side) if quote.strip() else None
                if anchor is not None and len(anchor.numbers) <= LONGEST_SPAN:
                    return _at(one, anchor, diff)
    return None


def _clear(diff: FileDiff) -> FileDiff:
    """Return the diff as a model sees it, without invisible characters: they shall keep no finding off its line."""
    if all(line.text.isascii() for hunk in diff.hunks for line in hunk.lines):
        return diff
    return replace(
        diff, hunks=tuple(replace(hunk, lines=tuple(map(_seen, hunk.lines))) for hunk in diff.hunks)
    )


def _seen(line: Line) -> Line:
    if line.text.isascii():
        return line
    return replace(line, text=strip_invisible(unshown(verbatim(line.text))))


def _at(one: Finding, anchor: Anchor, diff: FileDiff) -> Finding:
    exact = "\n".join(line.text for line in diff.lines(anchor))
    update = {
        "line": anchor.line,
        "start_line": anchor.start_line,
        "side": anchor.side,
        "quote": exact[:4_000],
    }
    return one.model_copy(update=update)


_NUMBERED = re.compile(r"[ ]{0,12}(?:\d{0,6}[ ]?[+-][ ]?|\d{1,6}(?:[ ]{3}|$))")


def _bare(quote: str) -> str:
    """Return a quote without the numbers and signs that it may have been copied with."""
    rows = quote.strip("\n").split("\n")
    return "\n".join(row[match.end() :] if (match := _NUMBERED.match(row)) else row for row in rows)


def _fitted(given: Finding, placed: Finding) -> str | None:
    """Return the suggestion as it goes with the lines as they are, None where that cannot be told.

    Who quotes them without their numbers, signs or indentation may have left these in what replaces them too.
    """
    if given.suggestion is None:
        return None
    quote, suggestion = given.quote, given.suggestion
    if _flat(quote) != _flat(placed.quote):
        quote = _bare(quote)
        if all(_NUMBERED.match(row) for row in suggestion.strip("\n").split("\n")):
            suggestion = _bare(suggestion)
    shown, real, begins = _indent(quote), _indent(placed.quote), _indent(suggestion)
    if begins == real:
        return suggestion
    if not begins or (begins == shown and real.endswith(shown)):
        missing = real.removesuffix(begins)
        return "\n".join(missing + row if row.strip() else row for row in suggestion.split("\n"))
    return suggestion if shown == real else None


def _flat(text: str) -> list[str]:
    return [row.strip() for row in text.strip("\r\n").split("\n")]


def _indent(text: str) -> str:
    """Return the white space before the first line that holds something."""
    row = next((row for row in text.split("\n") if row.strip()), "")
    return row[: len(row) - len(row.lstrip())]


def _with_suggestion(one: Finding, fitted: str | None, view: View, tally: Tally) -> Finding | Dropped:
    if one.suggestion is None:
        return one
    if fitted is not None and _holds(one, fitted, view):
        return one.model_copy(update={"suggestion": fitted})
    tally.suggestions += 1
    if len(one.body.split()) < WORTH:
        return Dropped.HOLLOW
    return one.model_copy(update={"suggestion": None})


def _holds(one: Finding, suggestion: str, view: View) -> bool:
    """Return True if the suggestion applies to the head, changes something, and parses no worse than before."""
    if one.side != "RIGHT" or view.head is None or one.line is None:
        return False
    plain = suggestion.replace("\r\n", "\n")
    if any(strip_invisible(text) != text for text in (plain, one.quote.replace("\r", ""))):
        return False  # it hides something, or would take away what a model does not see
    if redact(plain) != plain or plain.count("\n") > LONGEST_SPAN:
        return False
    try:
        after = replace_lines(view.head, one.start_line or one.line, one.line, suggestion)
    except ValueError:  # the file that was read is not the one of the diff
        return False
    if _plain(suggestion) == _plain(one.quote):
        return False
    kind = language(one.path, view.head.split("\n", 1)[0])
    limit = patience(1)
    with limit:
        return kind is None or (
            len(errors(after, kind)) <= len(errors(view.head, kind)) and not limit.unanswered
        )


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


def same(one: Finding, other: Finding) -> bool:
    """Return True if two anchored findings say the same of the same lines."""
    if (one.path, one.side) != (other.path, other.side):
        return False
    if one.fingerprint == other.fingerprint:
        return True
    first, last = one.start_line or one.line or 0, one.line or 0
    start, end = other.start_line or other.line or 0, other.line or 0
    if first > end or start > last:
        return False
    exact = (first, last) == (start, end)
    return (exact and one.source != other.source and MODEL in (one.source, other.source)) or alike(
        words(f"{one.title} {one.body}"), words(f"{other.title} {other.body}")
    )


_SEVERITIES = {"error": 0, "warning": 1, "note": 2}
_KINDS = {"security": 0, "bug": 1, "performance": 2, "leftover": 3, "tests": 4, "docs": 5, "style": 6}


BREAKING = frozenset({"syntax-error", "conflict-marker"})
"""The rules that tell of what cannot be built, or run."""


def importance(one: Finding) -> tuple[int, bool, int, float, str, int]:
    """Return a key that sorts the most important finding first."""
    return (
        _SEVERITIES[one.severity],
        one.source not in BREAKING,
        _KINDS[one.kind],
        -one.confidence,
        one.path,
        one.line or 0,
    )
