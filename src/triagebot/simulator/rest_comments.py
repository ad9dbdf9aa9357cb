"""REST: comments of conversations, and reactions to issues, comments and review comments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from triagebot.simulator import shapes
from triagebot.simulator.api import (
    ApiError,
    Call,
    Level,
    Reply,
    Routes,
    conversation,
    invalid,
    locked_out,
    not_found,
    page,
)
from triagebot.simulator.model import REACTIONS, Comment, Issue, ReviewComment
from triagebot.simulator.rest_issues import ISSUE
from triagebot.simulator.rest_repos import REPO

routes = Routes()
COMMENT = f"{REPO}/issues/comments/{{comment_id}}"


@routes.add("GET", f"{ISSUE}/comments")
def list_comments(call: Call) -> Reply:
    """List a conversation's comments, oldest first."""
    issue = call.issue()
    since = datetime.fromisoformat(call.query["since"]) if "since" in call.query else None
    found = [each for each in issue.comments.values() if since is None or each.updated_at >= since]
    return page(call, found, lambda each: shapes.comment(call.world, issue, each))


@routes.add("GET", f"{REPO}/issues/comments")
def list_repo_comments(call: Call) -> Reply:
    """List a repository's comments, oldest first unless asked otherwise."""
    repo = call.repo(("issues", "read"))
    since = datetime.fromisoformat(call.query["since"]) if "since" in call.query else None
    found = [
        (issue, each)
        for issue in repo.issues.values()
        for each in issue.comments.values()
        if since is None or each.updated_at >= since
    ]
    updated = call.query.get("sort") == "updated"
    found.sort(
        key=lambda pair: (pair[1].updated_at if updated else pair[1].created_at, pair[1].id),
        reverse=call.query.get("direction") == "desc",
    )
    return page(call, found, lambda pair: shapes.comment(call.world, *pair))


@routes.add("POST", f"{ISSUE}/comments")
def create_comment(call: Call) -> Reply:
    """Write a comment in the App's name."""
    issue = call.issue("write")
    locked_out(issue)
    body = call.text("body", "IssueComment")
    made = call.world.comment(issue.repo, issue.number, call.world.app.bot, body)
    shaped = shapes.comment(call.world, issue, made)
    return Reply(201, shaped, {"Location": shaped["url"]})


def _comment(call: Call, level: Level) -> tuple[Issue, Comment]:
    try:
        issue, comment = call.world.find_comment(call.repo(), call.number("comment_id"))
    except KeyError:
        raise not_found() from None
    call.require(issue.repo, *conversation(issue, level))
    return issue, comment


@routes.add("GET", COMMENT)
def get_comment(call: Call) -> Reply:
    """Return a comment."""
    return Reply(200, shapes.comment(call.world, *_comment(call, "read")))


@routes.add("PATCH", COMMENT)
def update_comment(call: Call) -> Reply:
    """Change a comment of the App; with write permission an App can change others' too."""
    issue, comment = _comment(call, "write")
    call.world.edit_comment(issue.repo, comment.id, call.text("body", "IssueComment"), by=call.world.app.bot)
    return Reply(200, shapes.comment(call.world, issue, comment))


@routes.add("DELETE", COMMENT)
def delete_comment(call: Call) -> Reply:
    """Delete a comment."""
    issue, comment = _comment(call, "write")
    call.world.delete_comment(issue.repo, comment.id, by=call.world.app.bot)
    return Reply(204)


# --- reactions ---

Target = Callable[[Call, Level], tuple[Issue, Issue | Comment | ReviewComment]]


def _review_comment(call: Call, level: Level) -> tuple[Issue, ReviewComment]:
    repo = call.repo(("pull_requests", level))
    try:
        return call.world.find_review_comment(repo, call.number("comment_id"))
    except KeyError:
        raise not_found() from None


def _whole_issue(call: Call, level: Level) -> tuple[Issue, Issue]:
    issue = call.issue(level)
    return issue, issue


def _reaction_routes(prefix: str, target: Target) -> None:
    @routes.add("GET", f"{prefix}/reactions")
    def list_reactions(call: Call) -> Reply:
        _, found = target(call, "read")
        content = call.query.get("content")
        shown = [each for each in found.reactions if content in (None, each.content)]
        return page(call, shown, lambda each: shapes.reaction(call.world, each))

    @routes.add("POST", f"{prefix}/reactions")
    def add_reaction(call: Call) -> Reply:
        issue, found = target(call, "write")
        content = call.fields().get("content")
        if content not in REACTIONS:
            raise invalid("Reaction", "content")
        locked_out(issue, "reaction")
        made, new = call.world.react(found, content, by=call.world.app.bot)
        return Reply(201 if new else 200, shapes.reaction(call.world, made))

    @routes.add("DELETE", f"{prefix}/reactions/{{reaction_id}}")
    def delete_reaction(call: Call) -> Reply:
        _, found = target(call, "write")
        mine = [each for each in found.reactions if each.id == call.number("reaction_id")]
        if not mine:
            raise not_found()
        if mine[0].user is not call.world.app.bot:
            raise ApiError(403, "Resource not accessible by integration")
        call.world.unreact(found, mine[0].id)
        return Reply(204)


_reaction_routes(ISSUE, _whole_issue)
_reaction_routes(COMMENT, _comment)
_reaction_routes(f"{REPO}/pulls/comments/{{comment_id}}", _review_comment)
