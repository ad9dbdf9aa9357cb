"""What can be told of a change without a model: each rule is a module, and says nothing when unsure.

A rule's findings are anchored: on changed lines, with those lines as their quote. How often each is right was
measured on real changes (docs/adr/0013-ast-grep.md).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from triagebot.core.code import patience
from triagebot.core.findings import Finding
from triagebot.core.rules import conflicts, leftovers, locks, secrets, syntax
from triagebot.core.rules.change import Change

__all__ = ["RULES", "Change", "tell"]

RULES = ("syntax-error", "conflict-marker", "secret", "leftover", "lock-file")
"""What `source` of a finding told here may be. `gone` tells one more, for which the whole repository is read."""

DEATHS = 3
"""Files of one change that may each cost a parser its life; then no more of that change's code is parsed."""


def tell(changes: Sequence[Change], *, paths: Collection[str] = ()) -> list[Finding]:
    """Return what the rules find, in the order of the changes.

    `paths`: the files of the repository's head, or as many as are known; the lock-file rule needs those
    beside a changed manifest. Parses: call it in a thread.
    """
    found: list[Finding] = []
    with patience(DEATHS):
        for change in changes:
            marked = conflicts.look(change)
            found += marked or syntax.look(change)  # what stands between markers does not parse either
            found += secrets.look(change)
            found += leftovers.look(change)
    return found + locks.look(changes, paths)
