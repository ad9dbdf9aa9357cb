"""One review for each slot and commit. A submitted review cannot be deleted, so it is posted but once.

A pending review that a dead worker left behind is invisible to people and blocks the next one, so it
is deleted first. GitHub refuses a whole review for one comment off the diff: then nothing was posted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from triagebot.core.actions import ReviewComment, Status, SubmitReview
from triagebot.core.errors import NotFound, Refused
from triagebot.core.values import PullRequest
from triagebot.github import parse
from triagebot.github.outcome import Reply
from triagebot.github.steps import Outcome, Work, Write


@dataclass
class ReviewSubmitted:
    """Our review of this commit exists."""

    work: Work
    action: SubmitReview
    _dropped: set[int] = field(default_factory=set, init=False)

    @property
    def _slot(self) -> str:
        return f"{self.action.slot}@{self.action.head_sha}"

    @property
    def _path(self) -> str:
        return f"{self.work.base}/pulls/{self.work.target.number}/reviews"

    async def next(self) -> Outcome | Write:
        """Name the removal of a leftover draft, or the review."""
        work = self.work
        if work.pull is None or work.target.kind != "pull_request":
            return Outcome(Status.REFUSED, "Only a pull request can be reviewed.", work.issue.url)
        if await work.ledger.made(work.target.key, self._slot):
            return work.reached()
        pending: list[dict[str, Any]] = []

        async def find() -> dict[str, Any] | None:
            ours = await self._ours()
            pending[:] = [review for review in ours if review.get("state") == "PENDING"]
            return next((review for review in ours if review.get("state") != "PENDING"), None)

        if review := await work.patiently(find):
            await self._remember(review)
            return work.reached(url=parse.text(review, "html_url"))
        if problem := self._outdated(work.pull):
            return Outcome(Status.STALE, problem, work.issue.url)
        if pending:
            return self._drop(parse.number(pending[0], "id"))
        return self._submit()

    def _outdated(self, pull: PullRequest) -> str | None:
        if pull.head_sha != self.action.head_sha:
            return "The pull request got new commits since."
        return "The pull request was closed since." if pull.state == "closed" else None

    async def _ours(self) -> list[dict[str, Any]]:
        """Return our submitted review with this slot's marker, and every draft of ours."""
        work = self.work
        return [
            review
            for review in await work.client.pages(work.installation, self._path)
            if work.me.made(parse.actor(parse.part(review, "user")), parse.app_id(review))
            and parse.number(review, "id") not in self._dropped
            and (
                review.get("state") == "PENDING"
                or work.marks.find(work.target.key, self._slot, parse.text(review, "body"))
            )
        ]

    async def _remember(self, review: parse.Json) -> None:
        await self.work.ledger.remember_made(
            self.work.target.key, self._slot, str(parse.number(review, "id"))
        )

    def _drop(self, review_id: int) -> Write:
        def vanished(error: Refused) -> Outcome | None:
            if not isinstance(error, NotFound):
                raise error
            self._dropped.add(review_id)
            return None

        async def dropped(_: Reply) -> Outcome | None:
            self._dropped.add(review_id)
            return None

        return Write("DELETE", f"{self._path}/{review_id}", then=dropped, refused=vanished)

    def _submit(self) -> Write:
        work, action = self.work, self.action

        async def submitted(reply: Reply) -> Outcome | None:
            review = reply.json()
            await self._remember(review)
            return work.reached(url=parse.text(review, "html_url"))

        return Write(
            "POST",
            self._path,
            {
                "commit_id": action.head_sha,
                "event": "COMMENT",
                "body": work.marks.write(work.target.key, self._slot, action.body),
                "comments": [_comment(comment) for comment in action.comments],
            },
            then=submitted,
        )


def _comment(comment: ReviewComment) -> dict[str, Any]:
    lines: dict[str, Any] = {"line": comment.line, "side": comment.side}
    if comment.start_line is not None and comment.start_line < comment.line:
        lines |= {"start_line": comment.start_line, "start_side": comment.start_side or comment.side}
    return {"path": comment.path, "body": comment.body, **lines}
