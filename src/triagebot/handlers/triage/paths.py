"""Labels of a pull request by the files that it changes, as the repository's configuration says.

A label that has globs is told by them alone: the label model has no say in it on pull requests, or one
would take off what the other has put on. It is taken off again when no file matches any more, but only
while nobody but us ever touched it here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from triagebot.core.actions import Action, AddLabels, Because, RemoveLabels
from triagebot.core.globs import selects
from triagebot.core.markdown import code_span
from triagebot.core.values import IssueEvent, Label, PullFile
from triagebot.handlers.triage.labels import Known, LabelConfig, is_ours
from triagebot.handlers.triage.part import Part
from triagebot.routing import Context

MOST = 5
"""Labels put on at once."""


async def look(
    ctx: Context, config: LabelConfig, labels: Sequence[Label], events: Sequence[IssueEvent]
) -> Part:
    """Return the labels that the changed files want on, and those that they want off again."""
    if not (ctx.issue.is_pull_request and config.paths) or config.mode == "off":
        return Part(note="no label goes by paths here")
    files = await ctx.github.pull_files(ctx.issue.number)
    wanted = await asyncio.to_thread(matching, config.paths, files)
    return decide(Known(ctx.issue, labels, events, app_id=ctx.app_id), config, wanted)


def matching(paths: Mapping[str, Sequence[str]], files: Sequence[PullFile]) -> dict[str, str]:
    """Return the labels whose globs select a changed file, each with the first such file. A moved file counts in both places."""
    names = list(dict.fromkeys(name for file in files for name in (file.path, file.previous_path) if name))
    first = {
        label: next((name for name in names if selects(globs, name)), "") for label, globs in paths.items()
    }
    return {label: name for label, name in first.items() if name}


def decide(known: Known, config: LabelConfig, wanted: Mapping[str, str]) -> Part:
    """Return the part: of labels that the repository defines, that are allowed, and that nobody else decided about."""
    on, defined = set(known.issue.labels), {label.name for label in known.labels}
    ours = {
        event.label for event in known.events if event.event == "labeled" and is_ours(event, known.app_id)
    } - {event.label for event in known.events if not is_ours(event, known.app_id)}
    modes = {name: config.mode_of(name) for name in config.paths if name in defined}
    new = known.undecided - on
    added = [name for name, mode in modes.items() if mode == "auto" and name in wanted and name in new][:MOST]
    gone = [
        name for name, mode in modes.items() if mode == "auto" and name not in wanted and name in on & ours
    ]
    maybe = [name for name, mode in modes.items() if mode == "suggest" and name in wanted and name in new]
    actions: list[Action] = [AddLabels(labels=tuple(added))] if added else []
    actions += [RemoveLabels(labels=tuple(gone[:MOST]))] if gone else []
    # What stays on is said again, or the comment would forget it at the next run.
    said = [name for name in modes if name in wanted and (name in added or name in on & ours)]
    lines = [f"- Added {code_span(name)}: {code_span(wanted[name])} is changed" for name in said]
    lines += [f"- Perhaps {code_span(name)}: {code_span(wanted[name])} is changed" for name in maybe[:MOST]]
    return Part(
        actions=tuple(actions),
        lines="\n".join(lines),
        worth=bool(maybe),
        note=_note(wanted, defined) if not (lines or actions) else "",
        undo="Take the label off and it stays off" if said else "",
        because=tuple(
            Because(
                about="label",
                name=name,
                done=name in said,
                says=f"{code_span(wanted[name][:300])} is changed",
            )
            for name in (*said, *maybe[:MOST])
        ),
    )


def _note(wanted: Mapping[str, str], defined: Collection[str]) -> str:
    """Say why no label goes by paths: perhaps the configuration spells one otherwise than GitHub."""
    unknown = ", ".join(name for name in wanted if name not in defined)
    return f"no label here is called {unknown}" if unknown else "no label goes by these paths"
