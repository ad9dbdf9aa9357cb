"""What becomes of our review later: a remark marked as fixed, or the whole review taken back.

Only what this App wrote on this pull request is ever touched, whatever id a plan names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from triagebot.core import markers
from triagebot.core.actions import EditReviewComment, Status, WithdrawReview
from triagebot.core.errors import NotFound, Refused
from triagebot.core.values import DiffComment
from triagebot.github import parse
from triagebot.github.apply_reviews import WITHDRAWN
from triagebot.github.outcome import Reply
from triagebot.github.steps import Outcome, Work, Write


def _same(one: str, other: str) -> bool:
    return markers.strip(one) == markers.strip(other)


@dataclass
class ReviewCommentEdited:
    """Our comment on the diff reads as the action says, if it is still there."""

    work: Work
    action: EditReviewComment

    async def next(self) -> Outcome | Write:
        """Name the edit."""
        work, path = self.work, f"{self.work.base}/pulls/comments/{self.action.comment_id}"
        found = await work.patiently(lambda: self._get(path), surely=True)
        if found is None:
            return self._deleted()
        if not work.me.made(parse.actor(parse.part(found, "user")), parse.app_id(found)):
            return Outcome(Status.REFUSED, "The comment is not ours.", work.issue.url)
        if not parse.text(found, "pull_request_url").endswith(f"/pulls/{work.target.number}"):
            return Outcome(Status.REFUSED, "The comment is on another pull request.", work.issue.url)
        if _same(parse.text(found, "body"), self.action.body):
            return work.reached(url=parse.text(found, "html_url"))

        async def edited(reply: Reply) -> Outcome | None:
            return work.reached(url=parse.text(reply.json(), "html_url"))

        def vanished(error: Refused) -> Outcome | None:
            if isinstance(error, NotFound):
                return self._deleted()
            raise error

        return Write("PATCH", path, {"body": self.action.body}, then=edited, refused=vanished)

    async def _get(self, path: str) -> parse.Json | None:
        try:
            found: parse.Json = (await self.work.client.get(self.work.installation, path)).json()
        except NotFound:
            return None
        return found

    def _deleted(self) -> Outcome:
        return Outcome(Status.UNCHANGED, "The comment was deleted.", self.work.issue.url)


@dataclass
class ReviewWithdrawn:
    """Our review says that it was withdrawn; of its comments only those stay that were answered, saying so too."""

    work: Work
    action: WithdrawReview
    _removed: set[int] = field(default_factory=set, init=False)

    async def next(self) -> Outcome | Write:
        """Name the next comment to delete or to edit, and in the end the edit of the review's text."""
        work, action = self.work, self.action
        review = await self._review()
        if isinstance(review, Outcome):
            return review
        comments = await work.reader.diff_comments(work.target.number)
        answered = {comment.in_reply_to for comment in comments}
        for comment in comments:
            if not comment.ours or comment.review_id != action.review_id or comment.id in self._removed:
                continue
            if comment.id not in answered:
                return self._delete(comment)
            if not _same(comment.body, action.body):
                return self._edit(comment)
        if not _same(parse.text(review, "body"), action.body) or markers.last(parse.text(review, "body")):
            return Write("PUT", self._path, {"body": action.body}, finishes=True)
        await work.ledger.remember_made(work.target.key, WITHDRAWN.format(action.review_id), work.plan.key)
        return work.reached(url=parse.text(review, "html_url"))

    @property
    def _path(self) -> str:
        return f"{self.work.base}/pulls/{self.work.target.number}/reviews/{self.action.review_id}"

    async def _review(self) -> parse.Json | Outcome:
        work = self.work
        try:
            found: parse.Json = (await work.client.get(work.installation, self._path)).json()
        except NotFound:
            return Outcome(Status.UNCHANGED, "There is no such review here.", work.issue.url)
        if not work.me.made(parse.actor(parse.part(found, "user")), parse.app_id(found)):
            return Outcome(Status.REFUSED, "The review is not ours.", work.issue.url)
        if parse.text(found, "state") == "PENDING":
            return Outcome(Status.REFUSED, "The review was never submitted.", work.issue.url)
        return found

    def _delete(self, comment: DiffComment) -> Write:
        async def deleted(_: Reply) -> Outcome | None:
            self._removed.add(comment.id)
            return None

        return Write(
            "DELETE", self._one(comment), then=deleted, refused=self._vanished(comment), finishes=True
        )

    def _edit(self, comment: DiffComment) -> Write:
        refused = self._vanished(comment)
        return Write("PATCH", self._one(comment), {"body": self.action.body}, refused=refused, finishes=True)

    def _one(self, comment: DiffComment) -> str:
        return f"{self.work.base}/pulls/comments/{comment.id}"

    def _vanished(self, comment: DiffComment) -> Callable[[Refused], Outcome | None]:
        def vanished(error: Refused) -> Outcome | None:
            if not isinstance(error, NotFound):
                raise error
            self._removed.add(comment.id)
            return None

        return vanished
