"""Merge conflict markers that were committed."""

from __future__ import annotations

import re

from triagebot.core.code import COMPARABLE, errors
from triagebot.core.findings import Finding
from triagebot.core.rules.change import Change

SOURCE = "conflict-marker"

_OURS = re.compile(r"<{7}(?: \S.{0,200})?$")
_BETWEEN = re.compile(r"={7}$")
_THEIRS = re.compile(r">{7}(?: \S.{0,200})?$")
_FORWARD = (_OURS, _BETWEEN, _THEIRS)
_PROSE = re.compile(r"(?i)\.(?:md|mdx|markdown|rst|txt|adoc|asciidoc|org|tex|html?|patch|diff|orig|rej)$")


def look(change: Change) -> list[Finding]:
    """Return one finding if the three markers of a conflict were added in their order."""
    if change.is_broken_on_purpose or change.is_foreign or change.is_template:
        return []
    marks = _markers(change)
    if marks is None or _written_about(change):
        return []
    start, first, second, last = marks
    return [
        Finding(
            path=change.diff.path,
            quote=first,
            line=start,
            kind="bug",
            severity="error",
            confidence=0.98,
            title="Merge conflict markers were left in",
            body=f"The conflict that begins here goes on to lines {second} and {last}: choose what stays and delete the"
            " three marker lines.",
            source=SOURCE,
        )
    ]


def _markers(change: Change) -> tuple[int, str, int, int] | None:
    """Return the first conflict: the number and text of its first line, and where the other markers stand."""
    stage, found, first = 0, [0, 0, 0], ""
    for number, line in change.added():
        text = line.text.removesuffix("\r")
        if _OURS.match(text) and " " in text:
            stage, found[0], first = 1, number, line.text
        elif 0 < stage < 3 and _FORWARD[stage].match(text):
            found[stage] = number
            stage += 1
            if stage == 3:
                return found[0], first, found[1], found[2]
    return None


def _written_about(change: Change) -> bool:
    """Return True if the markers may be meant: in prose, or where the file parses with them in it."""
    if _PROSE.search(change.diff.path) or (change.is_test and change.head is None):
        return True
    if change.base is not None and re.search(r"^<{7} ", change.base, re.MULTILINE):
        return True
    if change.head is None or change.language not in COMPARABLE:
        return change.is_test
    return not errors(change.head, change.language)
