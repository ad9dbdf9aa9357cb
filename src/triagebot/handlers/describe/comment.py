"""The description as text: the summary, what may break, what to look at, and the walk through the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from triagebot.core import links
from triagebot.core.claims import one_line
from triagebot.core.file_kinds import FileKind
from triagebot.core.markdown import code_span
from triagebot.core.text import cut
from triagebot.core.values import PullFile
from triagebot.handlers.describe.facts import MOST_NAMES, Breaking, FileFacts, breaking, counted, folders
from triagebot.handlers.describe.voice import Heard

LONGEST = 28_000
"""Characters; a pull request's own text has less room than a comment."""
OPEN = 8
"""Up to so many files the walk is not folded away."""
WALKED = 80
"""Files that the walk names."""

WORDS: dict[FileKind, str] = {
    "code": "code",
    "schema": "schema",
    "dependencies": "dependencies",
    "settings": "settings",
    "ci": "CI",
    "tests": "tests",
    "docs": "docs",
    "other": "other",
    "lock": "lock files",
    "generated": "generated",
}
_CALLED_OUT: tuple[FileKind, ...] = ("schema", "dependencies", "settings", "ci")


@dataclass(frozen=True, slots=True)
class Described:
    """All that there is to say: every file, what is known of the first ones, and what a model added.

    `near` is the pull request's address, `head` the commit that is described.
    """

    near: str
    head: str
    files: Sequence[PullFile]
    told: Sequence[FileFacts]
    heard: Heard


def compose(this: Described) -> str:
    """Return the description."""
    parts = []
    if this.heard.summary:
        parts.append(" ".join(one_line(one, limit=500) for one in this.heard.summary))
    parts.append(_count(this.files))
    if broken := breaking(this.told):
        parts.append("**Breaking, as far as names and signatures tell**\n" + "\n".join(map(_broken, broken)))
    if called := list(_called_out(this.told)):
        parts.append("**To look at**\n" + "\n".join(called[:12]))
    footer = f"<sub>{_footer(this)}</sub>"
    walk = _walk(this, LONGEST - sum(len(part) + 2 for part in parts) - len(footer) - 200)
    if len(this.files) > OPEN:
        walk = f"<details><summary>File by file</summary>\n\n{walk}\n\n</details>"
    return "\n\n".join([*parts, walk, footer])


def _count(files: Sequence[PullFile]) -> str:
    added, removed = sum(file.additions for file in files), sum(file.deletions for file in files)
    several = f"{len(files):,} file{'s' if len(files) != 1 else ''}"
    kinds = ", ".join(f"{WORDS[kind]} {count:,}" for kind, count in counted(files))
    return f"{several}, +{added:,} −{removed:,}: {kinds}."


def _broken(one: Breaking) -> str:
    name, path = code_span(cut(one.name, 160)), code_span(cut(one.path, 200))
    if one.what == "signature":
        return f"- {name} is now {code_span(cut(one.became, 160))} ({path})"
    if one.what == "moved to":
        return f"- {name} moved from {path} to {code_span(cut(one.became, 200))}"
    renamed = f", perhaps renamed to {code_span(cut(one.became, 120))}" if one.became else ""
    return f"- {name} is gone from {path}{renamed}"


def _called_out(told: Sequence[FileFacts]) -> Iterator[str]:
    for one in told:
        if one.kind not in _CALLED_OUT:
            continue
        what = ", ".join(code_span(each) for each in one.dependencies)
        yield f"- {WORDS[one.kind]}: {code_span(cut(one.path, 200))}" + (f": {what}" if what else "")


def _walk(this: Described, room: int) -> str:
    """Return the list of files in groups, as many as there is room for; the rest by its folders."""
    blocks: list[str] = []
    named = 0
    for kind, group in groupby(this.told[:WALKED], key=lambda one: one.kind):
        lines = [f"**{WORDS[kind][:1].upper()}{WORDS[kind][1:]}**"]
        for one in group:
            line = _line(this, one)
            room -= len(line) + 1
            if room < 0:
                break
            lines.append(line)
            named += 1
        if len(lines) > 1:
            blocks.append("\n".join(lines))
        if room < 0:
            break
    if rest := this.files[named:]:
        where = ", ".join(
            f"{count:,} in {code_span(cut(name, 80) + '/') if name else 'the root'}"
            for name, count in folders(rest)
        )
        blocks.append(f"And {len(rest):,} more: {where}.")
    return "\n\n".join(blocks)


def _line(this: Described, one: FileFacts) -> str:
    link = code_span(one.path) if one.status == "removed" else links.lines(this.near, this.head, one.path)
    said = [f"{link} +{one.additions:,} −{one.deletions:,}"]
    if one.status in ("added", "removed"):
        said[0] += f", {'new' if one.status == 'added' else 'removed'}"
    elif one.status in ("renamed", "copied") and one.old_path:
        said[0] += f", {'moved' if one.status == 'renamed' else 'copied'} from {code_span(one.old_path)}"
    said[0] += "".join(f", {note}" for note in one.notes)
    told = ["; ".join(_names(one)), one_line(this.heard.lines.get(one.path, ""), limit=300)]
    if words := ". ".join(filter(None, told)):
        said.append(words)
    return "- " + ": ".join(said)


def _names(one: FileFacts) -> Iterator[str]:
    signatures = [after for _, after in one.signatures]
    for word, names in (
        ("adds", one.added),
        ("removes", one.removed),
        ("new signature", signatures),
        ("changes", one.touched),
    ):
        if names:
            shown = ", ".join(code_span(cut(name, 120)) for name in names[:MOST_NAMES])
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            yield f"{word} {shown}{more}"


def _footer(this: Described) -> str:
    files, told, heard = this.files, this.told, this.heard
    said = [f"Of {code_span(this.head[:7])}; told from the diff and the syntax."]
    if (
        unread := sum(not one.read and one.kind in ("code", "schema", "tests") for one in told)
        + len(files)
        - len(told)
    ):
        said.append(f"The definitions of {unread:,} file{'s' if unread != 1 else ''} were not looked at.")
    if len(files) >= 3_000:
        said.append("GitHub lists 3,000 files at most; there may be more.")
    if heard.summary or heard.lines:
        said.append(f"Sentences by {code_span(heard.model)}, which name nothing but what is in the diff.")
        if heard.unseen:
            said.append(f"It was not shown {heard.unseen:,} file{'s' if heard.unseen != 1 else ''}.")
    if heard.dropped:
        one = heard.dropped == 1
        said.append(
            f"{heard.dropped} line{'' if one else 's'} of {code_span(heard.model)} named what is not in the diff, "
            f"and {'is' if one else 'are'} left out."
        )
    if heard.silence:
        said.append(heard.silence)
    return " ".join(said)
