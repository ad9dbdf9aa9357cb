"""Read an issue's structure: what its template says, and what can be counted in it. Linear in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log1p

from triagebot.core.cues import SIGNS
from triagebot.core.history import PastIssue
from triagebot.core.text import strip_hidden

LONGEST = 20_000
"""Characters of a body that are read: one huge log must not outweigh a history of ordinary issues."""

_HEADING = re.compile(r"^(?:#{1,6}[ \t]+(?P<marked>[^\n]{1,80})|\*\*(?P<bold>[^*\n]{2,60})\*\*:?)[ \t]*$")
_CHECKBOX = re.compile(r"^\s{0,8}[-*][ \t]+\[(?P<mark>[ xX])\][ \t]*(?P<text>[^\n]{1,100})")
_FIELD = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?(?:\*\*)?(?P<name>[A-Z][\w /()-]{2,40}?)(?:\*\*)?:[ \t]*(?P<value>[^\n]*)$"
)
_TAG = re.compile(r"^\W?(?P<tag>[A-Za-z][\w ./-]{0,24})(?:[\])]:?|:)")
_WORDS = re.compile(r"\w+")
_SHORT_ANSWER = 60

_COUNTED = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"```",
        r"`[^`\n]{1,80}`",
        r"https?://",
        r"!\[|<img|user-images",
        r"\?",
        r"!",
        r"^\s+at [\w.$<>]+ ?\(|^Traceback |^  File \"",
        r"\b\d+\.\d+(?:\.\d+)*\b",
        r"(?:[\w.-]+/){2,}[\w.-]+",
        r"^#{1,6} ",
        r"\[[xX]\]",
        r"\[ \]",
        r"^\s*[-*] ",
        r"^\s*\d+\. ",
        r"^> ",
        r"_No response_|\bN/A\b",
        r"(?<!\w)@\w+",
        r"(?<!\w)#\d+",
        r"\b(?:[Ee]rror|[Ee]xception|[Ff]ail\w*)\b",
        r"\b(?:I|we|my|our)\b",
        r"\b(?:would|could|should)\b",
    )
)
NUMBERS = 8 + len(_COUNTED) + len(SIGNS)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one issue: `marks` are its template's tokens, `numbers` has `NUMBERS` values."""

    title: str
    body: str
    marks: tuple[str, ...]
    numbers: tuple[float, ...]
    is_pull_request: bool


def read(issue: PastIssue) -> Reading:
    """Return what the label model looks at, of the text as a person sees it and no more than `LONGEST`."""
    title = strip_hidden(issue.title)[0][:300]
    body = strip_hidden(issue.body[: 2 * LONGEST])[0][:LONGEST]
    marks = (f"author={issue.author_association}", f"bot={issue.author_is_bot}", *_marks(title, body))
    return Reading(title, body, marks, _numbers(title, body), issue.is_pull_request)


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower()))


def _marks(title: str, body: str) -> list[str]:
    """Return tokens for headings, short answers below them, fields with their values, and checkboxes."""
    marks = [f"tag={_plain(found['tag'])}"] if (found := _TAG.match(title)) else []
    heading = ""
    for line in body.split("\n"):
        if not line.strip():
            continue
        if found := _HEADING.match(line):
            heading = _plain(found["marked"] or found["bold"])
            marks.append(f"heading={heading}")
            continue
        if found := _CHECKBOX.match(line):
            marks.append(f"box={found['mark'].lower()}={_plain(found['text'])}")
        elif found := _FIELD.match(line):
            marks.append(f"field={_plain(found['name'])}={_plain(found['value'][:_SHORT_ANSWER])}")
        elif heading and len(line) <= _SHORT_ANSWER:
            marks.append(f"answer={heading}={_plain(line)}")
        heading = ""
    return marks


def _numbers(title: str, body: str) -> tuple[float, ...]:
    text = f"{title}\n{body}"
    words = _WORDS.findall(body)
    letters = sum(char.isalpha() for char in body) or 1
    sizes = (
        log1p(len(title)),
        log1p(len(body)),
        log1p(body.count("\n")),
        log1p(len(words)),
        float(title.rstrip().endswith("?")),
        sum(char.isupper() for char in body) / letters,
        sum(ord(char) > 127 for char in text) / len(text),
        sum(map(len, words)) / (len(words) or 1) / 10,
    )
    counts = tuple(log1p(len(pattern.findall(text))) for pattern in _COUNTED)
    signs = tuple(
        float(
            (sign.where != "body" and sign.pattern.search(title) is not None)
            or (sign.where != "title" and sign.pattern.search(body) is not None)
        )
        for sign in SIGNS
    )
    return sizes + counts + signs
