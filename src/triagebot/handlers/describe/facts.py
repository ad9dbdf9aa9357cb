"""What a pull request changes, told from its diff and its syntax trees: no model, no guess that isn't called one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from triagebot.core import code, diff
from triagebot.core.diff import FileDiff
from triagebot.core.file_kinds import ORDER, FileKind, kind_of
from triagebot.core.values import PullFile

MOST_NAMES = 6
"""Names of a file that are listed of each sort."""
MOST_BREAKING = 25
MOST_DEPENDENCIES = 12
_SIGNED = frozenset({"function", "method", "class", "interface", "struct", "enum", "type"})
"""What somebody else's code may depend on by its signature."""
_PUBLIC_KINDS = frozenset({"code", "schema"})
_BOUND = frozenset({"class", "interface", "struct", "enum", "module"})
"""What is changed by what it holds, and so says nothing of its own when its body changes."""

_DEPENDENCY = re.compile(
    r"\s{0,16}(?:-\s{1,4})?(?:gem |require )?[\"']?(?P<name>@?[A-Za-z][\w./@-]{0,100})[\"']?(?:\[[\w, -]{0,100}\])?"
    r"(?:\s{0,8}(?:[:=]{1,2}|,)\s{0,8}|\s{1,8}|(?=[~^><!]))(?:\{\s{0,4}version\s{0,4}=\s{0,4})?[\"']?"
    r"(?P<version>(?:[~^><!]=?|===?)?\s?v?\d[\w.*+,<>=~^ -]{0,60}|\*|latest)"
)
_WORDS = frozenset(
    {"version", "python", "requires-python", "line-length", "indent", "edition", "timeout", "go"}
)
"""What looks like a dependency and is none."""


@dataclass(frozen=True, slots=True)
class Breaking:
    """A public name that is gone, or whose signature changed. `became` is the new signature or name, if known."""

    path: str
    name: str
    what: str
    became: str = ""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What happened to one file. `read` is False where its definitions were not looked at, though it has some."""

    path: str
    kind: FileKind
    status: str
    additions: int
    deletions: int
    old_path: str = ""
    notes: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    signatures: tuple[tuple[str, str], ...] = ()
    touched: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    gone: tuple[code.Definition, ...] = ()
    appeared: frozenset[str] = frozenset()
    read: bool = True


def order(files: Iterable[PullFile]) -> list[PullFile]:
    """Return the files, the most important to a reader first: by what they are for, then by how much changed."""
    rank = {kind: place for place, kind in enumerate(ORDER)}
    return sorted(
        files, key=lambda one: (rank[kind_of(one.path)], -(one.additions + one.deletions), one.path)
    )


def wants_content(file: PullFile) -> bool:
    """Return True if the whole file must be read to tell what changed: it is code, and its patch is only a part."""
    return (
        file.status not in ("added", "removed")
        and file.patch is not None
        and code.language(file.path) is not None
    )


def facts(file: PullFile, head: str | None, limit: code.Patience | None = None) -> FileFacts:
    """Return what happened to a file; `head` is its content now, where it was read. Waits for a parser.

    Of a file that is too long to parse, or that breaks the parser, nothing is told: it would look empty.
    """
    kind = kind_of(file.path)
    try:
        shown: FileDiff | None = diff.from_pull_file(file)
    except diff.DiffError:
        shown = None
    notes = _notes(file, shown)
    plain = FileFacts(
        file.path,
        kind,
        file.status,
        file.additions,
        file.deletions,
        file.previous_path or "",
        notes,
        read=False,
    )
    if shown is None or shown.binary or shown.missing:
        return replace(plain, read="empty" in notes)
    if not shown.hunks:  # moved as it was
        return replace(plain, read=True)
    if kind == "dependencies":
        plain = replace(plain, dependencies=tuple(_dependencies(shown)))
    language = code.language(file.path)
    if language is None or kind in ("lock", "generated"):
        return replace(plain, read=True)
    sides = _sides(file, shown, head)
    if sides is None or not all(map(code.readable, sides)):
        return plain
    limit = limit or code.patience(1)
    unanswered = limit.unanswered
    with limit:
        compared = _compared(plain, shown, *sides)
    return plain if limit.unanswered > unanswered else compared


def breaking(files: Sequence[FileFacts]) -> list[Breaking]:
    """Return the public names of the code that are gone or changed, those that only moved named as such."""
    homes: dict[str, str] = {}
    for one in files:
        for name in one.appeared:
            homes.setdefault(name, one.path)
    found: list[Breaking] = []
    for one in files:
        if one.kind not in _PUBLIC_KINDS:
            continue
        for gone in one.gone:
            name = _name(gone)
            if gone.parent and any(_name(other) == gone.parent for other in one.gone):
                continue  # its class is gone, which says it
            if name in homes and homes[name] != one.path:
                found.append(Breaking(one.path, name, "moved to", homes[name]))
            else:
                found.append(Breaking(one.path, name, "removed", gone.renamed_to or ""))
        found += [Breaking(one.path, before, "signature", after) for before, after in one.signatures]
    return found[:MOST_BREAKING]


def counted(files: Iterable[PullFile]) -> list[tuple[FileKind, int]]:
    """Return how many files there are of each kind, in the order of importance."""
    counts = Counter(kind_of(file.path) for file in files)
    return [(kind, counts[kind]) for kind in ORDER if counts[kind]]


def folders(files: Sequence[PullFile], *, limit: int = 5) -> list[tuple[str, int]]:
    """Return the top folders ("" for the root) with their numbers of files, the fullest first."""
    counts = Counter(file.path.partition("/")[0] if "/" in file.path else "" for file in files)
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:limit]


def _notes(file: PullFile, shown: FileDiff | None) -> tuple[str, ...]:
    notes = []
    if shown is not None and shown.binary:
        notes.append(_without_lines(file))
    elif shown is None or shown.missing:
        notes.append("too large for GitHub to show" if file.additions + file.deletions else "no text changed")
    elif shown.cut:
        notes.append("only a part is shown by GitHub")
    if shown and shown.old_mode and shown.new_mode and shown.old_mode != shown.new_mode:
        notes.append(f"mode {shown.old_mode} → {shown.new_mode}")
    return tuple(notes)


def _without_lines(file: PullFile) -> str:
    """Say what a file is that GitHub shows no line of: of an empty one it tells no more than of a binary one."""
    if file.status == "modified":
        return "binary"
    return "empty" if code.language(file.path) is not None else "binary or empty"


def _sides(file: PullFile, shown: FileDiff, head: str | None) -> tuple[str, str] | None:
    """Return the file before and after, where both can be told."""
    if file.status in ("added", "removed") and not shown.cut:
        kind = "+" if file.status == "added" else "-"
        text = "".join(f"{line.text}\n" for hunk in shown.hunks for line in hunk.lines if line.kind == kind)
        return ("", text) if kind == "+" else (text, "")
    if head is None:
        return None
    before = diff.base_of(head, shown)
    return None if before is None else (before, head)


def _compared(plain: FileFacts, shown: FileDiff, before: str, after: str) -> FileFacts:
    language = code.language(plain.path)
    old, new = _by_name(code.definitions(before, language)), _by_name(code.definitions(after, language))
    left, right = sorted(shown.changed("LEFT")), sorted(shown.changed("RIGHT"))
    both = [name for name in new if name in old]
    changed = [
        name for name in both if old[name].signature != new[name].signature and new[name].kind in _SIGNED
    ]
    touched = [
        name
        for name in both
        if name not in changed
        and new[name].kind not in _BOUND
        and (_hit(new[name], right) or _hit(old[name], left))
    ]
    return replace(
        plain,
        read=True,
        added=_listed(new[name].signature for name in new if name not in old and _tells(new[name], new, old)),
        removed=_listed(name for name in old if name not in new and _tells(old[name], old, new)),
        signatures=tuple((old[name].signature, new[name].signature) for name in changed if old[name].public)[:MOST_NAMES],
        touched=_listed([*(name for name in changed if not old[name].public), *touched]),
        gone=code.names_gone(before, after, language) if before and plain.kind in _PUBLIC_KINDS else (),
        appeared=frozenset(name for name in new if name not in old),
    )  # fmt: skip


def _by_name(found: Iterable[code.Definition]) -> dict[str, code.Definition]:
    """Return definitions by their full names; of several of a name the first."""
    names: dict[str, code.Definition] = {}
    for one in found:
        names.setdefault(_name(one), one)
    return names


def _name(one: code.Definition) -> str:
    return f"{one.parent}.{one.name}" if one.parent else one.name


def _tells(one: code.Definition, here: dict[str, code.Definition], there: dict[str, code.Definition]) -> bool:
    """Return True unless it came or went with the class that it belongs to."""
    return not one.parent or one.parent not in here or one.parent in there


def _hit(one: code.Definition, lines: Sequence[int]) -> bool:
    """Return True if one of the lines, which are in order, lies in the definition."""
    place = bisect_left(lines, one.start)
    return place < len(lines) and lines[place] <= one.end


def _listed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _dependencies(shown: FileDiff) -> list[str]:
    """Return the dependencies that came, went or changed their version, in words."""
    versions: dict[str, dict[str, str]] = defaultdict(dict)
    for hunk in shown.hunks:
        for line in hunk.lines:
            match = _DEPENDENCY.match(line.text[:300]) if line.kind != " " else None
            if match and match["name"].casefold() not in _WORDS:
                versions[match["name"]][line.kind] = match["version"].strip(" ,")
    found = []
    for name, sides in versions.items():
        before, after = sides.get("-"), sides.get("+")
        if before != after:
            found.append(f"{name} {before or 'new:'} {'→ ' if before and after else ''}{after or 'removed'}")
    return found[:MOST_DEPENDENCIES]
