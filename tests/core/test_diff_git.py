"""What git itself writes of generated repositories is read line for line."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triagebot.core.diff import FileDiff, base_of, locate, parse, replace_lines

ODD_LINES = [
    "", " ", "\t}", "-- a/x", "++ b/x", "-", "+", " ", "@@ -1 +1 @@", "diff --git a/x b/x", "\\ No newline at end of file",
    "rename to x", "\x0c", "x\u2028y", "x\ry", "\x1c\x85\x0b", "é", "\ufeffx", "def f():", "{",
]  # fmt: skip
LINES = st.sampled_from([line.encode() for line in ODD_LINES] + [b"\xff\xfe", b"\xe2\x80"]) | st.sampled_from(
    [b"a", b"b", b"c"]
)
ENDS = st.sampled_from([b"\n", b"\n", b"\r\n"])
NAMES = (
    st.lists(st.sampled_from([*'ab.- "\\\t\n\x01é\u2028😀', " b/", "a/"]), min_size=1, max_size=8)
    .map(lambda pieces: "".join(pieces).lstrip("/"))
    .filter(lambda name: not {".", "..", ".git"} & set(name.split("/")))
)
OPTIONS = [
    ["-U0"], ["-U1"], [], ["-U9"], ["-W"], ["--binary"], ["--full-index"], ["--no-renames"], ["-M30%", "-C"],
    ["--patience", "-U2"], ["--inter-hunk-context=3", "-U1"],
]  # fmt: skip
RENAMES = {"--no-renames", "-M30%", "-C"}
CONFIG = [
    [],
    ["-c", "core.quotePath=false"],
    ["-c", "diff.suppressBlankEmpty=true"],
    ["-c", "core.autocrlf=true"],
]


@dataclass(frozen=True)
class File:
    """A file before and after; None where it is not there. `path` names both unless it has moved."""

    path: str
    old: bytes | None
    new: bytes | None
    new_path: str
    mode: str
    new_mode: str


@st.composite
def contents(draw) -> tuple[bytes, bytes]:
    """Draw a text and what becomes of it by a few edits, so that hunks begin and end anywhere."""
    end = draw(ENDS)
    before = [line + end for line in draw(st.lists(LINES, max_size=24))]
    after = list(before)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(after)))
        after[at : at + draw(st.integers(0, 3))] = [line + end for line in draw(st.lists(LINES, max_size=3))]
    texts = [b"".join(before), b"".join(after)]
    cuts = draw(st.sampled_from([(0, 0), (0, 0), (1, 0), (0, 1), (1, 1)]))
    old, new = (text[: len(text) - cut] for text, cut in zip(texts, cuts, strict=True))
    if draw(st.integers(0, 9)) == 0:
        return b"\0" + old, b"\0\0" + new
    return old, new


@st.composite
def files(draw) -> list[File]:
    """Draw a repository: each name ends in its file's number, so that none is another's folder."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        old, new = draw(contents())
        path = new_path = draw(NAMES) + f"_{number}"
        fate = draw(st.sampled_from(["changed", "changed", "changed", "added", "removed", "moved"]))
        if fate == "moved":
            new_path = draw(NAMES) + f"_m{number}"
        modes = st.sampled_from(["100644", "100644", "100755"])
        found.append(
            File(
                path,
                None if fate == "added" else old,
                None if fate == "removed" else new,
                new_path,
                draw(modes),
                draw(modes),
            )
        )
    return found


class Repository:
    """A bare repository that two trees at a time are written into, with no configuration but its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder)}
        self._environment = {"PATH": os.environ["PATH"], **nowhere}
        self.git("init", "-q", "--bare", "--template=", ".")

    def git(self, *arguments: str, given: bytes = b"") -> bytes:
        ran = subprocess.run(
            ["git", *arguments],
            cwd=self._folder,
            env=self._environment,
            input=given,
            capture_output=True,
            check=True,
        )
        return ran.stdout

    def save(self, found: list[File]) -> None:
        before = [(file.path, file.mode, file.old) for file in found if file.old is not None]
        after = [(file.new_path, file.new_mode, file.new) for file in found if file.new is not None]
        self.git("fast-import", "--quiet", "--force", given=_commit("old", before) + _commit("new", after))

    def diff(self, config: list[str], options: list[str]) -> str:
        return self.git(*config, "diff", *options, "old", "new").decode("utf-8", "replace")

    def told(self, options: list[str]) -> dict[str, tuple[str, str, str | None, str, str]]:
        """Return by path what git says of each changed file in a form for programs: status, modes, old path."""
        pieces = iter(self.git("diff", "--raw", "-z", *options, "old", "new").decode().split("\0")[:-1])
        told = {}
        for piece in pieces:
            old_mode, new_mode, _, _, status = piece[1:].split(" ")
            old_path = next(pieces)
            path = next(pieces) if status[0] in "RC" else old_path
            told[path] = (status[0], path, old_path if path != old_path else None, old_mode, new_mode)
        return told


def _commit(branch: str, tree: list[tuple[str, str, bytes]]) -> bytes:
    out = [f"commit refs/heads/{branch}\ncommitter x <x@example.com> 0 +0000\ndata 0\n".encode()]
    for path, mode, content in tree:
        name = "".join(f"\\{byte:03o}" for byte in path.encode())
        out.append(f'M {mode} inline "{name}"\ndata {len(content)}\n'.encode() + content + b"\n")
    return b"".join(out)


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(found=files(), data=st.data())
def test_a_diff_of_git_is_read_line_for_line(repository, found, data):
    repository.save(found)
    was = {file.path: _text(file.old) for file in found}
    now = {file.new_path: _text(file.new) for file in found}
    for _ in range(2):
        options, config = data.draw(st.sampled_from(OPTIONS)), data.draw(st.sampled_from(CONFIG))
        diffs = parse(repository.diff(config, options))
        told = repository.told([option for option in options if option in RENAMES])
        assert len(diffs) == len(told)
        for diff in diffs:
            status, _, old_path, old_mode, new_mode = told[diff.path]
            assert (
                status
                == {"added": "A", "removed": "D", "modified": "M", "renamed": "R", "copied": "C"}[diff.status]
            )
            assert diff.old_path == old_path
            assert (diff.old_mode or "000000", diff.new_mode or "000000") == _modes(diff, old_mode, new_mode)
            check(diff, was.get(diff.old_path or diff.path, ""), now.get(diff.path, ""))


def _modes(diff: FileDiff, old: str, new: str) -> tuple[str, str]:
    """Return git's modes; of a moved file that did not change, a diff does not tell them."""
    return ("000000", "000000") if diff.old_path and not diff.hunks and not diff.new_mode else (old, new)


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "replace")


def check(diff: FileDiff, old: str, new: str) -> None:
    """The hunks lead from one text to the other and back, and a comment lands on the line it names."""
    if diff.binary:
        assert "\0" in old + new
        return
    assert rebuilt(diff, old) == new
    assert base_of(new, diff) == old
    for side, text in (("LEFT", old), ("RIGHT", new)):
        lines = text.split("\n")
        shown = {number for hunk in diff.hunks for number in hunk.numbers(side)}
        for number in range(-1, len(lines) + 3):
            anchor = diff.anchor(side, number)
            assert (anchor is not None) == (number in shown)
            if anchor:
                (line,) = diff.lines(anchor)
                assert (line.text, line.number(side)) == (lines[number - 1], number)
                assert line.newline == (number < len(lines))
        for hunk in diff.hunks:
            check_hunk(diff, hunk.numbers(side), side, lines)


def check_hunk(diff: FileDiff, numbers: range, side: str, lines: list[str]) -> None:
    """All of a hunk takes one comment, its text is found again, and a suggestion replaces just that."""
    if len(numbers) < 2:
        return
    anchor = diff.anchor(side, numbers[-1], numbers[0])
    assert anchor is not None
    quoted = [line.text for line in diff.lines(anchor)]
    assert quoted == lines[numbers[0] - 1 : numbers[-1]]
    if any(line.strip() for line in (quoted[0], quoted[-1])) and quoted[0].strip() and quoted[-1].strip():
        assert locate(diff, "\n".join(quoted), near=numbers[0], side=side) == anchor
    if side == "RIGHT":
        applied = replace_lines("\n".join(lines), numbers[0], numbers[-1], "only this")
        rest = applied.split("\n")
        assert rest[: numbers[0] - 1] == lines[: numbers[0] - 1]
        assert rest[numbers[0] - 1].removesuffix("\r") == "only this"
        assert rest[numbers[0] :] == lines[numbers[-1] :]


def rebuilt(diff: FileDiff, old: str) -> str:
    """Return what `patch` makes of the old text."""
    lines = [line + "\n" for line in old.split("\n")]
    lines[-1] = lines[-1][:-1]
    out: list[str] = []
    at = 1
    for hunk in diff.hunks:
        start = hunk.old_start if hunk.old_count else hunk.old_start + 1
        out += lines[at - 1 : start - 1]
        at = start
        for line in hunk.lines:
            text = line.text + ("\n" if line.newline else "")
            if line.kind != "+":
                assert (at, text) == (line.old, lines[at - 1])
                at += 1
            if line.kind != "-":
                out.append(text)
                assert line.new == len(out)
    return "".join([*out, *lines[at - 1 :]])
