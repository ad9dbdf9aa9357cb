"""What a review reads from GitHub: bounded, and the most important first.

At most `HEADS` files are read whole, `DIFF_LINES` lines of diffs parsed, and one linked issue shown; what
does not fit is named in the review.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from triagebot.core import markers
from triagebot.core.diff import DiffError, FileDiff, from_pull_file
from triagebot.core.errors import Refused
from triagebot.core.file_kinds import kind_of
from triagebot.core.text import strip_hidden
from triagebot.core.values import PullFile, PullRequest, Review
from triagebot.handlers.review.earlier import Said
from triagebot.handlers.review.parts import View
from triagebot.handlers.review.scope import LISTED, Left, Scope
from triagebot.handlers.review.since import Fresh, fresh
from triagebot.ports import GitHubReader
from triagebot.routing import Context

SLOT = "review"
HEADS = 40
HEAD_BYTES = 400_000
DIFF_LINES = 60_000
LEAST = 1_000
"""Lines for which there must be room before a long file is begun."""
MOST_FOLDERS = 4
AT_ONCE = 4
"""Files that are read at the same time."""

_CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]{1,3}#(\d{1,9})\b(?!\w)", re.IGNORECASE
)


_WHOLE = re.compile(rf"{SLOT}(?::again-\d+)?")
_BASED = re.compile(r"^<!-- triagebot:base=([0-9a-f]{40,64}) branch=([0-9a-f]{16}) -->$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Change:
    """The pull request's change as far as it was read.

    `views` are the files to look at, in order of importance; `others` the diffs that only the rules see
    (deleted, ignored and generated files, and those left out, without their lines). `left` says what was
    not read, `unknown` what was asked for and is not there.
    """

    views: tuple[View, ...]
    others: tuple[FileDiff, ...]
    left: Mapping[Left, tuple[str, ...]]
    unasked: int
    unknown: tuple[str, ...]
    all_listed: bool
    paths: frozenset[str]


def based(pull: PullRequest) -> str:
    """Return the hidden line that says in a review against what the change was read."""
    return f"<!-- triagebot:base={pull.base_sha} branch={_branch(pull)} -->"


def _base(review: Review) -> tuple[str, str] | None:
    """Return what `based` said in our review. The first whole line is it: others' words stand behind, and in lines."""
    found = _BASED.search(review.body)
    return (found[1], found[2]) if found else None


def _branch(pull: PullRequest) -> str:
    return hashlib.sha256(pull.base_ref.encode("utf-8", "replace")).hexdigest()[:16]


def last_review(reviews: Sequence[Review]) -> Review | None:
    """Return our latest review of a whole pull request; one that was taken back is none."""
    ours = [one for one in reviews if one.ours and _whole(markers.slot_of(one.body) or "", one.commit_sha)]
    return ours[-1] if ours else None


def _whole(name: str, sha: str) -> bool:
    slot, _, of = name.partition("@")
    return of == sha and _WHOLE.fullmatch(slot) is not None


def stands(last: Review, pull: PullRequest) -> bool:
    """Return True if our last review is of this commit, against the branch that it is to be merged into."""
    base = _base(last) or (pull.base_sha, "")
    return last.commit_sha == pull.head_sha and (base[0] == pull.base_sha or base[1] == _branch(pull))


def slot_for(reviews: Sequence[Review], last: Review | None, pull: PullRequest) -> str:
    """Return the name of a review of the whole.

    Where the head went back to a commit that was reviewed, or the base branch is another, there is one of
    the plain name, and it is not the last word.
    """
    if last is None or made(reviews, SLOT, pull.head_sha) is None:
        return SLOT
    return f"{SLOT}:again-{last.id}"


def made(reviews: Sequence[Review], slot: str, sha: str) -> Review | None:
    """Return our review of this name for this commit."""
    return next((one for one in reviews if one.ours and markers.names(one.body, f"{slot}@{sha}")), None)


def taken_back(reviews: Sequence[Review]) -> bool:
    """Return True if a person took back what we last said. Such a review has lost its marker.

    GitHub makes a review without a text of each answer in a thread: that is none of ours here.
    """
    ours = [one for one in reviews if one.ours and one.body.strip()]
    return bool(ours) and markers.strip(ours[-1].body).startswith(markers.UNDONE)


async def change(
    github: GitHubReader,
    pull: PullRequest,
    *,
    files: Sequence[PullFile],
    scope: Scope,
    said: Sequence[Said],
    last: Review | None,
) -> Change:
    """Return the change: diffs parsed, the most important files read at the head, compared with the `last` review."""
    diffs, more = await asyncio.to_thread(_parsed, scope.chosen)
    before = await _before(github, pull, last)
    left = dict(scope.left) | {reason: paths for reason, paths in more.items() if paths}
    asked = [one.path for one in said if one.open]
    heads = await _heads(github, pull.head_sha, diffs, first=frozenset(asked))
    views = [View(diff, heads.get(diff.path), _fresh(diff, before)) for diff in diffs]
    chosen = {diff.path for diff in diffs}
    others = await asyncio.to_thread(_bare, [file for file in files if file.path not in chosen])
    return Change(
        tuple(views),
        others,
        left,
        scope.unasked,
        scope.unknown,
        len(files) < LISTED,
        frozenset(file.path for file in files),
    )


def _parsed(files: Sequence[PullFile]) -> tuple[list[FileDiff], dict[Left, tuple[str, ...]]]:
    """Return the diffs of the first files up to `DIFF_LINES`, and the files of which not all or nothing is in them."""
    diffs: list[FileDiff] = []
    left: dict[Left, list[str]] = {Left.BEGUN: [], Left.ROOM: []}
    room = DIFF_LINES
    for file in files:
        text = file.patch or ""
        size = text.count("\n") + 1
        if room < min(size, LEAST):
            left[Left.ROOM].append(file.path)
            continue
        if size > room:
            text = "\n".join(text.split("\n", room)[:room])
            left[Left.BEGUN].append(file.path)
        try:
            diffs.append(from_pull_file(replace(file, patch=text)))
        except DiffError:
            left[Left.ROOM].append(file.path)
        else:
            room -= min(size, room)
    return diffs, {reason: tuple(paths) for reason, paths in left.items()}


def _bare(files: Sequence[PullFile]) -> tuple[FileDiff, ...]:
    """Return the diffs of files that only rules see: deleted ones with their lines, the others up to some length."""
    found: list[FileDiff] = []
    room = DIFF_LINES // 2
    for file in files:
        size = (file.patch or "").count("\n") + 1
        whole = size <= min(room, 5_000)
        try:
            found.append(from_pull_file(file if whole else replace(file, patch=None)))
        except DiffError:
            found.append(from_pull_file(replace(file, patch=None)))
        room -= size if whole else 0
    return tuple(found)


async def _before(
    github: GitHubReader, pull: PullRequest, last: Review | None
) -> Mapping[str, FileDiff] | None:
    """Return the diffs that the last review saw, by path; None if there was none, or its commit has gone.

    What is not in it was not part of the pull request then, or too far down the list: it is read as new.
    It is against the base of that time: a change that has got another base branch shows lines never seen.
    """
    if last is None:
        return None
    base = _base(last)
    then = await github.compare(base[0] if base else pull.base_sha, last.commit_sha)
    if then is None:
        return None
    diffs, _ = await asyncio.to_thread(_parsed, then.files)
    return {diff.path: diff for diff in diffs}


def _fresh(diff: FileDiff, before: Mapping[str, FileDiff] | None) -> Fresh | None:
    if before is None:
        return None
    return fresh(diff, before.get(diff.path) or before.get(diff.old_path or ""))


async def _heads(
    github: GitHubReader, sha: str, diffs: Sequence[FileDiff], *, first: frozenset[str]
) -> dict[str, str]:
    """Return the content at the head of the first `HEADS` files, those in `first` before all others."""
    wanted = sorted(diffs, key=lambda diff: diff.path not in first)[:HEADS]
    gate = asyncio.Semaphore(AT_ONCE)

    async def read(path: str) -> tuple[str, str | None]:
        async with gate:
            try:
                content = await github.file(path, ref=sha)
            except Refused:
                return path, None
        if content is None or len(content) > HEAD_BYTES:
            return path, None
        try:
            return path, content.decode("utf-8")
        except UnicodeDecodeError:
            return path, None

    read_now = await asyncio.gather(*(read(diff.path) for diff in wanted if diff.status != "removed"))
    return {path: text for path, text in read_now if text is not None}


async def linked_issue(ctx: Context) -> str:
    """Return title and text of the issue that the description says it closes, in the same repository; "" if none."""
    found = _CLOSES.search(strip_hidden(ctx.issue.body)[0])
    if found is None or int(found[1]) == ctx.issue.number:
        return ""
    try:
        issue = await ctx.github.issue(int(found[1]))
    except Refused:
        return ""
    return "" if issue.is_pull_request else f"{issue.title}\n{issue.body}"


async def neighbours(github: GitHubReader, paths: Sequence[str]) -> list[str]:
    """Return the files beside the changed manifests, as far as they are on the default branch: lock files are."""
    homes = dict.fromkeys(path.rpartition("/")[0] for path in paths if kind_of(path) == "dependencies")
    found: list[str] = []
    for home in list(homes)[:MOST_FOLDERS]:
        with contextlib.suppress(Refused):
            found += await github.folder(home)
    return found
