"""Diffs as GitHub shows them: changed files, patches, and which lines take a review comment."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache

from triagebot.simulator.gitstore import GitStore

MAX_PATCH_LINES = 3_000
"""A longer patch is left out of the files list."""
HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One changed file. `patch` starts at the first `@@`; None for binary files and pure renames."""

    path: str
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None
    previous_path: str | None = None


def compare(git: GitStore, base: str, head: str) -> list[FileDiff]:
    """Return what `head` changes against its merge base with `base`, in path order."""
    fork_point = git.merge_base(head, base)
    old = git.listing(fork_point) if fork_point else {}
    new = git.listing(head)
    removed = {sha: path for path, sha in old.items() if path not in new}
    changes: list[FileDiff] = []
    renamed: set[str] = set()
    for path, sha in new.items():
        before = old.get(path)
        if before == sha:
            continue
        if before is None and sha in removed and removed[sha] not in renamed:
            renamed.add(removed[sha])
            changes.append(FileDiff(path, "renamed", sha, 0, 0, None, removed[sha]))
            continue
        patch = patch_of(git.blobs[before] if before else b"", git.blobs[sha])
        changes.append(_file(path, "modified" if before else "added", sha, patch))
    changes += [
        _file(path, "removed", sha, patch_of(git.blobs[sha], b""))
        for path, sha in old.items()
        if path not in new and path not in renamed
    ]
    return sorted(changes, key=lambda change: change.path)


def _file(path: str, status: str, sha: str, patch: str | None) -> FileDiff:
    lines = patch.split("\n") if patch else []
    return FileDiff(
        path=path,
        status=status,
        sha=sha,
        additions=sum(line.startswith("+") for line in lines),
        deletions=sum(line.startswith("-") for line in lines),
        patch=patch,
    )


@lru_cache(maxsize=2_000)
def patch_of(old: bytes, new: bytes) -> str | None:
    """Return the hunks between two contents, without file headers; None if either is binary."""
    if b"\0" in old or b"\0" in new:
        return None
    before, after = (content.decode("utf-8", "replace").split("\n") for content in (old, new))
    open_old, open_new = _strip_last(before), _strip_last(after)
    out = list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]
    if open_old and out:
        _mark(out, "-", before)
    if open_new and out:
        _mark(out, "+", after)
    return "\n".join(out)


def _strip_last(lines: list[str]) -> bool:
    """Drop the empty piece after a final newline; return True if that newline is missing."""
    if lines and lines[-1] == "":
        lines.pop()
        return False
    return bool(lines)


def _mark(out: list[str], sign: str, lines: list[str]) -> None:
    """Say that the file's last line has no newline, where the diff shows that line."""
    wanted = {sign + lines[-1], " " + lines[-1]}
    for at in range(len(out) - 1, -1, -1):
        if out[at] in wanted:
            if at + 1 == len(out) or not out[at + 1].startswith("\\"):
                out.insert(at + 1, "\\ No newline at end of file")
            return


def unified(changes: list[FileDiff]) -> str:
    """Return the whole diff as `application/vnd.github.diff` gives it."""
    parts = []
    for change in changes:
        old = change.previous_path or change.path
        parts.append(f"diff --git a/{old} b/{change.path}\n")
        if change.status == "added":
            parts.append(f"new file mode 100644\nindex 0000000..{change.sha[:7]}\n")
        elif change.status == "removed":
            parts.append(f"deleted file mode 100644\nindex {change.sha[:7]}..0000000\n")
        elif change.status == "renamed":
            parts.append(f"similarity index 100%\nrename from {old}\nrename to {change.path}\n")
        if change.patch:
            before = "/dev/null" if change.status == "added" else f"a/{old}"
            after = "/dev/null" if change.status == "removed" else f"b/{change.path}"
            parts.append(f"--- {before}\n+++ {after}\n{change.patch}\n")
        elif change.patch is None and change.status != "renamed":
            parts.append(f"Binary files a/{old} and b/{change.path} differ\n")
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place of the diff that takes a comment. `position` counts lines below the first `@@`."""

    position: int
    hunk: int
    diff_hunk: str


def anchors(patch: str) -> dict[tuple[str, int], Anchor]:
    """Return every (side, line) that GitHub accepts a comment on: changed and context lines of a hunk."""
    found: dict[tuple[str, int], Anchor] = {}
    hunk = left = right = 0
    shown: list[str] = []
    for position, line in enumerate(patch.split("\n")):
        if header := HUNK.match(line):
            hunk += 1
            left, right = int(header[1]), int(header[2])
            shown = [line]
            continue
        shown.append(line)
        anchor = Anchor(position, hunk, "\n".join([shown[0], *shown[1:][-12:]]))
        if line.startswith("+"):
            found["RIGHT", right] = anchor
            right += 1
        elif line.startswith("-"):
            found["LEFT", left] = anchor
            left += 1
        elif line.startswith(" "):
            found["RIGHT", right] = found["LEFT", left] = anchor
            left, right = left + 1, right + 1
    return found
