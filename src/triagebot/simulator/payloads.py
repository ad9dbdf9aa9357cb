"""The bodies of the webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triagebot.simulator import shapes, shapes_pulls
from triagebot.simulator.model import (
    CheckRun,
    Comment,
    Installation,
    Issue,
    Label,
    Repo,
    Review,
    ReviewComment,
    User,
)

if TYPE_CHECKING:
    from triagebot.simulator.state import State, Who

Json = dict[str, Any]
ZERO = "0" * 40


def _about(world: State, repo: Repo, action: str, by: Who) -> Json:
    sender = world.person(by)
    payload: Json = {
        "action": action,
        "repository": shapes.repo(world, repo),
        "sender": shapes.user(world, sender) if sender else None,
    }
    if repo.owner.type == "Organization":
        payload["organization"] = shapes.organization(world, repo.owner)
    return payload


def _parts(world: State, parts: dict[str, object]) -> Json:
    shaped: Json = {}
    for name, part in parts.items():
        if isinstance(part, Label) and name == "label":
            shaped[name] = None
        elif isinstance(part, User):
            shaped[name] = shapes.user(world, part)
        else:
            shaped[name] = part
    return shaped


def issues(world: State, issue: Issue, action: str, by: Who, **parts: object) -> Json:
    """`issues`."""
    payload = _about(world, issue.repo, action, by) | _parts(world, parts)
    if isinstance(label := parts.get("label"), Label):
        payload["label"] = shapes.label(world, issue.repo, label)
    return payload | {"issue": shapes.issue(world, issue)}


def pull_request(world: State, issue: Issue, action: str, by: Who, **parts: object) -> Json:
    """`pull_request`."""
    payload = _about(world, issue.repo, action, by) | _parts(world, parts)
    if isinstance(label := parts.get("label"), Label):
        payload["label"] = shapes.label(world, issue.repo, label)
    return payload | {"number": issue.number, "pull_request": shapes_pulls.pull(world, issue)}


def issue_comment(world: State, issue: Issue, comment: Comment, action: str, by: Who) -> Json:
    """`issue_comment`, for issues and pull requests alike."""
    return _about(world, issue.repo, action, by) | {
        "issue": shapes.issue(world, issue),
        "comment": shapes.comment(world, issue, comment),
    }


def review(world: State, issue: Issue, made: Review, action: str, by: Who) -> Json:
    """`pull_request_review`; here the state is lower case."""
    shaped = shapes_pulls.review(world, issue, made)
    return _about(world, issue.repo, action, by) | {
        "review": shaped | {"state": made.state.lower()},
        "pull_request": shapes_pulls.simple_pull(world, issue),
    }


def review_comment(world: State, issue: Issue, comment: ReviewComment, action: str, by: Who) -> Json:
    """`pull_request_review_comment`."""
    return _about(world, issue.repo, action, by) | {
        "comment": shapes_pulls.review_comment(world, issue, comment),
        "pull_request": shapes_pulls.simple_pull(world, issue),
    }


def check_run(world: State, repo: Repo, run: CheckRun, action: str) -> Json:
    """`check_run`."""
    by = world.app.bot if run.log is None else repo.owner
    return _about(world, repo, action, by) | {"check_run": shapes_pulls.check_run(world, repo, run)}


def repository(world: State, repo: Repo, action: str, by: Who) -> Json:
    """`repository`."""
    return _about(world, repo, action, by)


def push(world: State, repo: Repo, ref: str, moved: tuple[str | None, str | None], by: User) -> Json:
    """`push`; it has no action. `moved` is before and after, None where the ref is not."""
    before, sha = moved
    payload = _about(world, repo, "", by)
    del payload["action"]
    head = repo.git.commits.get(sha or "")
    return payload | {
        "ref": ref,
        "before": before or ZERO,
        "after": sha or ZERO,
        "created": before is None,
        "deleted": sha is None,
        "forced": bool(before and sha) and before not in repo.git.ancestors(sha or ""),
        "base_ref": None,
        "compare": f"{world.base_url}/{repo.full_name}/compare/{before or ZERO}...{sha or ZERO}",
        "pusher": {"name": by.login, "email": None},
        "commits": [{"id": head.sha, "message": head.message}] if head else [],
        "head_commit": {"id": head.sha, "message": head.message} if head else None,
    }


def installation(world: State, made: Installation, action: str, by: User) -> Json:
    """`installation`."""
    repos = [repo for repo in world.repos.values() if world.covers(made, repo)]
    return {
        "action": action,
        "installation": shapes.installation(world, made),
        "repositories": [
            {
                "id": repo.id,
                "node_id": repo.node_id,
                "name": repo.name,
                "full_name": repo.full_name,
                "private": repo.private,
            }
            for repo in repos
        ],
        "requester": None,
        "sender": shapes.user(world, by),
    }
