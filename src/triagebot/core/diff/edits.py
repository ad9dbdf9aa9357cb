"""What applying a suggestion makes of a file, how to write one, and how a file was before a diff."""

from __future__ import annotations

import re

from triagebot.core.diff.shapes import FileDiff, Line

_BACKTICKS = re.compile("`+")


def replace_lines(content: str, start: int, end: int, replacement: str) -> str:
    """Return the file with lines `start`..`end` replaced, as accepting a suggestion block does it.

    An empty replacement deletes them; one newline at its end is not a line of its own. The file's kind of line
    ends is kept, and the missing newline of a last line. Raises ValueError if the file has no such lines.
    """
    lines = content.split("\n")
    closed = not lines[-1]
    if closed:
        lines.pop()
    if not 1 <= start <= end <= len(lines):
        raise ValueError(f"no lines {start} to {end} in a file of {len(lines)}")
    carriage = _ends_with_carriage(lines, start, closed=closed)
    new = [line + carriage for line in _lines_of(replacement)]
    if end == len(lines) and not closed and new:
        new[-1] = new[-1].removesuffix(carriage)  # its last line had no line end
    kept_to_end = closed or (end == len(lines) and not new)
    out = [*lines[: start - 1], *new, *lines[end:]]
    return "\n".join(out) + ("\n" if kept_to_end and out else "")


def suggestion_block(replacement: str) -> str:
    """Return the Markdown that suggests to replace a comment's lines; an empty replacement suggests to delete them.

    The fence is longer than any run of backticks inside, so nothing can close it early.
    """
    fence = "`" * max(3, 1 + max(map(len, _BACKTICKS.findall(replacement)), default=0))
    inside = "".join(f"{line}\n" for line in _lines_of(replacement))
    return f"{fence}suggestion\n{inside}{fence}"


def base_of(head: str, diff: FileDiff) -> str | None:
    """Return the file as it was before the diff that led to `head`; None if the diff does not fit, or is not whole."""
    if diff.binary or diff.missing or diff.cut:
        return None
    lines = _with_ends(head)
    base: list[str] = []
    at = 0
    for hunk in diff.hunks:
        now, before = hunk.numbers("RIGHT"), hunk.numbers("LEFT")
        base += lines[at : now.start - 1]
        at = now.stop - 1
        shown = [_with_end(line) for line in hunk.lines if line.kind != "-"]
        if len(base) != before.start - 1 or lines[now.start - 1 : at] != shown:
            return None
        base += [_with_end(line) for line in hunk.lines if line.kind != "+"]
    return "".join([*base, *lines[at:]])


def _lines_of(replacement: str) -> list[str]:
    text = replacement.replace("\r\n", "\n").removesuffix("\n")
    return text.split("\n") if replacement else []


def _ends_with_carriage(lines: list[str], start: int, *, closed: bool) -> str:
    """Return what stands before the newline: of the line replaced, or of the one above if it ends the file without."""
    shown = start - 1 if closed or start < len(lines) else start - 2
    return "\r" if shown >= 0 and lines[shown].endswith("\r") else ""


def _with_ends(content: str) -> list[str]:
    lines = [line + "\n" for line in content.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _with_end(line: Line) -> str:
    return line.text + "\n" if line.newline else line.text
