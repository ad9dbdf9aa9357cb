"""Our part of a text that a person wrote: between two markers, everything around it left to the letter.

The first marker's signature covers what we wrote, so that a part which a person changed, or copied from
another subject, is told from ours. Only a first marker that is followed by a second one, with none between
them, holds anything: what people break is plain text of theirs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from triagebot.core.markers import Marks

_MARKER = re.compile(r"<!-- triagebot:body (?:begin sig=(?P<sig>[0-9a-f]{40})|end) -->")
_BEFORE = re.compile(r"(?:\r\n\r\n|\n\n)?\Z")
_END = "<!-- triagebot:body end -->"


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part stands, both markers and the empty line before it included, and what it says."""

    start: int
    end: int
    text: str
    signature: str


def parts(body: str) -> Iterator[Part]:
    """Yield every part of `body`, whoever it is from."""
    opened: re.Match[str] | None = None
    for marker in _MARKER.finditer(body):
        if marker["sig"]:
            opened = marker
        elif opened:
            start = opened.start()
            start -= len(_BEFORE.search(body, max(0, start - 4), start).group())  # type: ignore[union-attr]
            yield Part(start, marker.end(), _plain(body[opened.end() : marker.start()]), opened["sig"])
            opened = None


def ours(body: str, marks: Marks, subject_key: str) -> Part | None:
    """Return the first part of `body` that says what we wrote for this subject, to the letter."""
    return next(
        (part for part in parts(body) if marks.signed(subject_key, _named(part.text), part.signature)), None
    )


def put(body: str, text: str, marks: Marks, subject_key: str) -> str:
    """Return `body` with our part reading `text`, in its place, or at the end; "" takes it out."""
    text = _plain(_without_markers(text))
    part = ours(body, marks, subject_key)
    start, end = (part.start, part.end) if part else (len(body), len(body))
    if not text:
        return body[:start] + body[end:]
    begin = f"<!-- triagebot:body begin sig={marks.sign(subject_key, _named(text))} -->"
    before = body[start : part.start + len(_gap(body, part))] if part else "\n\n" if body else ""
    return f"{body[:start]}{before}{begin}\n{text}\n{_END}{body[end:]}"


def without(body: str) -> str:
    """Return `body` without any part: what people wrote."""
    kept, at = [], 0
    for part in parts(body):
        kept.append(body[at : part.start])
        at = part.end
    return "".join([*kept, body[at:]])


def _gap(body: str, part: Part) -> str:
    return body[part.start : body.index("<", part.start)]


def _without_markers(text: str) -> str:
    while (shorter := _MARKER.sub("", text)) != text:  # what is left may be one
        text = shorter
    return text


def _named(text: str) -> str:
    return f"body\n{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
