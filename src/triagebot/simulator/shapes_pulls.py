"""JSON as GitHub writes it: pull requests, files, reviews, check runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triagebot.simulator import diffs, shapes, shapes_git
from triagebot.simulator.model import (
    CheckRun,
    Comment,
    Event,
    Issue,
    Pull,
    Repo,
    Review,
    ReviewComment,
    User,
)

if TYPE_CHECKING:
    from triagebot.simulator.state import State

Json = dict[str, Any]


def _side(world: State, repo: Repo | None, owner: User | None, ref: str, sha: str) -> Json:
    return {
        "label": f"{owner.login if owner else 'unknown'}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": shapes.user(world, owner),
        "repo": shapes.repo(world, repo) if repo else None,
    }


def _pull(item: Issue) -> Pull:
    if item.pull is None:
        raise KeyError(item.number)
    return item.pull


def simple_pull(world: State, item: Issue) -> Json:
    """Return a pull request as lists show it."""
    pull, repo_url = _pull(item), f"{world.base_url}/repos/{item.repo.full_name}"
    url, issue_url = f"{repo_url}/pulls/{item.number}", f"{repo_url}/issues/{item.number}"
    html = f"{world.base_url}/{item.repo.full_name}/pull/{item.number}"
    links = {
        "self": url,
        "html": html,
        "issue": issue_url,
        "comments": f"{issue_url}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{repo_url}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{repo_url}/statuses/{pull.head_sha}",
    }
    return {
        "url": url,
        "id": pull.id,
        "node_id": pull.node_id,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue_url,
        **{f"{name}_url": links[name] for name in ("commits", "review_comments", "review_comment")},
        **{f"{name}_url": links[name] for name in ("comments", "statuses")},
        "number": item.number,
        "state": item.state,
        "locked": item.locked,
        "active_lock_reason": item.lock_reason,
        "title": item.title,
        "user": shapes.user(world, item.user),
        "body": item.body,
        "labels": [
            shapes.label(world, item.repo, each) | {"description": each.description or ""}
            for each in item.labels
        ],
        "milestone": None,
        "created_at": shapes.at(item.created_at),
        "updated_at": shapes.at(item.updated_at),
        "closed_at": shapes.at(item.closed_at),
        "merged_at": shapes.at(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": shapes.user(world, item.assignees[0]) if item.assignees else None,
        "assignees": [shapes.user(world, each) for each in item.assignees],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _side(world, pull.head_repo, pull.head_user, pull.head_ref, pull.head_sha),
        "base": _side(world, item.repo, item.repo.owner, pull.base_ref, pull.base_sha),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": world.association(item.repo, item.user),
        "auto_merge": None,
        "draft": pull.draft,
    }


def pull(world: State, item: Issue) -> Json:
    """Return a pull request in full."""
    made = _pull(item)
    changes = diffs.compare(item.repo.git, made.base_sha, made.head_sha)
    reviews = [review for review in made.reviews.values() if review.state != "PENDING"]
    return simple_pull(world, item) | {
        "merged": made.merged_at is not None,
        "mergeable": None if made.merged_at else True,
        "rebaseable": None if made.merged_at else True,
        "mergeable_state": "unknown" if made.merged_at else "clean",
        "merged_by": shapes.user(world, made.merged_by),
        "comments": len(item.comments),
        "review_comments": sum(len(review.comments) for review in reviews),
        "maintainer_can_modify": False,
        "commits": len(item.repo.git.commits_between(made.base_sha, made.head_sha)),
        "additions": sum(change.additions for change in changes),
        "deletions": sum(change.deletions for change in changes),
        "changed_files": len(changes),
    }


def file(world: State, repo: Repo, sha: str, change: diffs.FileDiff) -> Json:
    """Return one file that the commit `sha` changes; `patch` is absent where GitHub leaves it out."""
    html = f"{world.base_url}/{repo.full_name}"
    shaped: Json = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{html}/blob/{sha}/{change.path}",
        "raw_url": f"{html}/raw/{sha}/{change.path}",
        "contents_url": f"{world.base_url}/repos/{repo.full_name}/contents/{change.path}?ref={sha}",
    }
    if change.patch:
        shaped["patch"] = change.patch
    if change.previous_path:
        shaped["previous_filename"] = change.previous_path
    return shaped


def review(world: State, item: Issue, made: Review) -> Json:
    """Return a review; a pending one has no `submitted_at`."""
    pull_url = f"{world.base_url}/repos/{item.repo.full_name}/pulls/{item.number}"
    html = f"{world.base_url}/{item.repo.full_name}/pull/{item.number}#pullrequestreview-{made.id}"
    shaped: Json = {
        "id": made.id,
        "node_id": world.node_id("PRR", made.id),
        "user": shapes.user(world, made.user),
        "body": made.body,
        "state": made.state,
        "html_url": html,
        "pull_request_url": pull_url,
        "_links": {"html": {"href": html}, "pull_request": {"href": pull_url}},
        "commit_id": made.commit_id,
        "author_association": world.association(item.repo, made.user),
    }
    if made.submitted_at:
        shaped["submitted_at"] = shapes.at(made.submitted_at)
    return shaped


def line_now(item: Issue, made: ReviewComment) -> int | None:
    """Return on which line of the diff a comment stands by now; None once it is outdated."""
    pull = _pull(item)
    place = diffs.Place(pull.base_sha, made.commit_id, made.path, made.side, made.line)
    return diffs.placed(item.repo.git, place, pull.base_sha, pull.head_sha)


def review_comment(world: State, item: Issue, made: ReviewComment) -> Json:
    """Return one comment of a review."""
    repo_url = f"{world.base_url}/repos/{item.repo.full_name}"
    url, pull_url = f"{repo_url}/pulls/comments/{made.id}", f"{repo_url}/pulls/{item.number}"
    html = f"{world.base_url}/{item.repo.full_name}/pull/{item.number}#discussion_r{made.id}"
    line = line_now(item, made)
    start = made.start_line and line and line - made.line + made.start_line
    shaped: Json = {
        "url": url,
        "pull_request_review_id": made.review_id,
        "id": made.id,
        "node_id": world.node_id("PRRC", made.id),
        "diff_hunk": made.diff_hunk,
        "path": made.path,
        "position": None if line is None else made.position,
        "original_position": made.position,
        "commit_id": made.commit_id if line is None else _pull(item).head_sha,
        "original_commit_id": made.commit_id,
        "user": shapes.user(world, made.user),
        "body": made.body,
        "created_at": shapes.at(made.created_at),
        "updated_at": shapes.at(made.updated_at),
        "html_url": html,
        "pull_request_url": pull_url,
        "author_association": world.association(item.repo, made.user),
        "_links": {"self": {"href": url}, "html": {"href": html}, "pull_request": {"href": pull_url}},
        "reactions": shapes.rollup(url, made.reactions),
        "line": line,
        "original_line": made.line,
        "side": made.side,
        "start_line": start,
        "original_start_line": made.start_line,
        "start_side": made.start_side,
    }
    if made.in_reply_to:
        shaped["in_reply_to_id"] = made.in_reply_to
    return shaped


def check_run(world: State, repo: Repo, run: CheckRun) -> Json:
    """Return a check run."""
    url = f"{world.base_url}/repos/{repo.full_name}/check-runs/{run.id}"
    return {
        "id": run.id,
        "name": run.name,
        "node_id": world.node_id("CR", run.id),
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": f"{world.base_url}/{repo.full_name}/runs/{run.id}",
        "details_url": run.details_url or _details(world, repo, run),
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": shapes.at(run.started_at),
        "completed_at": shapes.at(run.completed_at),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": repo.id},
        "app": shapes.app(world) if run.log is None else shapes.actions(world),
        "pull_requests": [],
    }


def _details(world: State, repo: Repo, run: CheckRun) -> str:
    if run.log is None:
        return f"{world.base_url}/apps/{world.app.slug}"
    return f"{world.base_url}/{repo.full_name}/actions/runs/{run.id}/job/{run.id}"


def timeline_entry(world: State, item: Issue, entry: Comment | Event | Review | str) -> Json:
    """Return one entry of the timeline: a comment, an event, a review, or a commit by its sha."""
    if isinstance(entry, Event):
        return shapes.event(world, item, entry)
    if isinstance(entry, Comment):
        author = shapes.user(world, entry.user)
        return {"event": "commented", "actor": author} | shapes.comment(world, item, entry)
    if isinstance(entry, Review):
        return {"event": "reviewed"} | review(world, item, entry)
    return {"event": "committed"} | shapes_git.git_commit(world, item.repo, item.repo.git.commits[entry])
