"""An issue's timeline put into words: runs of label events become one line, reviews carry their comments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from triagebot.simulator.model import CheckRun, Comment, Event, Issue, Review, User
from triagebot.simulator.state import State

ICONS = {
    "labeled": "tag",
    "unlabeled": "tag",
    "closed": "done",
    "reopened": "open",
    "merged": "merged",
    "assigned": "person",
    "unassigned": "person",
}
WORDS = {
    "closed": "closed this",
    "reopened": "reopened this",
    "merged": "merged this",
    "locked": "locked the conversation",
    "unlocked": "unlocked the conversation",
    "comment_deleted": "deleted a comment",
    "transferred": "moved this here from another repository",
    "ready_for_review": "marked this as ready for review",
}
REASONS = {"not_planned": " as not planned", "duplicate": " as a duplicate", "completed": " as completed"}
VERDICTS = {"APPROVED": "approved these changes", "CHANGES_REQUESTED": "asked for changes"}


@dataclass
class Line:
    """One line of the story: who did what, to which labels or people."""

    actor: User | None
    at: datetime
    words: str
    icon: str = "dot"
    added: list[tuple[str, str]] = field(default_factory=list)
    removed: list[tuple[str, str]] = field(default_factory=list)
    person: User | None = None
    detail: str = ""


@dataclass
class Part:
    """One part of the story; exactly one of the fields is set."""

    comment: Comment | None = None
    review: Review | None = None
    line: Line | None = None
    verdict: str = ""


def story(world: State, issue: Issue) -> list[Part]:
    """Return the timeline, ready to be shown."""
    parts: list[Part] = []
    for entry in issue.timeline:
        if isinstance(entry, Comment):
            parts.append(Part(comment=entry))
        elif isinstance(entry, Review):
            parts.append(Part(review=entry, verdict=VERDICTS.get(entry.state, "reviewed")))
        elif isinstance(entry, Event):
            _add_event(parts, entry)
        else:
            commit = issue.repo.git.commits[entry]
            author = world.users.get(commit.author.name.lower()) or issue.user
            summary = commit.message.splitlines()[0] if commit.message else ""
            line = Line(author, commit.author.at, "pushed", "commit", detail=f"{entry[:7]} {summary}")
            parts.append(Part(line=line))
    return parts


def _add_event(parts: list[Part], entry: Event) -> None:
    if entry.label is not None:
        _add_label(parts, entry)
        return
    line = Line(
        entry.actor, entry.created_at, WORDS.get(entry.event, entry.event), ICONS.get(entry.event, "dot")
    )
    if entry.event == "closed":
        line.words += REASONS.get(str(entry.extra.get("state_reason")), "")
    elif entry.event == "renamed":
        change = entry.extra["rename"]
        line.words, line.detail = "changed the title from", f"{change['from']} → {change['to']}"
    elif entry.event in ("assigned", "unassigned"):
        line.person = entry.assignee
    parts.append(Part(line=line))


def _add_label(parts: list[Part], entry: Event) -> None:
    """Add a label event to the line before, if that is the same person's labels of the same minute."""
    last = parts[-1].line if parts else None
    joins = last and (last.added or last.removed) and last.actor is entry.actor
    if not last or not joins or (entry.created_at - last.at).total_seconds() > 60:
        last = Line(entry.actor, entry.created_at, "", "tag")
        parts.append(Part(line=last))
    if entry.label:
        (last.added if entry.event == "labeled" else last.removed).append(entry.label)


def checks(issue: Issue) -> list[CheckRun]:
    """Return the latest check run of each name on the head commit."""
    if issue.pull is None:
        return []
    runs = (run for run in issue.repo.check_runs.values() if run.head_sha == issue.pull.head_sha)
    return list({run.name: run for run in runs}.values())
