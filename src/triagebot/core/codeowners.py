"""Read a CODEOWNERS file and tell who owns a path; find the paths that a text names.

As GitHub documents it ("About code owners"): the last pattern that matches wins, a pattern without owners
takes ownership away, `docs/*` does not reach into folders, patterns are case-sensitive, and a line that
GitHub would not understand (`!`, `[`) is skipped. Matching is linear in pattern times path, with no
backtracking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triagebot.core.globs import segments_match

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order; the first file found counts."""

MAX_BYTES = 3_000_000
LONGEST_PATTERN = 400
MOST_PATHS = 10
LONGEST_TEXT = 70_000

_OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9_-]{1,100})?")
_REMARK = re.compile(r"(?:^|(?<=\s))#.*")
_WORD = re.compile(r"(?:\\.|[^\s\\])+")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: its pattern as written, in segments, and its owners (`@mona`, `@octo/parsers`)."""

    pattern: str
    segments: tuple[str, ...]
    owners: tuple[str, ...]

    @property
    def everything(self) -> bool:
        """True if the pattern names nothing in particular, like `*`."""
        return all(segment in ("*", "**") for segment in self.segments)


def parse(content: bytes) -> list[Rule]:
    """Return the rules of a file in order; none of a file that is larger than GitHub loads."""
    if len(content) > MAX_BYTES:
        return []
    text = content.decode("utf-8", "replace")
    return [rule for line in text.splitlines() if (rule := _rule(line))]


def owners(rules: Sequence[Rule], path: str) -> Rule | None:
    """Return the rule that decides about `path` ("src/parser.py"), or None if no pattern matches."""
    segments = path.split("/")
    return next((rule for rule in reversed(rules) if segments_match(rule.segments, segments)), None)


def _rule(line: str) -> Rule | None:
    words = _WORD.findall(_REMARK.sub("", line))
    if not words or words[0].startswith(("!", "\\#")) or "[" in words[0]:
        return None
    pattern = words[0].replace("\\ ", " ").replace("\\", "")
    if len(pattern) > LONGEST_PATTERN:
        return None
    named = tuple(word for word in words[1:] if _OWNER.fullmatch(word))  # a mail address names no account
    return Rule(pattern, _segments(pattern), named)


def _segments(pattern: str) -> tuple[str, ...]:
    """Return the pattern in segments, from the root to a file; `**` stands for any number of them."""
    parts = [part for part in pattern.split("/") if part]
    if "/" not in pattern.rstrip("/"):
        parts.insert(0, "**")
    if pattern.endswith("/"):
        parts += ["*", "**"]  # whatever is in the folder
    elif not pattern.endswith("/*"):
        parts.append("**")  # the thing itself, or what is in it
    return tuple(
        part for index, part in enumerate(parts) if part != "**" or parts[index - 1 : index] != ["**"]
    )


_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"'`]{1,2000}")
_BLOB = re.compile(
    r"https?://[^/\s]{1,100}/([\w.-]{1,100}/[\w.-]{1,100})/(?:blob|tree)/[^/\s]{1,100}/([^\s#?]{1,300})"
)
_PATH = re.compile(r"(?<![\w./@:\\+-])(?:\./)?((?:[\w.@+-]{1,100}/){0,20}[\w.@+-]{1,100}/?)(?![\w/\\])")
_INSTALLED = re.compile(r"(?:site|dist)-packages/((?:[\w.+-]{1,100}/){1,20}[\w.+-]{1,100})")
_FILE = re.compile(r"[\w@+-][\w.@+-]*\.[A-Za-z][A-Za-z0-9+]{0,9}")


def paths(text: str, repo: str) -> list[str]:
    """Return the paths that a text names, in order: files, folders, frames, links into `repo` ("owner/name").

    Words with a slash between ("and/or") are no paths: a path ends in a file with an extension or in a
    slash, or has three parts.
    """
    text = text[:LONGEST_TEXT]
    found = [
        link[2].rstrip(".,;:)")
        for address in _ADDRESS.findall(text)
        if (link := _BLOB.match(address)) and link[1].casefold() == repo.casefold()
    ]
    rest = _ADDRESS.sub(" ", text)
    found += _INSTALLED.findall(rest)
    found += [match[1].rstrip(".") for match in _PATH.finditer(rest)]
    return list(dict.fromkeys(path for path in found if _is_path(path)))[:MOST_PATHS]


def _is_path(path: str) -> bool:
    parts: Iterable[str] = path.split("/")
    if any(part in (".", "..") for part in parts):
        return False
    return path.endswith("/") or path.count("/") >= 2 or _FILE.fullmatch(path.rpartition("/")[2]) is not None
