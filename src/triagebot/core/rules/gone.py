"""Public names that a change takes away, while the repository still uses them.

The whole repository has to be read for it, one file at a time: `gone` says what to look for, a `Search` is
shown each file of the head and keeps only what it found. Many things have the same name, so a use counts only
where its file says that it means this one (`evidence`), and if nothing else in the repository has that name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from triagebot.core.code import (
    Definition,
    Patience,
    Use,
    definitions,
    language,
    names_gone,
    patience,
    readable,
    uses,
)
from triagebot.core.diff import FileDiff
from triagebot.core.findings import Finding
from triagebot.core.markdown import code_span
from triagebot.core.rules.change import Change
from triagebot.core.rules.evidence import FAMILIES, Home, means

SOURCE = "name-still-used"
MOST_NAMES = 20
MOST_LOOKED_AT = 200
"""Names of which it is found out whether they only moved."""
DEATHS = 3
MOST_PARSED = 400
"""Files that are parsed, of those that hold one of the names' letters."""
MOST_PLACES = 50
SHOWN = 5
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Gone:
    """A public definition that a file had and has no more. `line` and `text`: where it began, on the LEFT."""

    path: str
    language: str
    what: Definition
    line: int
    text: str


def gone(changes: Sequence[Change]) -> tuple[Gone, ...]:
    """Return what the change takes away, less what it only moves to another of its files. Parses.

    Nothing is told where a file broke the parser: it may be the one that has the name now.
    """
    limit = patience(DEATHS)
    with limit:
        found = [one for change in changes for one in _gone(change)][:MOST_LOOKED_AT]
        moved = _defined({one.what.name for one in found}, changes)
    if limit.unanswered:
        return ()
    counted = [one.what.name for one in found]
    kept = [one for one in found if one.what.name not in moved and counted.count(one.what.name) == 1]
    return tuple(kept[:MOST_NAMES])


def _defined(names: set[str], changes: Sequence[Change]) -> set[str]:
    """Return which of the names the changed files define, or may define where they are not parsed."""
    defined: set[str] = set()
    for change in changes:
        head = change.head or ""
        if here := {name for name in names if name in head}:
            known = {one.name for one in definitions(head, change.language)} if readable(head) else names
            defined |= here & known
    return defined


def _gone(change: Change) -> list[Gone]:
    if change.base is None or change.is_test or change.is_example or change.is_foreign or change.is_template:
        return []
    old_path = change.diff.old_path or change.diff.path
    spoken = language(old_path, change.base.split("\n", 1)[0])
    if spoken not in FAMILIES or (change.head is None and change.diff.status != "removed"):
        return []
    candidates = [
        one
        for one in names_gone(change.base, change.head or "", spoken)
        if len(one.name) >= _SHORTEST and not one.name.startswith("_")
    ]
    if any(one.kind == "method" for one in candidates):
        alone = {one.name for one in definitions(change.base, spoken) if _inherits_nothing(one)}
        candidates = [one for one in candidates if one.kind != "method" or one.parent in alone]
    return [
        Gone(old_path, spoken, one, *place)
        for one in candidates
        if (place := _place(change.diff, one)) is not None
    ]


def _inherits_nothing(one: Definition) -> bool:
    """Return True for a class that has its methods from nowhere else: what it loses is not there any more."""
    words = one.signature.removesuffix("()").split()
    return one.kind in ("class", "struct") and words[-1:] == [one.name]


def _place(diff: FileDiff, one: Definition) -> tuple[int, str] | None:
    """Return the removed line with the name on it; decorators may stand above."""
    for hunk in diff.hunks:
        for line in hunk.lines:
            here = line.kind == "-" and line.old is not None and one.start <= line.old <= one.end
            if here and one.name in line.text and line.old is not None:
                return line.old, line.text
    return None


@dataclass
class Search:
    """Looks for uses of what is gone. `parsed`: files that it parsed; from `MOST_PARSED` on, it looks no further."""

    names: Sequence[Gone]
    parsed: int = 0
    _patience: Patience = field(default_factory=lambda: patience(DEATHS))
    _places: dict[str, list[str]] = field(default_factory=dict)
    _there: set[str] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        """False once there were too many files to look at. Then nothing is told: the name may be defined in one."""
        return self.parsed < MOST_PARSED and not self._patience.lost

    def look(self, path: str, content: bytes) -> None:
        """Look at one file of the head. Parses: call it in a thread."""
        spoken = language(path, content[:300].split(b"\n", 1)[0].decode("ascii", "replace"))
        family = FAMILIES.get(spoken or "")
        near = [
            one
            for one in self.names
            if FAMILIES[one.language] == family
            and one.what.name not in self._there
            and one.what.name.encode() in content
        ]
        if not near or not self.complete:
            return
        source = content.decode("utf-8", "replace")
        if not readable(source):  # it may be defined in there
            self._there.update(one.what.name for one in near)
            return
        self.parsed += 1
        unanswered = self._patience.unanswered
        with self._patience:
            self._read(near, path, source, spoken)
        if self._patience.unanswered > unanswered:
            self._there.update(one.what.name for one in near)

    def _read(self, near: Sequence[Gone], path: str, source: str, spoken: str | None) -> None:
        defined = {one.name for one in definitions(source, spoken)}
        found: dict[str, list[Use]] = {}
        for use in uses(source, spoken, {one.what.name for one in near}):
            found.setdefault(use.name, []).append(use)
        for one in near:
            self._note(one, path, source, found.get(one.what.name, []), defined)

    def _note(self, one: Gone, path: str, source: str, used: list[Use], defined: set[str]) -> None:
        name, home = one.what.name, Home.of(one.path)
        handed_on = (
            path != one.path and Home.of(path).names & home.names and any(u.role == "import" for u in used)
        )
        if name in defined or handed_on:
            self._there.add(
                name
            )  # something has this name, or the place it was in brings it in from elsewhere
            return
        places = self._places.setdefault(name, [])
        for use in means(one.what, one.path, path, source, used):
            if len(places) < MOST_PLACES and (place := f"{path}:{use.line}") not in places:
                places.append(place)

    def findings(self) -> list[Finding]:
        """Return a finding for each name that is still used, on the line that was removed."""
        if not self.complete:
            return []
        return [
            _finding(one, places)
            for one in self.names
            if one.what.name not in self._there and (places := self._places.get(one.what.name))
        ]


def _finding(one: Gone, places: list[str]) -> Finding:
    name = code_span(one.what.name)
    where = ", ".join(code_span(place) for place in places[:SHOWN])
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    became = f" It seems to be called {code_span(one.what.renamed_to)} now." if one.what.renamed_to else ""
    return Finding(
        path=one.path,
        quote=one.text[:4_000],
        line=one.line,
        side="LEFT",
        kind="bug",
        severity="error",
        confidence=0.85,
        title=f"{name} is gone, but still used"[:160],
        body=f"Still used in {where}{more}: change these too, or keep the name.{became}"[:4_000],
        source=SOURCE,
    )
