"""REST: reviews and their comments. One comment off the diff refuses the whole review."""

from __future__ import annotations

from typing import Any

from triagebot.simulator import shapes_pulls
from triagebot.simulator.acts_reviews import STATES, Draft, Unanchored
from triagebot.simulator.api import ApiError, Call, Reply, Routes, invalid, locked_out, not_found, page
from triagebot.simulator.model import Issue, Review, ReviewComment
from triagebot.simulator.rest_pulls import PULL
from triagebot.simulator.rest_repos import REPO

routes = Routes()
REVIEW = f"{PULL}/reviews/{{review_id}}"


def _seen(call: Call, issue: Issue) -> list[Review]:
    """Return the submitted reviews and the App's own pending one."""
    reviews = issue.pull.reviews.values() if issue.pull else ()
    return [each for each in reviews if each.state != "PENDING" or each.user is call.world.app.bot]


def _review(call: Call, issue: Issue) -> Review:
    number = call.number("review_id")
    found = next((each for each in _seen(call, issue) if each.id == number), None)
    if found is None:
        raise not_found()
    return found


@routes.add("GET", f"{PULL}/reviews")
def list_reviews(call: Call) -> Reply:
    """List reviews, oldest first."""
    issue = call.pull()
    return page(call, _seen(call, issue), lambda each: shapes_pulls.review(call.world, issue, each))


@routes.add("POST", f"{PULL}/reviews")
def create_review(call: Call) -> Reply:
    """Review in the App's name; without an `event` the review stays pending."""
    issue, fields, bot = call.pull("write"), call.fields(), call.world.app.bot
    locked_out(issue, "review")
    event, body = fields.get("event"), fields.get("body") or ""
    comments = fields.get("comments") or []
    if event is not None and event not in STATES:
        raise ApiError(422, "Unprocessable Entity", errors=["Variable $event was provided invalid value"])
    if len(body) > 65_536:
        raise ApiError(422, "Unprocessable Entity", errors=["Body is too long (maximum is 65536 characters)"])
    if any(each.state == "PENDING" and each.user is bot for each in _seen(call, issue)):
        message = "User can only have one pending review per pull request"
        raise ApiError(422, "Unprocessable Entity", errors=[message])
    if event in ("APPROVE", "REQUEST_CHANGES") and issue.user is bot:
        message = f"Can not {event.lower().replace('_', ' ')} on your own pull request"
        raise ApiError(422, "Unprocessable Entity", errors=[message])
    if event in ("COMMENT", "REQUEST_CHANGES") and not body and not comments:
        raise ApiError(422, "Unprocessable Entity", errors=["Body can't be blank"])
    commit_id = fields.get("commit_id")
    if commit_id is not None and commit_id not in issue.repo.git.commits:
        raise ApiError(422, "Unprocessable Entity", errors=["Commit could not be found"])
    drafts = [_draft(each) for each in comments]
    try:
        review = call.world.submit_review(
            issue.repo, issue.number, bot, body, event=event, comments=drafts, commit_id=commit_id
        )
    except Unanchored as error:
        raise ApiError(422, "Unprocessable Entity", errors=[str(error)]) from None
    return Reply(200, shapes_pulls.review(call.world, issue, review))


def _draft(fields: Any) -> Draft:
    if not isinstance(fields, dict) or not fields.get("path") or not str(fields.get("body", "")).strip():
        raise ApiError(422, "Unprocessable Entity", errors=["Body can't be blank", "Path can't be blank"])
    if fields.get("line") is None and fields.get("position") is None:
        raise ApiError(422, "Unprocessable Entity", errors=["Line or position is required"])
    return Draft(
        path=fields["path"],
        body=fields["body"],
        line=fields.get("line"),
        side=fields.get("side") or "RIGHT",
        start_line=fields.get("start_line"),
        start_side=fields.get("start_side"),
        position=fields.get("position"),
    )


@routes.add("GET", REVIEW)
def get_review(call: Call) -> Reply:
    """Return one review."""
    issue = call.pull()
    return Reply(200, shapes_pulls.review(call.world, issue, _review(call, issue)))


@routes.add("PUT", REVIEW)
def update_review(call: Call) -> Reply:
    """Change a review's body."""
    issue = call.pull("write")
    review = _review(call, issue)
    if review.user is not call.world.app.bot:
        raise ApiError(422, "Unprocessable Entity", errors=["Can not update a review of somebody else"])
    call.world.edit_review(issue, review, call.text("body", "PullRequestReview"), by=call.world.app.bot)
    return Reply(200, shapes_pulls.review(call.world, issue, review))


@routes.add("DELETE", REVIEW)
def delete_review(call: Call) -> Reply:
    """Delete a pending review; a submitted one stays."""
    issue = call.pull("write")
    review = _review(call, issue)
    if review.state != "PENDING":
        raise ApiError(
            422, "Unprocessable Entity", errors=["Can not delete a non-pending pull request review"]
        )
    shaped = shapes_pulls.review(call.world, issue, review)
    call.world.delete_pending_review(issue, review.id)
    return Reply(200, shaped)


@routes.add("POST", f"{REVIEW}/events")
def submit_review(call: Call) -> Reply:
    """Submit a pending review."""
    issue = call.pull("write")
    review, event = _review(call, issue), call.fields().get("event")
    if event not in STATES or review.state != "PENDING":
        raise ApiError(422, "Unprocessable Entity", errors=["Can not submit this review"])
    review.body = call.fields().get("body") or review.body
    call.world.finish_review(issue, review, event)
    return Reply(200, shapes_pulls.review(call.world, issue, review))


@routes.add("GET", f"{REVIEW}/comments")
def list_review_comments(call: Call) -> Reply:
    """List one review's comments."""
    issue = call.pull()
    comments = _review(call, issue).comments
    return page(call, comments, lambda each: shapes_pulls.review_comment(call.world, issue, each))


@routes.add("GET", f"{PULL}/comments")
def list_pull_comments(call: Call) -> Reply:
    """List all submitted review comments."""
    issue = call.pull()
    comments = call.world.review_comments(issue)
    return page(call, comments, lambda each: shapes_pulls.review_comment(call.world, issue, each))


def _comment(call: Call, level: Any) -> tuple[Issue, ReviewComment]:
    repo = call.repo(("pull_requests", level))
    try:
        return call.world.find_review_comment(repo, call.number("comment_id"))
    except KeyError:
        raise not_found() from None


@routes.add("GET", f"{REPO}/pulls/comments/{{comment_id}}")
def get_pull_comment(call: Call) -> Reply:
    """Return one review comment."""
    return Reply(200, shapes_pulls.review_comment(call.world, *_comment(call, "read")))


@routes.add("PATCH", f"{REPO}/pulls/comments/{{comment_id}}")
def update_pull_comment(call: Call) -> Reply:
    """Change a review comment."""
    issue, comment = _comment(call, "write")
    body = call.text("body", "PullRequestReviewComment")
    call.world.edit_review_comment(issue, comment, body, by=call.world.app.bot)
    return Reply(200, shapes_pulls.review_comment(call.world, issue, comment))


@routes.add("DELETE", f"{REPO}/pulls/comments/{{comment_id}}")
def delete_pull_comment(call: Call) -> Reply:
    """Delete a review comment; its answers stay."""
    issue, comment = _comment(call, "write")
    call.world.delete_review_comment(issue, comment, by=call.world.app.bot)
    return Reply(204)


@routes.add("POST", f"{PULL}/comments/{{comment_id}}/replies")
def reply(call: Call) -> Reply:
    """Answer a review comment, the first one of its thread."""
    issue, bot = call.pull("write"), call.world.app.bot
    locked_out(issue)
    body = call.text("body", "PullRequestReviewComment")
    number = call.number("comment_id")
    above = next((each for each in call.world.review_comments(issue) if each.id == number), None)
    if above is None:
        raise not_found()
    if above.in_reply_to:
        raise invalid("PullRequestReviewComment", "in_reply_to", message="is itself an answer")
    try:
        made = call.world.reply(issue.repo, issue.number, number, bot, body)
    except Unanchored:
        raise invalid("PullRequestReviewComment", "in_reply_to") from None
    return Reply(201, shapes_pulls.review_comment(call.world, issue, made))
