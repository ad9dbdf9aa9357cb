"""What people and the App do with pull requests, reviews and check runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triagebot.simulator import diffs, payloads
from triagebot.simulator.acts_issues import IssueActs
from triagebot.simulator.model import CheckRun, Issue, Pull, Repo, Review, ReviewComment, User
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


class PullActs(IssueActs):
    """Acts on pull requests."""

    @act
    def open_pull(
        self,
        where: Where,
        author: Who,
        title: str,
        body: str | None = None,
        *,
        files: Mapping[str, str | bytes | None],
        head: str | None = None,
        base: str | None = None,
        draft: bool = False,
        fork: bool = False,
        message: str | None = None,
    ) -> Issue:
        """Commit `files` to a new branch (of the author's fork with `fork`) and ask to merge it."""
        repo = self.repo(where)
        base = base or repo.default_branch
        head = head or f"patch-{repo.next_number}"
        user = self.person(author)
        source = self.fork_of(repo, user) if fork and user else repo
        parent = repo.git.refs[f"refs/heads/{base}"]
        commit = source.git.commit_files(parent, files, self.signature(user), message or title)
        source.git.refs[f"refs/heads/{head}"] = commit.sha
        return self.request_pull(repo, author, title, body, source=source, head=head, base=base, draft=draft)

    @act
    def request_pull(
        self,
        repo: Repo,
        author: Who,
        title: str,
        body: str | None,
        *,
        source: Repo,
        head: str,
        base: str,
        draft: bool = False,
    ) -> Issue:
        """Ask to merge a branch that exists."""
        issue = self.new_issue(repo, author, title, body)
        number = self.new_id("pull")
        issue.pull = Pull(
            id=number,
            node_id=self.node_id("PR", number),
            head_repo=source,
            head_user=source.owner,
            head_ref=head,
            head_sha=source.git.refs[f"refs/heads/{head}"],
            base_ref=base,
            base_sha=repo.git.refs[f"refs/heads/{base}"],
            draft=draft,
        )
        issue.node_id = issue.pull.node_id
        issue.timeline += [
            commit.sha for commit in repo.git.commits_between(issue.pull.base_sha, issue.pull.head_sha)
        ]
        self.announce("pull_request", payloads.pull_request(self, issue, "opened", author), repo)
        return issue

    def fork_of(self, repo: Repo, user: User) -> Repo:
        """Return the user's fork, made on first use."""
        name = f"{user.login}/{repo.name}"
        found = self.repos.get(name.lower())
        if found is None:
            found = self.add_repo(name, install=False, labels=(), description=repo.description)
            found.git, found.fork_of = repo.git.fork(), repo
        return found

    def pull(self, issue: Issue) -> Pull:
        """Return the pull half; KeyError if this is an issue."""
        if issue.pull is None:
            raise KeyError(issue.number)
        return issue.pull

    def changes(self, issue: Issue) -> list[diffs.FileDiff]:
        """Return what the pull request changes."""
        pull = self.pull(issue)
        return diffs.compare(issue.repo.git, pull.base_sha, pull.head_sha)

    @act
    def push_commits(
        self,
        where: Where,
        number: int,
        files: Mapping[str, str | bytes | None],
        *,
        by: Who = None,
        message: str = "Address review",
    ) -> str:
        """Add a commit to the pull request's branch, which moves its head; returns the new sha."""
        issue = self.issue(where, number)
        pull = self.pull(issue)
        source = pull.head_repo or issue.repo
        user = self.person(by) or issue.user
        commit = source.git.commit_files(pull.head_sha, files, self.signature(user), message)
        self.move_ref(source, f"refs/heads/{pull.head_ref}", commit.sha, user or source.owner)
        return commit.sha

    @act
    def move_ref(self, repo: Repo, ref: str, sha: str | None, who: User) -> None:
        """Point a ref at a commit; open pull requests from that branch follow it."""
        super().move_ref(repo, ref, sha, who)
        if sha is None:
            return
        for target in (repo, repo.fork_of):
            for issue in list(target.issues.values()) if target else ():
                pull = issue.pull
                if pull is None or issue.state == "closed" or pull.head_repo is not repo:
                    continue
                if f"refs/heads/{pull.head_ref}" == ref and pull.head_sha != sha:
                    self._follow(issue, pull, sha, who)

    def _follow(self, issue: Issue, pull: Pull, sha: str, who: User) -> None:
        before, pull.head_sha = pull.head_sha, sha
        issue.timeline += [commit.sha for commit in issue.repo.git.commits_between(before, sha)]
        issue.updated_at = self.now()
        payload = payloads.pull_request(self, issue, "synchronize", who)
        payload["before"], payload["after"] = before, sha
        self.announce("pull_request", payload, issue.repo)

    @act
    def merge(self, where: Where, number: int, *, by: Who = None) -> str:
        """Merge a pull request; returns the merge commit's sha."""
        issue = self.issue(where, number)
        pull, git, who = self.pull(issue), issue.repo.git, self.person(by) or issue.repo.owner
        tree = git.commits[pull.head_sha].tree
        parents = (git.refs[f"refs/heads/{pull.base_ref}"], pull.head_sha)
        commit = git.put_commit(tree, parents, self.signature(who), f"Merge pull request #{number}\n")
        pull.merged_at, pull.merged_by, pull.merge_commit_sha = self.now(), who, commit.sha
        self.record(issue, "merged", who, extra={"commit_id": commit.sha})
        self.close(issue.repo, number, by=who)
        self.move_ref(issue.repo, f"refs/heads/{pull.base_ref}", commit.sha, who)
        return commit.sha

    @act
    def ready_for_review(self, where: Where, number: int, *, by: Who = None) -> None:
        """End the draft."""
        issue = self.issue(where, number)
        self.pull(issue).draft = False
        self.record(issue, "ready_for_review", by or issue.user)
        self.tell(issue, "ready_for_review", by or issue.user)

    # --- reviews ---

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
        """Answer a review comment; KeyError if there is no such comment."""
        issue = self.issue(where, number)
        for review in self.pull(issue).reviews.values():
            for above in review.comments:
                if above.id == to:
                    draft = Draft(above.path, body, line=above.line, side=above.side)
                    made = self.submit_review(
                        where, number, author, comments=[draft], commit_id=above.commit_id
                    )
                    made.comments[0].in_reply_to = to
                    return made.comments[0]
        raise KeyError(to)

    @act
    def edit_review(self, review: Review, body: str) -> None:
        """Change a review's body."""
        review.body = body

    @act
    def edit_review_comment(self, comment: ReviewComment, body: str) -> None:
        """Change a review comment's body."""
        comment.body, comment.updated_at = body, self.now()

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
        """Store a check run of the App and announce it."""
        repo.check_runs[run.id] = run
        self.announce("check_run", payloads.check_run(self, repo, run, action), repo)
        return run
