"""What was put in to look for a mistake, and forgotten: breakpoints, focused tests, debugging output."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triagebot.core.code import Call, calls, uses
from triagebot.core.findings import Finding, Severity
from triagebot.core.markdown import code_span
from triagebot.core.rules.change import Change

SOURCE = "leftover"
MOST = 10
"""Told of one file."""

_BREAKPOINTS = {
    "python": "breakpoint pdb.set_trace ipdb.set_trace pudb.set_trace",
    "javascript": "debugger",
    "typescript": "debugger",
    "tsx": "debugger",
    "ruby": "binding.pry binding.irb byebug debugger",
}
_OUTPUT = {"rust": "dbg", "php": "var_dump dd", "go": "spew.Dump"}
_ONLY = "it.only describe.only test.only context.only suite.only fdescribe"
_SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_DEBUGGERS = re.compile(r"(?i)(?:^|[/_.-])(?:i?pdb|debug\w*|repl|console|pry|breakpoints?)(?:[/_.-]|$)")


def look(change: Change) -> list[Finding]:
    """Return a finding for each leftover on an added line."""
    if change.head is None or change.language is None or change.is_foreign or change.is_template:
        return []
    if change.is_example or _DEBUGGERS.search(change.diff.path):
        return []
    before = {line.strip() for line in (change.base or "").split("\n")}
    texts = {number: line.text for number, line in change.added()}
    found = [
        _finding(change, call, quote, text, severity)
        for call, text, severity in _leftovers(change, change.head, change.language)
        if call.start in texts
        and (quote := texts[call.start]).strip() not in before  # moved lines are none of this change's doing
    ]
    return found[:MOST]


def _leftovers(change: Change, head: str, kind: str) -> Iterator[tuple[Call, str, Severity]]:
    for call in calls(head, kind, _BREAKPOINTS.get(kind, "").split()):
        yield call, f"{code_span(call.name)} stops the program here.", "error"
    if kind == "python" and not change.is_test:
        for use in uses(head, kind, ("pdb", "ipdb", "pudb")):
            if use.role == "import" and re.fullmatch(r"import (?:i?pdb|pudb)", use.text):
                yield (
                    Call(use.text, use.line, use.line, alone=True),
                    "A debugger is imported here.",
                    "warning",
                )
    if kind in _SCRIPTS and change.is_test:
        for call in calls(head, kind, _ONLY.split()):
            yield call, f"{code_span(call.name)} leaves all other tests of this file out.", "error"
    if not change.is_test:
        for call in calls(head, kind, _OUTPUT.get(kind, "").split()):
            yield call, f"{code_span(call.name)} prints for debugging.", "warning"


def _finding(change: Change, call: Call, quote: str, text: str, severity: Severity) -> Finding:
    only = call.name in _ONLY.split()
    return Finding(
        path=change.diff.path,
        quote=quote[:4_000],
        line=call.start,
        kind="leftover",
        severity=severity,
        confidence=0.9,
        title=f"{code_span(call.name)} was left in"[:160],
        body=f"{text} {'Take the `only` off' if only else 'Delete it'} before this is merged.",
        suggestion="" if call.alone and call.start == call.end and not only else None,
        source=SOURCE,
    )
