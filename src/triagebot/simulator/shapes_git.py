"""JSON as GitHub writes it: commits and refs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triagebot.simulator import shapes
from triagebot.simulator.gitstore import Commit, Signature
from triagebot.simulator.model import Repo

if TYPE_CHECKING:
    from triagebot.simulator.state import State

Json = dict[str, Any]


def _person(sign: Signature) -> Json:
    return {"name": sign.name, "email": sign.email, "date": shapes.at(sign.at)}


def git_commit(world: State, repo: Repo, made: Commit) -> Json:
    """Return a commit as the git data API does."""
    url, html = f"{world.base_url}/repos/{repo.full_name}/git", f"{world.base_url}/{repo.full_name}"
    return {
        "sha": made.sha,
        "node_id": f"C_{made.sha}",
        "url": f"{url}/commits/{made.sha}",
        "html_url": f"{html}/commit/{made.sha}",
        "author": _person(made.author),
        "committer": _person(made.committer),
        "message": made.message,
        "tree": {"sha": made.tree, "url": f"{url}/trees/{made.tree}"},
        "parents": [
            {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{html}/commit/{sha}"}
            for sha in made.parents
        ],
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


def commit(world: State, repo: Repo, made: Commit) -> Json:
    """Return a commit as lists of commits do."""
    url = f"{world.base_url}/repos/{repo.full_name}/commits/{made.sha}"
    inner = git_commit(world, repo, made)
    return {
        "sha": made.sha,
        "node_id": inner["node_id"],
        "url": url,
        "html_url": inner["html_url"],
        "comments_url": f"{url}/comments",
        "commit": {
            **{
                name: inner[name]
                for name in ("url", "author", "committer", "message", "tree", "verification")
            },
            "comment_count": 0,
        },
        "author": None,
        "committer": None,
        "parents": inner["parents"],
    }


def ref(world: State, repo: Repo, name: str, sha: str) -> Json:
    """Return a ref; `name` is in full."""
    url = f"{world.base_url}/repos/{repo.full_name}/git"
    return {
        "ref": name,
        "node_id": f"REF_{repo.id}_{name}",
        "url": f"{url}/{name}",
        "object": {"type": "commit", "sha": sha, "url": f"{url}/commits/{sha}"},
    }
