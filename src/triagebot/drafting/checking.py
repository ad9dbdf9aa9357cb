"""What a patch is checked against, and the account of it: which checks passed, which were not made, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from triagebot.core import patch as patches
from triagebot.core.markdown import code_span
from triagebot.core.patch import Edit, Extent, Known, Patch, Problem, ProblemKind, path_problem
from triagebot.core.text import cut
from triagebot.drafting.asking import Asking
from triagebot.drafting.shapes import Check, CheckName
from triagebot.ports import Checkout, Trial

HITS = 5
"""Lines that are looked at of each word that a check wants to see in use."""
NAMED = 3
"""Paths that one line names."""
TOGETHER = 2_000
"""Lines that one search for all of the words may bring."""

CHECKS: Mapping[CheckName, frozenset[ProblemKind]] = {
    "applies": frozenset({"absent", "ambiguous", "unchanged", "base", "malformed"}),
    "paths": frozenset({"path", "protected", "mode", "binary", "size", "unseen"}),
    "parses": frozenset({"syntax"}),
    "resolves": frozenset({"import", "name"}),
    "no secrets": frozenset({"secret", "unseen"}),
}
"""In the order in which they are made; what an earlier one stops, the later ones do not see."""

SAYS: Mapping[ProblemKind, str] = {
    "path": "it reaches outside of what may be changed",
    "protected": "it changes a file that only a person may change",
    "mode": "it changes what is no regular file",
    "binary": "it changes a binary file",
    "absent": "the text it replaces is not there",
    "ambiguous": "the text it replaces stands in several places",
    "unchanged": "it changes nothing",
    "base": "it does not fit the files",
    "malformed": "it is not a patch",
    "syntax": "a file would no longer parse",
    "import": "it imports what is not there",
    "name": "it uses a name that nothing defines",
    "secret": "it holds what looks like a secret, or a place where one was taken out",
    "unseen": "it holds characters that nobody can see",
    "size": "it is too large",
}
"""Each problem as half a sentence of "withheld because"."""


async def known(checkout: Checkout, patch: Patch, paths: frozenset[str]) -> Known:
    """Return what is known of the repository, whose files are `paths`, as far as a check of the patch needs it."""
    wanted = await asyncio.to_thread(patches.wanted, patch, paths)
    found = set(wanted.paths)
    hits = await checkout.search(wanted.words, limit=TOGETHER) if wanted.words else ()
    for word in wanted.words:
        own = [hit for hit in hits if word in hit.text]
        if not own and len(hits) == TOGETHER:  # words in frequent use left no room for it
            own = list(await checkout.search([word], limit=HITS))
        found.update(hit.path for hit in own[:HITS])
    cut = [hit for hit in hits if not any(word in hit.text for word in wanted.words)]  # long lines come cut
    found.update(hit.path for hit in cut[:HITS])
    return Known(paths, await checkout.texts(sorted(found)), searched=True)


def unwanted(edits: Sequence[Edit], texts: Mapping[str, str | None], asking: Asking) -> list[Problem]:
    """Return what was not asked for: other files, new files, too many.

    `texts` holds the touched files that are there.
    """
    found: list[Problem] = []
    paths = list(dict.fromkeys(edit.path for edit in edits))
    if len(paths) > asking.most_files:
        says = f"It changes {len(paths)} files; at most {asking.most_files} were asked for."
        found.append(Problem("size", "", says))
    for path in paths:
        if asking.only is not None and path not in asking.only:
            found.append(Problem("path", path, "A change of this file was not asked for."))
        elif not asking.creating and path not in texts:
            refused = path_problem(path)
            says = "There is no such file at this commit, and a new one was not asked for."
            found.append(refused if refused and not refused.person else Problem("absent", path, says))
    return found


def checks(
    patch: Patch | None,
    extent: Extent,
    problems: Sequence[Problem],
    trials: tuple[Trial | None, Trial | None],
    sha: str,
) -> tuple[Check, ...]:
    """Return the account of what was looked at, as far as `extent`, at the commit `sha`.

    `problems` are those that speak against the patch; `trials` the one with it and the one without it.
    """
    kinds = {problem.kind for problem in problems}
    found: list[Check] = []
    stopped = False
    for name, bad in CHECKS.items():
        if kinds & bad:
            found.append(Check(name, "failed", "; ".join(SAYS[kind] for kind in SAYS if kind in kinds & bad)))
            stopped = stopped or name in ("applies", "paths")
        elif stopped or patch is None:
            found.append(Check(name, "not_run", "not looked at any more"))
        elif (told := _passed(name, extent, sha)) is not None:
            found.append(told)
    return (*found, _tests(*trials))


def _passed(name: CheckName, extent: Extent, sha: str) -> Check | None:
    match name:
        case "applies":
            return Check(name, "passed", f"it applies to {code_span(sha[:7])}")
        case "paths":
            return Check(name, "passed", "it touches ordinary files only")
        case "parses":
            return _told(name, extent.files, extent.parsed, "each file still parses")
        case "resolves":
            return _told(name, extent.code, (*extent.named, *extent.imported), _resolved(extent))
    return Check(name, "passed", "it adds no secret")


def _resolved(extent: Extent) -> str:
    """Return what was looked up: names of Python alone, elsewhere only whether imports of own files lead to one."""
    if not extent.imported:
        return "its imports and names are known"
    if not extent.named:
        return "what it imports from here exists (other imports and names are looked up in Python only)"
    rest = _listed(extent.imported)
    return f"its imports and names are known (of {rest} only that what it imports from here exists)"


def _told(name: CheckName, files: Sequence[str], looked_at: Sequence[str], says: str) -> Check | None:
    """Return what came of a check of these files, None where there are none."""
    left = [path for path in files if path not in looked_at]
    if not files:
        return None
    if not looked_at:
        return Check(name, "not_run", f"that cannot be told here of {_listed(left)}")
    return Check(name, "passed", says + (f", {_listed(left)} apart" if left else ""))


def _listed(paths: Sequence[str]) -> str:
    named = " and ".join(code_span(cut(path, 120)) for path in paths[:NAMED])
    return f"{named} and {len(paths) - NAMED} more" if len(paths) > NAMED else named


def _tests(trial: Trial | None, base: Trial | None) -> Check:
    if trial is None:
        return Check("tests", "not_run", "not reached")
    if trial.outcome == "passed":
        ran = f"{code_span(trial.command)} passed in the sandbox, in {trial.seconds:.1f} s"
        return Check("tests", "passed", ran + _beside(base))
    if trial.outcome == "not_run":
        return Check("tests", "not_run", trial.says)
    what = "failed" if trial.outcome == "failed" else "took too long"
    return Check("tests", "failed", f"{code_span(trial.command)} {what}")


def _beside(base: Trial | None) -> str:
    """Return what tests that pass are worth: those that pass without the patch, too, do not speak for it."""
    if base is None or base.outcome == "not_run":
        return ""
    if base.outcome == "passed":
        return "; it passes without the patch, too, so no test tells whether this mends anything"
    return "; it does not pass without the patch"
