"""REST: two commits compared, as `base...head`."""

from __future__ import annotations

from triagebot.simulator import diffs, shapes_git, shapes_pulls
from triagebot.simulator.api import ApiError, Call, Reply, Routes, not_found, whole
from triagebot.simulator.model import Repo
from triagebot.simulator.rest_repos import REPO

routes = Routes()
MAX_FILES = 300


@routes.add("GET", f"{REPO}/compare/{{basehead+}}")
def compare(call: Call) -> Reply:
    """Compare `head` with its merge base with `base`; the files, 300 at most, are on the first page only."""
    repo, git = call.repo(("contents", "read")), call.repo().git
    before, dots, after = call.params["basehead"].partition("...")
    if not dots:
        raise not_found()
    base, head = _commit(call, repo, before), _commit(call, repo, after)
    fork_point = git.merge_base(head, base)
    if fork_point is None:
        raise ApiError(404, f"No common ancestor between {before} and {after}.")
    ahead, behind = git.commits_between(base, head), git.commits_between(head, base)
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    size = min(max(whole(call.query.get("per_page"), 250), 1), 250)
    number = max(whole(call.query.get("page"), 1), 1)
    html = f"{call.world.base_url}/{repo.full_name}/compare/{before}...{after}"
    body = {
        "url": f"{call.world.base_url}{call.path}",
        "html_url": html,
        "permalink_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": shapes_git.commit(call.world, repo, git.commits[base]),
        "merge_base_commit": shapes_git.commit(call.world, repo, git.commits[fork_point]),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [
            shapes_git.commit(call.world, repo, each) for each in ahead[(number - 1) * size :][:size]
        ],
    }
    if number == 1:
        changes = diffs.compare(git, base, head)[:MAX_FILES]
        body["files"] = [shapes_pulls.file(call.world, repo, head, change) for change in changes]
    return Reply(200, body)


def _commit(call: Call, repo: Repo, name: str) -> str:
    """Return the commit of a branch, tag or sha; `owner:branch` is one of that owner's fork."""
    owner, _, ref = name.rpartition(":")
    source = call.world.repos.get(f"{owner}/{repo.name}".lower()) if owner else repo
    sha = source.git.resolve(ref) if source else None
    if sha is None:
        raise not_found()
    return sha
