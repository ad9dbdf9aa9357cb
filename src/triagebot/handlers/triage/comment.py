"""The one triage comment: what was done or is suggested, and below it the evidence and how to undo it.

It is written for somebody who has ten seconds. Everything in it that a stranger or a model wrote stands
in code spans. Earlier issues are linked without telling them (`core/links.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from triagebot.core.actions import UpsertComment
from triagebot.core.lessons import Answered
from triagebot.core.markdown import code_span
from triagebot.handlers.triage.part import Part

SLOT = "triage"


def compose(parts: Sequence[Part], *, taken_off: Collection[str], prefix: str) -> UpsertComment:
    """Return the comment that says what the parts say; a new one only if one of them is worth it.

    `taken_off` are the labels that people took off, and `prefix` is what commands begin with.
    """
    said = [part for part in parts if part.lines]
    if not said:
        answered = any(isinstance(lesson, Answered) for part in parts for lesson in part.lessons)
        return UpsertComment(slot=SLOT, body=_nothing_more(taken_off, answered=answered), create=False)
    body = _joined([part.lines for part in said])
    evidence = "\n".join(part.evidence for part in said if part.evidence)
    if evidence:
        body += f"\n\n<details><summary>Why</summary>\n\n{evidence}\n\n</details>"
    body += f"\n\n<sub>{_footer(said, prefix)}</sub>"
    return UpsertComment(slot=SLOT, body=body, create=any(part.worth for part in said))


def _joined(blocks: Sequence[str]) -> str:
    """Return the blocks below each other; lists that follow each other are one list, and stay tight."""
    body = ""
    for block in blocks:
        tight = block.startswith("- ") and body.rpartition("\n")[2].startswith("- ")
        body += ("\n" if tight else "\n\n") + block if body else block
    return body


def _footer(said: Sequence[Part], prefix: str) -> str:
    origins = [part.origin for part in said if part.origin]
    ways = list(dict.fromkeys(part.undo for part in said if part.undo))
    if any(part.actions for part in said):
        ways.append(f"{code_span(f'{prefix} undo')} takes all of it back")
    else:
        origins.append("Nothing was changed.")
    return " ".join(filter(None, [*origins, f"Wrong? {'; '.join(ways)}." if ways else ""]))


def _nothing_more(taken_off: Collection[str], *, answered: bool) -> str:
    """Return what an earlier comment becomes when there is nothing left to say."""
    if answered:
        return "Thank you: nothing is asked for any more."
    if taken_off:
        names = ", ".join(code_span(name) for name in sorted(taken_off))
        return f"{names}: taken off by a person, so it stays off."
    return "There is nothing left to say about this issue. Labels already on were left as they are."
