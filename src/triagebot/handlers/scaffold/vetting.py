"""Put a file that was drawn up through the checks that every patch goes through, before anybody sees it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from triagebot.core import patch as patches
from triagebot.core.patch import Edit, Problem
from triagebot.drafting.checking import checks, known
from triagebot.drafting.shapes import Draft
from triagebot.handlers.scaffold import issue_form, workflow
from triagebot.handlers.scaffold.drawn import Drawn
from triagebot.ports import Checkout, Trial


async def vet(checkout: Checkout, drawn: Drawn, *, run: bool) -> Draft:
    """Return the new file as a draft; with `run`, the operator's command has a say. Raises `WorkspaceError`."""
    edit = Edit(path=drawn.path, search="", replace=drawn.text)
    patch, found = patches.apply([edit], {})
    if not found:
        paths = frozenset(one.path for one in await checkout.entries())
        found = await asyncio.to_thread(patches.check, patch, await known(checkout, patch, paths))
    extent = await asyncio.to_thread(patches.extent, patch)
    if (own := _own(drawn)) is not None:
        extent = replace(extent, parsed=extent.files)  # it was read as what it is, which says more
    against = tuple(one for one in (*found, *(own or ())) if not one.person)
    person = tuple(one for one in found if one.person)
    trial = Trial("not_run", "")  # there is nothing to run for this
    if run and not against:
        trial = await _trial(checkout, drawn)
    withheld = " ".join(one.says for one in against[:3])
    if trial.outcome in ("failed", "timed_out"):
        withheld = "The operator's command does not pass with it."
    return Draft(
        None if withheld else patch,
        checks=checks(patch, extent, against, (trial, None), checkout.sha),
        withheld=withheld,
        problems=against,
        person=person,
        trial=trial,
        sha=checkout.sha,
    )


async def _trial(checkout: Checkout, drawn: Drawn) -> Trial:
    """Return what the operator's command says with the file; nothing, where it fails without it as well."""
    trial = await checkout.trial({drawn.path: drawn.text})
    if trial.outcome not in ("failed", "timed_out") or (await checkout.trial({})).outcome == "passed":
        return trial
    says = "The operator's command does not pass without this file either, so it says nothing of it."
    return Trial("not_run", says, trial.command)


def _own(drawn: Drawn) -> list[Problem] | None:
    """Return what GitHub would not take, or what a workflow of ours must never do; None for other files."""
    if drawn.path == workflow.PATH:
        found = workflow.problems(drawn.text)
    elif drawn.path.startswith(issue_form.FOLDER):
        found = issue_form.problems(drawn.text, drawn.path)
    else:
        return None
    return [Problem("malformed", drawn.path, says) for says in found]
