"""What became of the labels that we put on: left there by people, or taken off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from triagebot.core.history import LabelChange, PastIssue
from triagebot.ports import Acceptance

STANDS_AFTER = timedelta(days=7)
"""How long a label must have stood for silence to count as consent."""

LOOKED_BACK = timedelta(days=180)
MOST = 50
"""How many of a label's latest settled cases count: a label that was mended gets its trust back."""


def acceptance(issues: Iterable[PastIssue], app_id: int, now: datetime) -> Mapping[str, Acceptance]:
    """Return for each label of ours how many of its latest settled cases were kept and taken off.

    A case is settled when a person has decided about the label, when the issue is closed, or when the
    label has stood for `STANDS_AFTER`. The last word counts: one that a person took off and put back was
    kept. What another bot took off says nothing.
    """
    settled: defaultdict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for issue in issues:
        for label in {change.label for change in issue.changes or () if _is_ours(change, app_id)}:
            case = _case(issue, label, app_id, now)
            if case is not None and case[0] >= now - LOOKED_BACK:
                settled[label].append(case)
    return {label: _counted(sorted(cases, reverse=True)[:MOST]) for label, cases in settled.items()}


def _is_ours(change: LabelChange, app_id: int) -> bool:
    return change.action == "labeled" and change.app_id == app_id


def _case(issue: PastIssue, label: str, app_id: int, now: datetime) -> tuple[datetime, bool] | None:
    """Return when the case was settled and whether the label was kept; None while it is open."""
    changes = [change for change in issue.changes or () if change.label == label]
    first = next(at for at, change in enumerate(changes) if _is_ours(change, app_id))
    placed, after = changes[first], changes[first + 1 :]
    # We take a label off only where a person told us to (`/bot undo`), so that is a person's word too.
    words = [
        change
        for change in after
        if not change.by_bot or (change.app_id == app_id and change.action == "unlabeled")
    ]
    if words:
        return words[-1].at, words[-1].action == "labeled"
    if any(change.action == "unlabeled" for change in after):
        return None
    settled_at = placed.at + STANDS_AFTER
    if issue.state == "closed":
        closed_at = issue.closed_at or issue.updated_at or settled_at
        settled_at = min(settled_at, max(closed_at, placed.at))
    return (settled_at, True) if settled_at <= now else None


def _counted(cases: list[tuple[datetime, bool]]) -> Acceptance:
    kept = sum(was_kept for _, was_kept in cases)
    return Acceptance(kept=kept, taken_off=len(cases) - kept)
