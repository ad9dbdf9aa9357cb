r"""Apply edits to texts: the lines that an edit searches for must stand there, and stand there once.

Four comparisons, each only where the one before finds nothing: as they are; with white space at line ends
ignored; with all lines indented more, or less, by the same white space; as a part of lines, to the letter. Nothing
fuzzier: a patch in the wrong place is worse than none. Line ends, and a missing newline at a file's end, stay as they were. Lines of the edit that
it does not change keep what the file has.

Each comparison is a search for one text in another, so the time of one edit grows linearly with its file.
`WORK` bounds what many edits of large files may take together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from triagebot.core.markdown import code_span
from triagebot.core.patch.nearest import nearest
from triagebot.core.patch.paths import path_problem
from triagebot.core.patch.shapes import Edit, FileEdit, Patch, Problem
from triagebot.core.patch.sought import Sought, lines_of, replacing

MOST_EDITS = 200
LONGEST = 1_000_000
"""Characters of a file, and of an edit's texts."""
WORK = 40_000_000
"""Characters that all edits may search together."""


def apply(edits: Sequence[Edit], texts: Mapping[str, str | None]) -> tuple[Patch, tuple[Problem, ...]]:
    """Return the patch that the edits make of `texts`, and what is wrong with the edits that could not be applied.

    `texts` has the files that are there: None for one that is no text (binary, too large). An edit that searches
    for nothing makes a new file, or fills one that is empty; a new file ends in a newline. Edits of one file are
    applied in turn, each to what the ones before made of it. Problems are in the order of the edits.
    """
    work = _Work(texts)
    problems = [problem for edit in edits[:MOST_EDITS] if (problem := work.do(edit)) is not None]
    if len(edits) > MOST_EDITS:
        says = f"There are {len(edits)} edits, and at most {MOST_EDITS} are applied: make fewer, larger ones."
        problems.append(Problem("size", edits[MOST_EDITS].path, says))
    files, unchanged = work.results()
    return Patch(files), (*problems, *unchanged)


class _Work:
    """The files as the edits so far have left them."""

    def __init__(self, texts: Mapping[str, str | None]) -> None:
        self._texts = texts
        self._files: dict[str, Sought] = {}
        self._left = WORK

    def do(self, edit: Edit) -> Problem | None:
        """Apply one edit; return why it cannot be."""
        if problem := self._unfit(edit):
            return problem
        if not edit.search:
            return self._make(edit)
        file = self._file(edit.path)
        if file is None:
            return Problem("absent", edit.path, self._no_file(edit.path))
        self._left -= file.size + len(edit.search)
        if self._left < 0:
            return Problem(
                "size", edit.path, "The edits before this one took too long to place: make fewer of them."
            )
        if lines_of(edit.search) == replacing(edit.replace):
            return Problem(
                "unchanged", edit.path, f"An edit of {code_span(edit.path)} replaces a text by itself."
            )
        return self._replace(edit, file)

    def results(self) -> tuple[tuple[FileEdit, ...], list[Problem]]:
        """Return the files that changed, by path, and a problem for each that came out as it was."""
        files: list[FileEdit] = []
        same: list[Problem] = []
        for path, file in sorted(self._files.items()):
            before, after = self._texts.get(path), file.text()
            if file.edited and before == after:
                says = f"The edits of {code_span(path)} leave it as it was."
                same.append(Problem("unchanged", path, says))
            elif file.edited:
                files.append(FileEdit(path, before, after))
        return tuple(files), same

    def _unfit(self, edit: Edit) -> Problem | None:
        problem = path_problem(edit.path)
        if problem is not None and not problem.person:
            return problem
        if self._texts.get(edit.path, "") is None:
            says = f"{code_span(edit.path)} is not a text that can be edited."
            return Problem("binary", edit.path, says)
        for text in (edit.search, edit.replace):
            if len(text) > LONGEST:
                return Problem(
                    "size",
                    edit.path,
                    f"An edit of {code_span(edit.path)} is longer than {LONGEST} characters.",
                )
            if "\0" in text or not _encodes(text):
                return Problem(
                    "binary", edit.path, f"An edit of {code_span(edit.path)} holds what is no text."
                )
        return None

    def _file(self, path: str) -> Sought | None:
        if path not in self._files:
            text = self._texts.get(path)
            if text is None:
                return None
            self._files[path] = Sought(text)
        return self._files[path]

    def _make(self, edit: Edit) -> Problem | None:
        file = self._file(edit.path)
        if file is not None and not file.empty:
            says = f"{code_span(edit.path)} is there already, so an edit of it must search for the lines it replaces."
            return Problem("ambiguous", edit.path, says)
        if not edit.replace and file is not None:
            return Problem(
                "unchanged", edit.path, f"An edit of {code_span(edit.path)} replaces nothing by nothing."
            )
        text = edit.replace if edit.replace.endswith("\n") or not edit.replace else edit.replace + "\n"
        self._files[edit.path] = Sought(text, edited=True)
        return None

    def _replace(self, edit: Edit, file: Sought) -> Problem | None:
        found = file.find(edit.search)
        if len(found) == 1:
            if file.replace(found[0], edit.search, edit.replace):
                return None
            says = (
                f"The text that an edit of {code_span(edit.path)} searches for is there with less indentation"
                " than the replacement can lose: copy it as it stands in the file."
            )
            return Problem("absent", edit.path, says, line=found[0].start + 1)
        if found:
            at = [str(line) for line in sorted({place.start + 1 for place in found})[:3]]
            lines = f"line{'s' * (len(at) > 1)} {', '.join(at)}"
            says = (
                f"The text that an edit of {code_span(edit.path)} searches for stands there more than once (from {lines}):"
                " search for more lines around it."
            )
            return Problem("ambiguous", edit.path, says, line=found[0].start + 1)
        line, says = nearest(edit.search, file.lines)
        return Problem(
            "absent",
            edit.path,
            f"The text that an edit of {code_span(edit.path)} searches for is not in it. {says}",
            line,
        )

    def _no_file(self, path: str) -> str:
        name = path.rpartition("/")[2]
        alike = [known for known in self._texts if known.rpartition("/")[2] == name][:3]
        also = f" There is {' and '.join(map(code_span, alike))}." if alike else ""
        return f"There is no file {code_span(path)}.{also}"


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return True
