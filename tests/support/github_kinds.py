"""One scenario for each kind of action: what is there before, what is wanted, what must be there once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.support.github_lab import REPO, Lab, events, labelled

from triagebot.core.actions import (
    Action,
    AddLabels,
    Annotation,
    Assign,
    FileChange,
    OpenDraftPullRequest,
    React,
    RemoveLabels,
    ReportCheck,
    ReviewComment,
    SetState,
    SubmitReview,
    UpsertComment,
)
from triagebot.simulator.model import Issue

NOTES = 120


@dataclass(frozen=True)
class Kind:
    """`prepare` makes a subject and the action; `effect` says what GitHub holds; `once` what it must hold."""

    name: str
    prepare: Callable[[Lab], Awaitable[tuple[Issue, Action]]]
    effect: Callable[[Lab, Issue], object]
    once: object
    before: object


def _bots_comments(lab: Lab, issue: Issue) -> list[str]:
    return [(each.body or "").partition("\n")[0] for each in issue.comments.values() if each.user is lab.bot]


async def _add_labels(lab: Lab) -> tuple[Issue, Action]:
    return lab.issue(), AddLabels(labels=("bug", "docs"))


async def _remove_labels(lab: Lab) -> tuple[Issue, Action]:
    issue = lab.issue()
    for name in ("bug", "docs"):
        lab.world.add_label(REPO, issue.number, name, by=lab.bot)
    return issue, RemoveLabels(labels=("bug", "docs"))


async def _comment(lab: Lab) -> tuple[Issue, Action]:
    issue = lab.issue()
    for number in range(3):
        lab.world.comment(REPO, issue.number, "mona", f"Comment {number}")
    return issue, UpsertComment(slot="lab:summary", body="A summary.")


async def _comment_edited(lab: Lab) -> tuple[Issue, Action]:
    issue = lab.issue()
    await lab.do(issue, UpsertComment(slot="lab:summary", body="An old summary."))
    return issue, UpsertComment(slot="lab:summary", body="A summary.")


async def _react(lab: Lab) -> tuple[Issue, Action]:
    return lab.issue(), React(content="eyes")


async def _set_state(lab: Lab) -> tuple[Issue, Action]:
    return lab.issue(), SetState(state="closed", reason="not_planned")


async def _assign(lab: Lab) -> tuple[Issue, Action]:
    return lab.issue(), Assign(assignees=("mona",))


async def _review(lab: Lab) -> tuple[Issue, Action]:
    issue = lab.pull()
    assert issue.pull is not None
    return issue, SubmitReview(
        slot="lab:review",
        head_sha=issue.pull.head_sha,
        body="One remark.",
        comments=(ReviewComment(path="src/parser.py", line=5, body="Why five?"),),
    )


def note(number: int) -> Annotation:
    return Annotation(path="README.md", start_line=1, end_line=1, level="notice", message=f"Note {number}")


async def _check(lab: Lab) -> tuple[Issue, Action]:
    issue = lab.pull()
    assert issue.pull is not None
    return issue, ReportCheck(
        name="triagebot/lab",
        head_sha=issue.pull.head_sha,
        conclusion="neutral",
        title="Notes",
        summary="Many notes.",
        annotations=tuple(note(number) for number in range(NOTES)),
    )


async def _draft_pull(lab: Lab) -> tuple[Issue, Action]:
    issue = lab.issue()
    return issue, OpenDraftPullRequest(
        branch=f"triagebot/fix-{issue.number}",
        base_ref="main",
        base_sha=lab.repo.git.refs["refs/heads/main"],
        title=f"Fix #{issue.number}",
        body="A proposal.",
        commit_message="Fix it",
        files=(
            FileChange(path="src/parser.py", content=f"fixed {issue.number}\n"),
            FileChange(path="bin/run", content="#!/bin/sh\nexit 0\n"),
            FileChange(path="docs/new.md", content="new\n"),
        ),
    )


def _reviews(lab: Lab, issue: Issue) -> object:
    assert issue.pull is not None
    return [(each.state, len(each.comments)) for each in issue.pull.reviews.values()]


def _checks(lab: Lab, issue: Issue) -> object:
    assert issue.pull is not None
    return [
        (run.status, run.conclusion, [each.message for each in run.annotations])
        for run in lab.repo.check_runs.values()
        if run.head_sha == issue.pull.head_sha
    ]


def _drafts(lab: Lab, issue: Issue) -> object:
    name, git = f"triagebot/fix-{issue.number}", lab.repo.git
    pulls = [
        (each.pull.draft, each.state)
        for each in lab.repo.issues.values()
        if each.pull and each.pull.head_ref == name
    ]
    tip = git.refs.get(f"refs/heads/{name}")
    if tip is None:
        return pulls, None
    modes = {path: mode for path, mode, _ in git.files(git.commits[tip].tree)}
    return pulls, (len(git.commits[tip].parents), sorted(modes.items()))


def _comments(lab: Lab, issue: Issue) -> object:
    return _bots_comments(lab, issue)


_TREE = [
    ("README.md", "100644"),
    ("bin/run", "100644"),
    ("docs/new.md", "100644"),
    ("src/parser.py", "100644"),
]

KINDS = [
    Kind(
        "add_labels",
        _add_labels,
        lambda lab, issue: (labelled(issue), events(issue, "labeled")),
        (["bug", "docs"], [("labeled", "triagebot[bot]")] * 2),
        ([], []),
    ),
    Kind(
        "remove_labels",
        _remove_labels,
        lambda lab, issue: (labelled(issue), events(issue, "unlabeled")),
        ([], [("unlabeled", "triagebot[bot]")] * 2),
        (["bug", "docs"], []),
    ),
    Kind("upsert_comment", _comment, _comments, ["A summary."], []),
    Kind("upsert_comment-edit", _comment_edited, _comments, ["A summary."], ["An old summary."]),
    Kind("react", _react, lambda lab, issue: [each.content for each in issue.reactions], ["eyes"], []),
    Kind(
        "set_state",
        _set_state,
        lambda lab, issue: (issue.state, issue.state_reason, events(issue, "closed")),
        ("closed", "not_planned", [("closed", "triagebot[bot]")]),
        ("open", None, []),
    ),
    Kind(
        "assign",
        _assign,
        lambda lab, issue: ([each.login for each in issue.assignees], len(events(issue, "assigned"))),
        (["mona"], 1),
        ([], 0),
    ),
    Kind("submit_review", _review, _reviews, [("COMMENTED", 1)], []),
    Kind(
        "report_check",
        _check,
        _checks,
        [("completed", "neutral", [f"Note {number}" for number in range(NOTES)])],
        [],
    ),
    Kind("open_draft_pull_request", _draft_pull, _drafts, ([(True, "open")], (1, _TREE)), ([], None)),
]
