"""The lines above a file's hunks in a `git diff`: its names, its modes, and what happened to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from triagebot.core.diff.names import same_name, unquote
from triagebot.core.diff.shapes import DiffError, FileDiff, Hunk, Status

_FILE = "diff --git "
_INDEX = re.compile(r"index [0-9a-f]+\.\.[0-9a-f]+(?: ([0-7]{6}))?")
_MODE = re.compile(r"(old|new|new file|deleted file) mode ([0-7]{6})")
_MOVED = re.compile(r"(rename|copy) (from|to) (.+)", re.DOTALL)
_SIMILARITY = re.compile(r"(?:dis)?similarity index [0-9]{1,3}%")
_BINARY_LINE = re.compile(r"|(?:literal|delta) [0-9]{1,10}|[A-Za-z][0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]+")


@dataclass(slots=True)
class Header:
    """What the lines above the hunks have said so far."""

    path: str = ""
    old_path: str | None = None
    status: Status = "modified"
    binary: bool = False
    old_mode: str | None = None
    new_mode: str | None = None

    def file(self, hunks: tuple[Hunk, ...]) -> FileDiff:
        """Return the file with its hunks."""
        return FileDiff(
            self.path,
            self.old_path,
            self.status,
            hunks,
            binary=self.binary,
            old_mode=self.old_mode,
            new_mode=self.new_mode,
        )

    def read(self, lines: list[str], at: int) -> int:
        """Take what line `at` says; return the line behind it, or behind all that belongs to it."""
        line = lines[at]
        if moved := _MOVED.fullmatch(line):
            self._move(moved, at)
        elif mode := _MODE.fullmatch(line):
            self._set_mode(mode[1], mode[2])
        elif index := _INDEX.fullmatch(line):
            self.old_mode, self.new_mode = self.old_mode or index[1], self.new_mode or index[1]
        elif line.startswith("Binary files ") and line.endswith(" differ"):
            self.binary = True
        elif line == "GIT binary patch":
            self.binary = True
            return _behind_binary(lines, at + 1)
        elif line.startswith("--- ") and _begins(lines, at + 1, "+++ ") and _begins(lines, at + 2, "@@"):
            return at + 2  # the names are known by now, and less ambiguous
        elif not _SIMILARITY.fullmatch(line):
            raise unexpected(line, at)
        return at + 1

    def _move(self, moved: re.Match[str], at: int) -> None:
        name = unquote(moved[3])
        if name is None:
            raise DiffError("not a file name as git writes it", at + 1)
        self.status = "renamed" if moved[1] == "rename" else "copied"
        if moved[2] == "from":
            self.old_path = name
        else:
            self.path = name

    def _set_mode(self, which: str, mode: str) -> None:
        if which in ("new", "new file"):
            self.new_mode = mode
        else:
            self.old_mode = mode
        if which == "new file":
            self.status = "added"
        elif which == "deleted file":
            self.status = "removed"


def read_header(lines: list[str], at: int) -> tuple[Header, int]:
    """Return what is said of the file that begins at line `at`, and the line behind it. Raises DiffError."""
    if not lines[at].startswith(_FILE):
        raise unexpected(lines[at], at)
    first = at
    header = Header(path=same_name(lines[at].removeprefix(_FILE)) or "")
    at += 1
    while at < len(lines) and not lines[at].startswith(("@@", "diff --")):
        at = header.read(lines, at)
    if not header.path or (header.status in ("renamed", "copied")) != bool(header.old_path):
        raise DiffError("cannot tell this file's name", first + 1)
    if header.binary and _begins(lines, at, "@@"):
        raise unexpected(lines[at], at)
    return header, at


def unexpected(line: str, at: int) -> DiffError:
    """Return the error that line `at` is neither of a hunk nor of a file's header."""
    if line.startswith(("@@@", "diff --cc ", "diff --combined ")):
        return DiffError("a combined diff (a merge's) has no two sides to comment on", at + 1)
    return DiffError(f"did not expect {line[:80]!r} here", at + 1)


def _begins(lines: list[str], at: int, start: str) -> bool:
    return at < len(lines) and lines[at].startswith(start)


def _behind_binary(lines: list[str], at: int) -> int:
    while at < len(lines) and _BINARY_LINE.fullmatch(lines[at]):
        at += 1
    return at
