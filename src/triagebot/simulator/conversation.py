"""An issue's timeline put into words: runs of label events become one line, reviews carry their threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from triagebot.simulator import diffs, shapes_pulls
from triagebot.simulator.model import CheckRun, Comment, Event, Issue, Review, ReviewComment, User
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
class Thread:
    """A comment on the diff with its answers, and the line where it stands now; None once it is outdated."""

    first: ReviewComment
    answers: list[ReviewComment]
    line: int | None


@dataclass
class Part:
    """One part of the story; exactly one of comment, review and line is set."""

    comment: Comment | None = None
    review: Review | None = None
    line: Line | None = None
    verdict: str = ""
    threads: list[Thread] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A row of a patch, and the threads that begin under it."""

    text: str
    threads: list[Thread]


def story(world: State, issue: Issue) -> list[Part]:
    """Return the timeline, ready to be shown."""
    parts: list[Part] = []
    by_first = {thread.first.id: thread for thread in threads(issue)}
    for entry in issue.timeline:
        if isinstance(entry, Comment):
            parts.append(Part(comment=entry))
        elif isinstance(entry, Review):
            found = [by_first[each.id] for each in entry.comments if each.id in by_first]
            if found or entry.body or not entry.comments:  # else it only answers, and stands in the thread
                verdict = VERDICTS.get(entry.state, "reviewed")
                parts.append(Part(review=entry, verdict=verdict, threads=found))
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


def threads(issue: Issue) -> list[Thread]:
    """Return the threads on the diff. An answer whose first comment is gone stands for itself."""
    reviews = issue.pull.reviews.values() if issue.pull else ()
    comments = [each for review in reviews if review.state != "PENDING" for each in review.comments]
    found: dict[int, Thread] = {}
    for comment in sorted(comments, key=lambda each: each.id):
        if comment.in_reply_to in found:
            found[comment.in_reply_to].answers.append(comment)
        else:
            found[comment.id] = Thread(comment, [], shapes_pulls.line_now(issue, comment))
    return list(found.values())


def rows(patch: str, path: str, begun: list[Thread]) -> list[Row]:
    """Return a file's patch row by row, with the threads under the rows that they are about."""
    places = {anchor.position: place for place, anchor in diffs.anchors(patch).items() if place[0] == "LEFT"}
    rights = {anchor.position: place for place, anchor in diffs.anchors(patch).items() if place[0] == "RIGHT"}
    made: list[Row] = []
    for position, text in enumerate(patch.split("\n")):
        here = {places.get(position), rights.get(position)}
        under = [each for each in begun if each.first.path == path and (each.first.side, each.line) in here]
        made.append(Row(text, under))
    return made
