"""Read stack traces of many languages: the error, and the lines of code that it came through."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 100_000
"""Characters of a text in which a trace is looked for."""
MOST_FRAMES = 60

_PATH = r"[\w./\\@+~ -]{0,300}[\w+-]\.[A-Za-z]\w{0,9}"
_BARE = r"(?:[A-Za-z]:)?[\w./\\@+~-]{1,300}\.[A-Za-z]\w{0,9}"
# How each language writes a frame. Those of Go and Rust stand on two lines, the function on the first.
_FRAMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("python", re.compile(r'\s*(?:\| )?File "(?P<path>[^"]{1,300})", line (?P<line>\d{1,7})(?:, in (?P<function>\S{1,200}))?')),
    ("java", re.compile(r"\s*at (?:[\w.@-]{1,100}/{1,2})?(?P<function>[\w$.<>]{1,300})\((?P<path>[\w$]{1,200}\.[a-z]{2,6}):(?P<line>\d{1,7})\)")),
    ("dotnet", re.compile(rf"\s*at (?P<function>.{{1,300}}?) in (?P<path>(?:[A-Za-z]:)?{_PATH}):line (?P<line>\d{{1,7}})")),
    ("rust", re.compile(r"\s+at (?P<path>[^\s:]{1,300}\.rs):(?P<line>\d{1,7})(?::\d{1,7})?$")),
    ("js", re.compile(r"\s*(?:at|❯) (?:async )?(?:(?P<function>[^()\n]{1,200}?) \()?(?:file://)?(?P<path>[^()\s:]{1,300}\.[a-z]{2,4}):(?P<line>\d{1,7})(?::\d{1,7})?\)?\s*$")),
    ("go", re.compile(r"\s+(?P<path>[^\s:]{1,300}\.go):(?P<line>\d{1,7})(?: \+0x[0-9a-f]{1,16})?$")),
    ("ruby", re.compile(r"\s*(?:\d{1,4}: )?(?:from )?(?P<path>[^\s:]{1,300}\.(?:rb|rake|erb)):(?P<line>\d{1,7}):in [`'](?P<function>[^'`]{1,200})'")),
    ("php", re.compile(r"\s*#\d{1,4} (?P<path>[^\s(:]{1,300}\.php)\((?P<line>\d{1,7})\): (?P<function>[^(]{1,200})\(")),
    ("native", re.compile(r"\s*#\d{1,4} +(?:0x[0-9a-f]{1,16} in )?(?P<function>[\w:~<>]{1,200}).{0,300}?(?: at | )(?P<path>[^\s:()]{1,300}\.[a-z]{1,4}):(?P<line>\d{1,7})")),
)  # fmt: skip
_ELSEWHERE = re.compile(
    rf"(?:^|[\s(\"'`])(?P<path>{_BARE})(?:\((?P<line>\d{{1,7}})(?:,\d{{1,7}})?\)|:\[?(?P<line2>\d{{1,7}})\b)"
)
_FOREIGN = re.compile(
    r"(?:.*/)?(?:node_modules|site-packages|dist-packages|\.cargo|rustlib|rustc|\.m2|\.gradle|vendor/bundle|gems)/"
    r"|node:|internal/|/usr/(?!src/app)|<|/opt/hostedtoolcache/|.*/lib/python3\.\d{1,2}/|/rustc/|/nix/store/"
)
_INSTALLED = re.compile(r"/(?:site|dist)-packages/")
_ERROR = re.compile(
    r"(?:panic: |thread '[^']{0,100}' (?:\(\d{1,10}\) )?panicked at |Caused by: |Uncaught |Unhandled (?:exception[.:]? )?"
    r"|Exception in thread \"[^\"]{0,100}\" |(?:PHP )?Fatal error: |fatal error: |Segmentation fault|==\d{1,9}==ERROR: )?"
    r"(?:[\w$]{1,100}[.:\\]{1,2}){0,12}[\w$]{0,100}(?:Error|Exception|Panic|Failure|Fault|Interrupt|Exit|Warning|Timeout)\b"
    r"|(?:PHP )?(?:Fatal|Parse) error: |panic: |thread '[^']{0,100}' (?:\(\d{1,10}\) )?panicked at |==\d{1,9}==ERROR: "
)
_QUOTED = re.compile(r"\A(?:> ?){1,20}")
# In these the innermost call stands last, and the error after it.
_LAST = frozenset({"python"})


@dataclass(frozen=True, slots=True)
class Place:
    """A line of code that a tool or a trace names: a path as it stood there, `line` from 1, and the function if known."""

    path: str
    line: int
    function: str = ""
    text: str = ""

    @property
    def foreign(self) -> bool:
        """True if it lies in a library or in the language itself."""
        return _FOREIGN.match(self.path) is not None


@dataclass(frozen=True, slots=True)
class Trace:
    """A stack trace: its error line ("" if none was found) and its frames, the innermost first."""

    error: str
    frames: tuple[Place, ...]
    lines: tuple[str, ...]


def places(lines: Sequence[str]) -> list[Place]:
    """Return the lines of code that some lines name: the innermost of a trace first, own code before others'."""
    found: list[Place] = []
    last = False
    for at, line in enumerate(lines):
        frame = _frame(lines, at)
        if frame is not None:
            last = last or frame[0] in _LAST
            found.append(frame[1])
        elif match := _ELSEWHERE.search(line):
            found.append(Place(match["path"], int(match["line"] or match["line2"])))
    ordered = dict.fromkeys(reversed(found) if last else found)
    return sorted(ordered, key=lambda place: place.foreign)


def trace(text: str) -> Trace | None:
    """Return the stack trace in `text` that goes deepest; None if there is none."""
    lines = [_QUOTED.sub("", line, count=1).rstrip("\r")[:1_000] for line in text[:LONGEST].split("\n")]
    best: Trace | None = None
    at = 0
    while at < len(lines):
        if _frame(lines, at) is None:
            at += 1
            continue
        found, at = _run(lines, at)
        if best is None or len(found.frames) > len(best.frames):
            best = found
    return best


def _run(lines: Sequence[str], start: int) -> tuple[Trace, int]:
    """Return the trace whose first frame is at `start`, and the first line after it."""
    frames: list[Place] = []
    kind, at, gap = "", start, 0
    while at < len(lines) and gap <= 3 and len(frames) < MOST_FRAMES:
        frame = _frame(lines, at)
        if frame is None:
            gap += 1
        elif frame[0] == "python" and kind == "python" and lines[at - 1].strip() == "":
            break  # the next trace
        else:
            kind, gap = kind or frame[0], 0
            frames.append(frame[1])
        at += 1
    end = at - gap
    after = range(end, min(len(lines), end + 4))
    before = range(start - 1, max(-1, start - 6), -1)
    order = [*after, *before] if kind in _LAST else [*before, *after]
    errors = [place for place in order if _ERROR.match(lines[place].strip())]
    error = lines[errors[0]].strip() if errors else lines[start].strip() if kind == "ruby" else ""
    if errors and error.rstrip(":").count(":") >= 2 and "panicked at" in error and errors[0] + 1 < len(lines):
        error = f"{error} {lines[errors[0] + 1].strip()}"
    first, last = min([start, *errors[:1]]), max([end, *(one + 1 for one in errors[:1])])
    ordered = tuple(reversed(frames)) if kind in _LAST else tuple(frames)
    return Trace(error[:400], ordered, tuple(line[:400] for line in lines[first:last][:80])), max(at, last)


def _frame(lines: Sequence[str], at: int) -> tuple[str, Place] | None:
    line = lines[at]
    if ":" not in line and "line " not in line and ".php(" not in line:
        return None
    for kind, pattern in _FRAMES:
        if match := pattern.match(line):
            function = match.groupdict().get("function") or ""
            text = ""
            if kind in ("go", "rust") and at:
                function = _before(lines[at - 1])
            if kind == "python" and at + 1 < len(lines) and lines[at + 1].startswith("    "):
                text = lines[at + 1].strip()
            return kind, Place(match["path"].strip(), int(match["line"]), function.strip()[:200], text[:300])
    return None


def _before(line: str) -> str:
    """Return the function in the line above a frame of Go (`pkg.Func(0x1)`) or of Rust (` 4: crate::func`)."""
    name = re.sub(r"^\s*\d{1,4}:\s{1,20}", "", line).strip()
    return name.partition("(")[0]


class Paths:
    """The paths of a repository, to find the one that a place means.

    A trace names files as they lay on some computer: `/srv/ann/work/src/app/main.py`, or installed:
    `…/site-packages/app/main.py`. The path that agrees with it in most of its last parts is meant.
    """

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            self.add(path)

    def add(self, path: str) -> None:
        """Let `path` be found."""
        self._by_name[path.rpartition("/")[2]].append(path)

    def find(self, place: Place) -> str | None:
        """Return the path that is meant; None if there is none, or several agree equally well."""
        below = _INSTALLED.split(place.path.replace("\\", "/"))[-1]
        parts = [part for part in below.split("/") if part not in ("", ".", "..")]
        if not parts:
            return None
        if place.path.endswith((".java", ".kt", ".scala")) and len(parts) == 1 and "." in place.function:
            parts = [*place.function.split(".")[:-2], parts[0]]
        known = self._by_name.get(parts[-1], ())
        scored = sorted(((_agreeing(parts, path.split("/")), path) for path in known), reverse=True)
        if not scored:
            return None
        best = scored[0][0]
        if len(scored) > 1 and scored[1][0] == best:
            return None
        whole = best == len(parts) or best == scored[0][1].count("/") + 1
        return scored[0][1] if whole or best >= 2 else None


def _agreeing(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many last parts the two have in common."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
