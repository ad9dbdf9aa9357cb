"""One review for each slot and commit. A submitted review cannot be deleted, so it is posted but once.

A pending review that a dead worker left behind is invisible to people and blocks the next one, so it
is deleted first. GitHub refuses a whole review for one comment off the diff, without saying which. That
should not happen, as handlers look at the diff of the head that the review is of; where it does, the
remarks are posted all the same, as a list in the review's text that names their lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from triagebot.core.actions import ReviewComment, Status, SubmitReview
from triagebot.core.errors import NotFound, Refused
from triagebot.core.markdown import code_span
from triagebot.core.values import PullRequest
from triagebot.github import parse
from triagebot.github.outcome import Reply
from triagebot.github.steps import Outcome, Work, Write

LONGEST = 60_000
"""Characters of a review's text."""
MOST_INLINE = 50
"""Comments on lines that are sent with one review; more are listed in its text."""
WITHDRAWN = "withdrawn:{}"
"""Under which name it is remembered that the review with this id was withdrawn."""


@dataclass
class ReviewSubmitted:
    """Our review of this commit exists."""

    work: Work
    action: SubmitReview
    _dropped: set[int] = field(default_factory=set, init=False)
    _refused: str = field(default="", init=False)
    _name: str = field(default="", init=False)

    @property
    def _slot(self) -> str:
        return f"{self.action.slot}@{self.action.head_sha}"

    async def _made(self) -> tuple[str, str | None]:
        """Return under which name the review is remembered, and its id: the last that was not withdrawn."""
        ledger, key = self.work.ledger, self.work.target.key
        name, times = self._slot, 1
        while (made := await ledger.made(key, name)) and await ledger.made(key, WITHDRAWN.format(made)):
            times += 1
            name = f"{self._slot}.{times}"
        return name, made

    @property
    def _path(self) -> str:
        return f"{self.work.base}/pulls/{self.work.target.number}/reviews"

    async def next(self) -> Outcome | Write:
        """Name the removal of a leftover draft, or the review."""
        work = self.work
        if work.pull is None or work.target.kind != "pull_request":
            return Outcome(Status.REFUSED, "Only a pull request can be reviewed.", work.issue.url)
        self._name, made = await self._made()
        if made:
            return work.reached(self._refused)
        pending: list[dict[str, Any]] = []

        async def find() -> dict[str, Any] | None:
            ours = await self._ours()
            pending[:] = [review for review in ours if review.get("state") == "PENDING"]
            return next((review for review in ours if review.get("state") != "PENDING"), None)

        if review := await work.patiently(find):
            await self._remember(review)
            return work.reached(self._refused, parse.text(review, "html_url"))
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
            self.work.target.key, self._name, str(parse.number(review, "id"))
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
        inline = () if self._refused else action.comments[:MOST_INLINE]
        text = action.body + _listed(action.comments[len(inline) :], LONGEST - len(action.body))

        async def submitted(reply: Reply) -> Outcome | None:
            review = reply.json()
            await self._remember(review)
            return work.reached(self._refused, parse.text(review, "html_url"))

        def refused(error: Refused) -> Outcome | None:
            if error.status == 422 and "pending review" in str(error).lower() and not work.uncertain:
                work.uncertain = True  # a stale read hid a leftover draft: look again, patiently
                return None
            if error.status != 422 or not inline:
                raise error
            self._refused = f"The remarks stand in the review's text, not on their lines. {error}"
            return None

        review = {
            "commit_id": action.head_sha,
            "event": "COMMENT",
            "body": work.marks.write(work.target.key, self._slot, text),
            "comments": [_comment(comment) for comment in inline],
        }
        return Write("POST", self._path, review, then=submitted, refused=refused)


def _listed(comments: Sequence[ReviewComment], room: int) -> str:
    """Return the comments as text that names their lines, as many as there is room for."""
    text = ""
    for number, comment in enumerate(comments):
        side = " (before)" if comment.side == "LEFT" else ""
        more = f"\n\n{code_span(f'{comment.path}:{comment.line}')}{side}\n\n{comment.body}"
        if len(text) + len(more) > room - 100:
            return f"{text}\n\n{len(comments) - number} more remarks did not fit."
        text += more
    return text


def _comment(comment: ReviewComment) -> dict[str, Any]:
    lines: dict[str, Any] = {"line": comment.line, "side": comment.side}
    if comment.start_line is not None and comment.start_line < comment.line:
        lines |= {"start_line": comment.start_line, "start_side": comment.start_side or comment.side}
    return {"path": comment.path, "body": comment.body, **lines}
