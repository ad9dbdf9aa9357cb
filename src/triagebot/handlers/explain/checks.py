"""Why the checks of a pull request's head failed: what their logs and annotations say, the most telling first."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

from triagebot.core import diff
from triagebot.core.links import repository
from triagebot.core.logs import Clue, clues, read
from triagebot.core.logs.traces import Paths, Place
from triagebot.core.markdown import code_span
from triagebot.core.text import cut
from triagebot.core.values import CheckAnnotation, CheckRun, PullFile, PullRequest
from triagebot.handlers.explain.trouble import Findings, Spot, Trouble, around, listed
from triagebot.routing import Context

FAILED = frozenset({"failure", "timed_out", "action_required", "startup_failure", "cancelled"})
MOST_READ = 6
"""Failed checks whose logs are read."""
MOST_SHOWN = 3
LOG_BYTES = 2_000_000
"""Of the end of a log: what failed stands there."""
SPOTS = 3
TOLD = 2
"""The weight from which lines say more than "it failed"."""

_WORKSPACE = re.compile(
    r"(?:/\w{1,40}/\w{1,40}/work/[^/]{1,100}/[^/]{1,100}|/github/workspace|/__w/[^/]{1,100}/[^/]{1,100}"
    r"|[A-Za-z]:/a/[^/]{1,100}/[^/]{1,100})/"
)


async def look(ctx: Context, pull: PullRequest, wish: str) -> Findings:
    """Return what the failed checks say; `wish` may name the one that is meant."""
    runs = await ctx.github.check_runs(pull.head_sha)
    failed = [run for run in runs if run.conclusion in FAILED]
    named = [run for run in failed if wish and _meant(run.name.casefold(), wish.casefold())]
    running = [run for run in runs if run.conclusion is None]
    if not failed:
        return Findings(nothing=_none_failed(runs, pull.head_sha), fine=bool(runs))
    files = await ctx.github.pull_files(pull.number)
    # A cancelled check is most often one that another's failure stopped.
    order = sorted(named or failed, key=lambda run: run.conclusion == "cancelled")
    troubles = [await _trouble(ctx, pull, run, files) for run in order[:MOST_READ]]
    troubles.sort(key=lambda one: (-one.weight, not one.spots))
    shown = _together(troubles)[:MOST_SHOWN]
    told = {name for one in shown for name in (one.name, *one.also)}
    others = [run.name for run in order if run.name not in told]
    notes = [f"No check that failed is called {code_span(cut(wish, 60))}."] if wish and not named else []
    notes += [f"{len(others)} more failed: {listed(others)}."] if others else []
    notes += [f"{len(running)} not ended yet: {listed([run.name for run in running])}."] if running else []
    return Findings(tuple(shown), pull.head_sha, notes=tuple(notes))


def _meant(name: str, wish: str) -> bool:
    """Return True if a wish like "lint" or "the lint job" names the check, wholly or in part."""
    return wish in name or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", wish) is not None


def _together(troubles: Sequence[Trouble]) -> list[Trouble]:
    """Return the troubles, those that failed with the same words as one: a matrix fails in every cell."""
    first: dict[object, Trouble] = {}
    for one in troubles:
        key = (one.message, one.lines) if one.lines else one.name
        same = first.get(key)
        first[key] = one if same is None else replace(same, also=(*same.also, one.name))
    return list(first.values())


async def _trouble(ctx: Context, pull: PullRequest, run: CheckRun, files: Sequence[PullFile]) -> Trouble:
    log = await ctx.github.job_log(run.job_id, max_bytes=LOG_BYTES) if run.job_id is not None else None
    found = await asyncio.to_thread(clues, log or "")
    if not found or found[0].weight < TOLD:
        annotations = await ctx.github.check_annotations(run.id)
        told = [*(_annotated(one) for one in annotations if one.level == "failure"), *found]
        told += await asyncio.to_thread(clues, f"{run.title}\n{run.summary}\n{run.text}")
        found = sorted((one for one in told if any(one.lines)), key=lambda one: -one.weight)
    url = run.url if run.url.startswith(f"{repository(ctx.issue.url)}/") else ""
    if not found:
        note = _unread(run, log)
        return Trouble(run.name, "", run.title or run.conclusion or "failed", (), url=url, note=note)
    best = found[0]
    spots = await _spots(ctx, pull, best.places, files)
    patches = {file.path: file.patch or "" for file in files}
    note = _unread(run, log) if best.weight < TOLD else ""
    trouble = Trouble(run.name, best.tool, best.message, best.lines, spots, url, best.weight, note)
    return replace(
        trouble, diff="\n".join(f"{one.path}\n{patches[one.path]}" for one in spots if patches.get(one.path))
    )


def _unread(run: CheckRun, log: str | None) -> str:
    if run.conclusion == "action_required":
        return "it waits for a person to act on its own page"
    if log:
        return "its log holds no error in a form that is known here"
    if run.job_id is None:
        return "it is no job of GitHub Actions, so there is no log to read, and it left no annotation"
    return "GitHub has no log of it any more, or does not show it to this App"


def _annotated(one: CheckAnnotation) -> Clue:
    """Return a failure that somebody has annotated; that a process ended is none."""
    follows = one.message.startswith("Process completed with exit code")
    lines = tuple(read(one.message[:20_000] or one.title)[:12])
    places = () if follows else (Place(one.path, max(1, one.start_line)),)
    return Clue("annotation", 1 if follows else 3, 0, one.title or lines[0][:300], lines, places)


async def _spots(
    ctx: Context, pull: PullRequest, places: Sequence[Place], files: Sequence[PullFile]
) -> tuple[Spot, ...]:
    """Return the places that lie in this repository: in the pull request's own files first."""
    changed = {file.path: file for file in files}
    paths = Paths(changed)
    ranked: list[tuple[bool, str, Place]] = []
    for place in places[:12]:
        inside = paths.find(place)
        path = inside or _relative(place)
        if path is not None and all(path != known for _, known, _ in ranked):
            ranked.append((inside is None, path, place))
    spots: list[Spot] = []
    for _, path, place in sorted(ranked, key=lambda one: one[0])[:SPOTS]:
        content = await ctx.github.file(path, pull.head_sha)
        if content is None:
            continue
        text = content[:1_000_000].decode("utf-8", "replace")
        if 0 < place.line <= text.count("\n") + 1:
            spots.append(
                Spot(path, place.line, _note(changed.get(path), place.line), around(text, place.line))
            )
    return tuple(spots)


def _relative(place: Place) -> str | None:
    """Return a place's path within the repository, where a runner's folders tell it."""
    path = place.path.replace("\\", "/")
    bare = _WORKSPACE.sub("", path, count=1).removeprefix("./")
    outside = place.foreign or bare.startswith("/") or re.match("[A-Za-z]:", bare) or ".." in bare.split("/")
    return None if outside or not bare else bare


def _note(file: PullFile | None, line: int) -> str:
    if file is None:
        return "not changed by this pull request"
    try:
        shown = diff.from_pull_file(file)
    except diff.DiffError:
        return "in a file that this pull request changes"
    if line in shown.changed("RIGHT"):
        return "a line that this pull request changes"
    return "in a file that this pull request changes"


def _none_failed(runs: Sequence[CheckRun], head: str) -> str:
    if not runs:
        return (
            f"There is no check on {code_span(head[:7])} that I may see. "
            "Paste the error below the command, in a code block, and I will look at that."
        )
    running = [run.name for run in runs if run.conclusion is None]
    rest = f", {len(running)} not ended yet ({listed(running)})" if running else ""
    return f"No check has failed on {code_span(head[:7])}: {len(runs) - len(running)} ended without failing{rest}."
