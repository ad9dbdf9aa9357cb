"""What people and the App do with reviews and check runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triagebot.simulator import diffs, payloads
from triagebot.simulator.acts_pulls import PullActs
from triagebot.simulator.model import Annotation, CheckRun, Issue, Repo, Review, ReviewComment
from triagebot.simulator.state import Where, Who, act

STATES = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}


class Unanchored(ValueError):
    """A review comment names a place that the diff does not show; nothing of the review was kept."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One comment of a review before it is anchored. Either `line` or the older `position`."""

    path: str
    body: str
    line: int | None = None
    side: str = "RIGHT"
    start_line: int | None = None
    start_side: str | None = None
    position: int | None = None
    in_reply_to: int | None = None


class ReviewActs(PullActs):
    """Acts on reviews and check runs."""

    @act
    def submit_review(
        self,
        where: Where,
        number: int,
        author: Who,
        body: str = "",
        *,
        event: str | None = "COMMENT",
        comments: Sequence[Draft] = (),
        commit_id: str | None = None,
    ) -> Review:
        """Review a pull request; `event` None leaves it pending. `Unanchored` keeps nothing of it."""
        issue = self.issue(where, number)
        pull = self.pull(issue)
        sha = commit_id or pull.head_sha
        review = Review(
            id=self.new_id("review"),
            user=self.person(author),
            body=body,
            state="PENDING",
            commit_id=sha,
            submitted_at=None,
            via_app=self.is_app(author),
        )
        patches = {c.path: c.patch for c in diffs.compare(issue.repo.git, pull.base_sha, sha)}
        review.comments = [self._anchored(review, draft, patches) for draft in comments]
        pull.reviews[review.id] = review
        if event:
            self.finish_review(issue, review, event)
        return review

    def _anchored(self, review: Review, draft: Draft, patches: Mapping[str, str | None]) -> ReviewComment:
        if draft.path not in patches:
            raise Unanchored("Path could not be resolved")
        places = diffs.anchors(patches[draft.path] or "")
        line, side = draft.line, draft.side
        if line is None:
            place = next((key for key, found in places.items() if found.position == draft.position), None)
            if place is None:
                raise Unanchored("Position could not be resolved")
            side, line = place
        anchor = places.get((side, line))
        if anchor is None:
            raise Unanchored("Line could not be resolved")
        if draft.start_line is not None:
            start = places.get((draft.start_side or side, draft.start_line))
            if start is None or start.hunk != anchor.hunk:
                raise Unanchored("Start line must be part of the same hunk as the line.")
            if start.position >= anchor.position:
                raise Unanchored("Start line must precede the end line.")
        now = self.now()
        return ReviewComment(
            id=self.new_id("review_comment"),
            review_id=review.id,
            user=review.user,
            path=draft.path,
            line=line,
            side=side,
            body=draft.body,
            commit_id=review.commit_id,
            position=anchor.position,
            diff_hunk=anchor.diff_hunk,
            created_at=now,
            updated_at=now,
            start_line=draft.start_line,
            start_side=(draft.start_side or side) if draft.start_line is not None else None,
            in_reply_to=draft.in_reply_to,
        )

    @act
    def finish_review(self, issue: Issue, review: Review, event: str) -> None:
        """Submit a pending review."""
        review.state = STATES[event]  # type: ignore[assignment]  # the values are the states
        review.submitted_at = issue.updated_at = self.now()
        issue.timeline.append(review)
        by = review.user
        self.announce(
            "pull_request_review", payloads.review(self, issue, review, "submitted", by), issue.repo
        )
        for comment in review.comments:
            payload = payloads.review_comment(self, issue, comment, "created", by)
            self.announce("pull_request_review_comment", payload, issue.repo)

    @act
    def delete_pending_review(self, issue: Issue, review_id: int) -> Review:
        """Throw a pending review away; KeyError if there is none."""
        return self.pull(issue).reviews.pop(review_id)

    @act
    def reply(self, where: Where, number: int, to: int, author: Who, body: str) -> ReviewComment:
        """Answer in a review comment's thread; KeyError if there is no such comment."""
        issue = self.issue(where, number)
        above = next((each for each in self.review_comments(issue) if each.id == to), None)
        if above is None:
            raise KeyError(to)
        draft = Draft(above.path, body, line=above.line, side=above.side, in_reply_to=above.in_reply_to or to)
        made = self.submit_review(where, number, author, comments=[draft], commit_id=above.commit_id)
        return made.comments[0]

    def review_comments(self, issue: Issue) -> list[ReviewComment]:
        """Return the comments of all submitted reviews, oldest first."""
        reviews = [each for each in self.pull(issue).reviews.values() if each.state != "PENDING"]
        return sorted((each for review in reviews for each in review.comments), key=lambda each: each.id)

    @act
    def edit_review(self, issue: Issue, review: Review, body: str, *, by: Who) -> None:
        """Change a review's body."""
        before, review.body, review.edited = review.body, body, True
        payload = payloads.review(self, issue, review, "edited", by)
        payload["changes"] = {"body": {"from": before}}
        self.announce("pull_request_review", payload, issue.repo)

    @act
    def edit_review_comment(self, issue: Issue, comment: ReviewComment, body: str, *, by: Who) -> None:
        """Change a review comment's body."""
        before, comment.body, comment.updated_at = comment.body, body, self.now()
        payload = payloads.review_comment(self, issue, comment, "edited", by)
        payload["changes"] = {"body": {"from": before}}
        self.announce("pull_request_review_comment", payload, issue.repo)

    @act
    def delete_review_comment(self, issue: Issue, comment: ReviewComment, *, by: Who) -> None:
        """Delete a review comment; its answers stay."""
        self.pull(issue).reviews[comment.review_id].comments.remove(comment)
        payload = payloads.review_comment(self, issue, comment, "deleted", by)
        self.announce("pull_request_review_comment", payload, issue.repo)

    def find_review_comment(self, where: Where, comment_id: int) -> tuple[Issue, ReviewComment]:
        """Return a submitted review comment of the repository with its pull request; KeyError if none."""
        for issue in self.repo(where).issues.values():
            for review in issue.pull.reviews.values() if issue.pull else ():
                for comment in review.comments:
                    if comment.id == comment_id and review.state != "PENDING":
                        return issue, comment
        raise KeyError(comment_id)

    # --- check runs ---

    @act
    def put_check_run(self, repo: Repo, run: CheckRun, action: str) -> CheckRun:
        """Store a check run and announce it."""
        repo.check_runs[run.id] = run
        self.announce("check_run", payloads.check_run(self, repo, run, action), repo)
        return run

    @act
    def finish_job(
        self,
        where: Where,
        number: int,
        name: str,
        *,
        log: str,
        conclusion: str = "failure",
        annotations: Sequence[Annotation] = (),
    ) -> CheckRun:
        """Let a job of GitHub Actions end on the pull request's head, with its log."""
        issue, now = self.issue(where, number), self.now()
        head = self.pull(issue).head_sha
        run = CheckRun(self.new_id("check_run"), name, head, "completed", conclusion, now, now, log=log)
        run.annotations += annotations
        return self.put_check_run(issue.repo, run, "completed")
