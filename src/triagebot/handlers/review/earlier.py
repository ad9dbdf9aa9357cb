"""What was said on the pull request's lines before, by us and by people: so that nothing is said twice.

Our own comments carry a hidden line that names the finding and who told it. It is believed only where
this App wrote the comment. Which lines a comment is about is read from the piece of diff that GitHub keeps
with it: line numbers move, and are gone once the diff has left the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from triagebot.core.findings import MODEL, Finding
from triagebot.core.text import strip_hidden
from triagebot.core.values import DiffComment, Side

_NAMED = re.compile(r"<!-- triagebot:finding=([0-9a-f]{16}) source=([a-z0-9-]{1,60}) -->")
_EMPTY_BLOCK = re.compile(r"^`{3,}suggestion\n`{3,}$", re.MULTILINE)
_BLOCK = re.compile(r"(?<=`)``suggestion$", re.MULTILINE)
_FIXED = "<!-- triagebot:fixed=%s source=%s -->"
_WORD = re.compile(r"[^\W_]{4,40}")
_EMPTY = frozenset(
    [
        "this",
        "that",
        "with",
        "from",
        "have",
        "here",
        "there",
        "should",
        "would",
        "could",
        "when",
        "line",
        "code",
    ]
)
NEAR = 3
"""Lines between two remarks up to which similar words are taken for the same remark."""
ALIKE = 0.45
"""The share of the shorter text's words that both have, from which they say the same."""


def naming(finding: Finding) -> str:
    """Return the hidden line by which the finding's comment is known again."""
    return f"<!-- triagebot:finding={finding.fingerprint} source={finding.source} -->"


def words(text: str) -> frozenset[str]:
    """Return what a text's words begin with, for comparing what two remarks say."""
    found = _WORD.findall(strip_hidden(text[:4_000])[0].casefold())
    return frozenset(word[:6] for word in found if word not in _EMPTY)


def alike(one: Collection[str], other: Collection[str], share: float = ALIKE) -> bool:
    """Return True if two texts have enough words in common to say the same."""
    common = len(set(one) & set(other))
    return common >= 2 and common >= share * min(len(one), len(other))


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier comment on lines of the diff. `lines` are the texts that it is about, without outer spaces.

    `fingerprint` and `source` are set for an open finding of ours; `answered` if somebody replied to it.
    """

    id: int
    path: str
    line: int | None
    lines: tuple[str, ...]
    words: frozenset[str]
    body: str
    side: Side = "RIGHT"
    fingerprint: str = ""
    source: str = ""
    answered: bool = False

    @property
    def open(self) -> bool:
        """True if it is a finding of ours that was not marked as fixed."""
        return bool(self.fingerprint)


def read(comments: Sequence[DiffComment]) -> list[Said]:
    """Return what was said, replies by people included; what we marked as fixed counts as unsaid."""
    replied = {one.in_reply_to for one in comments if not one.ours}
    found: list[Said] = []
    for one in comments:
        named = _NAMED.findall(one.body) if one.ours else []
        fingerprint, source = named[-1] if named else ("", "")  # what a suggestion holds stands before it
        if one.ours and not named:
            continue
        count = one.line - one.start_line + 1 if one.line and one.start_line else 1
        found.append(
            Said(
                one.id,
                one.path,
                one.line,
                _lines(one.diff_hunk, max(1, count), one.side),
                words(_NAMED.sub("", one.body)),
                one.body,
                one.side,
                fingerprint,
                source,
                one.id in replied,
            )
        )
    return found


def _lines(diff_hunk: str, count: int, side: Side) -> tuple[str, ...]:
    """Return the last lines of the side: the piece of diff ends with the commented one."""
    others = ("@@", "\\", "-" if side == "RIGHT" else "+")
    rows = [row[1:].strip() for row in diff_hunk.split("\n")[-200:] if not row.startswith(others)]
    return tuple(rows[-count:])


def repeats(finding: Finding, said: Sequence[Said]) -> bool:
    """Return True if the finding was told before, by us or by a person."""
    texts = {text for row in finding.quote.split("\n") if len(text := row.strip()) >= 4}
    mine = words(f"{finding.title} {finding.body}")
    for one in said:
        if one.path != finding.path:
            continue
        if one.fingerprint == finding.fingerprint:
            return True
        same = bool(texts & set(one.lines))
        near = one.line is not None and finding.line is not None and _gap(finding, one.line) <= NEAR
        if (same or near) and alike(mine, one.words):
            return True
        # The same lines, in other words: not only ones that read the same elsewhere.
        if same and (near or one.line is None) and one.source == finding.source == MODEL:
            return True
    return False


def _gap(finding: Finding, line: int) -> int:
    last = finding.line or 0
    first = finding.start_line or last
    return max(first - line, line - last, 0)


def fixed(
    said: Sequence[Said],
    *,
    told: Collection[str],
    looked: Callable[[Said], bool],
    heads: Mapping[str, str | None],
) -> list[Said]:
    """Return our open findings that are gone, none that somebody answered.

    `told` are the fingerprints that the rules tell now, `looked` says whether a rule looked at that file
    again, and `heads` holds the files' content now, None for one that is gone; what is not in it is not known.
    """
    files = _Files(heads)
    return [
        one
        for one in said
        if one.open and not one.answered and one.path in heads and _gone(one, told, looked(one), files)
    ]


@dataclass
class _Files:
    """The lines of files, without outer spaces; each file is taken apart once."""

    heads: Mapping[str, str | None]
    _rows: dict[str, frozenset[str]] = field(default_factory=dict)

    def hold(self, path: str, lines: Sequence[str]) -> bool:
        """Return True if the file has all these lines, wherever."""
        content = self.heads[path]
        if content is None:
            return False
        if path not in self._rows:
            self._rows[path] = frozenset(row.strip() for row in content.split("\n"))
        return {line for line in lines if line} <= self._rows[path]


def _gone(one: Said, told: Collection[str], looked: bool, files: _Files) -> bool:
    if one.source != MODEL and (one.fingerprint in told or not looked):
        return False
    if files.heads[one.path] is None:  # it may have moved to another file
        return not any(files.hold(path, one.lines) for path in files.heads)
    if one.source != MODEL:
        return True
    # What was said of a removed line is settled when the line is back.
    return files.hold(one.path, one.lines) == (one.side == "LEFT")


def moved(said: Sequence[Said], told: Sequence[Finding], paths: Collection[str]) -> list[Said]:
    """Return our open findings on files that are out of the change, and that are `told` anew of another one."""
    anew = {(one.source, tuple(row.strip() for row in one.quote.split("\n"))) for one in told}
    return [
        one
        for one in said
        if one.open and not one.answered and one.path not in paths and (one.source, one.lines) in anew
    ]


def closed(one: Said, sha: str) -> str:
    """Return what the comment of a fixed finding reads from now on."""
    text = _NAMED.sub("", one.body).replace("\r\n", "\n").strip()
    title = text.partition("\n")[0].replace("**", "") or "Finding"
    text = _BLOCK.sub("``", _EMPTY_BLOCK.sub("Suggested: delete these lines.", text))
    # Of what a rule told, the rule says that it is gone; of what a model told, only the lines are known to be.
    how = "Changed" if one.source == MODEL else "Fixed"
    return (
        f"~~{title}~~ {how} in `{sha[:7]}`.\n\n<details><summary>What was said</summary>\n\n{text}\n\n</details>\n\n"
        + _FIXED % (one.fingerprint, one.source)
    )
