"""JSON as GitHub writes it: accounts, the App, repositories, issues, comments and events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, overload

from triagebot.simulator.model import (
    REACTIONS,
    Comment,
    Event,
    Installation,
    Issue,
    Label,
    Reaction,
    Repo,
    User,
)

if TYPE_CHECKING:
    from triagebot.simulator.state import State

Json = dict[str, Any]

_REPO_URLS = (
    "archive_url:/{archive_format}{/ref}",
    "assignees_url:/assignees{/user}",
    "blobs_url:/git/blobs{/sha}",
    "branches_url:/branches{/branch}",
    "collaborators_url:/collaborators{/collaborator}",
    "comments_url:/comments{/number}",
    "commits_url:/commits{/sha}",
    "compare_url:/compare/{base}...{head}",
    "contents_url:/contents/{+path}",
    "contributors_url:/contributors",
    "deployments_url:/deployments",
    "downloads_url:/downloads",
    "events_url:/events",
    "forks_url:/forks",
    "git_commits_url:/git/commits{/sha}",
    "git_refs_url:/git/refs{/sha}",
    "git_tags_url:/git/tags{/sha}",
    "hooks_url:/hooks",
    "issue_comment_url:/issues/comments{/number}",
    "issue_events_url:/issues/events{/number}",
    "issues_url:/issues{/number}",
    "keys_url:/keys{/key_id}",
    "labels_url:/labels{/name}",
    "languages_url:/languages",
    "merges_url:/merges",
    "milestones_url:/milestones{/number}",
    "notifications_url:/notifications{?since,all,participating}",
    "pulls_url:/pulls{/number}",
    "releases_url:/releases{/id}",
    "stargazers_url:/stargazers",
    "statuses_url:/statuses/{sha}",
    "subscribers_url:/subscribers",
    "subscription_url:/subscription",
    "tags_url:/tags",
    "teams_url:/teams",
    "trees_url:/git/trees{/sha}",
)


@overload
def at(time: datetime) -> str: ...
@overload
def at(time: None) -> None: ...
def at(time: datetime | None) -> str | None:
    """Return a time as the API writes it."""
    return None if time is None else time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(world: State, who: User | None) -> Json | None:
    """Return a simple user, or null for a deleted account."""
    if who is None:
        return None
    url = f"{world.base_url}/users/{who.login.replace('[', '%5B').replace(']', '%5D')}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": world.node_id("U", who.id),
        "avatar_url": f"{world.base_url}/avatars/{who.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.base_url}/{who.login.removesuffix('[bot]')}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": who.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def full_user(world: State, who: User) -> Json:
    """Return a user as `GET /users/{login}` does."""
    made = at(who.created_at or world.now())
    empty = dict.fromkeys(("company", "location", "email", "hireable", "bio", "twitter_username"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    return {
        **(user(world, who) or {}),
        **empty,
        **counts,
        "name": who.name,
        "blog": "",
        "created_at": made,
        "updated_at": made,
    }


def organization(world: State, who: User) -> Json:
    """Return the organisation part of a webhook."""
    url = f"{world.base_url}/orgs/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": world.node_id("O", who.id),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{world.base_url}/avatars/{who.id}",
        "description": "",
    }


def app(world: State) -> Json:
    """Return the App."""
    made = world.app
    return {
        "id": made.id,
        "client_id": f"Iv23li{made.id:014d}",
        "slug": made.slug,
        "node_id": world.node_id("A", made.id),
        "owner": user(world, made.owner),
        "name": made.slug,
        "description": "Triage",
        "external_url": f"{world.base_url}/apps/{made.slug}",
        "html_url": f"{world.base_url}/apps/{made.slug}",
        "created_at": at(made.created_at),
        "updated_at": at(made.created_at),
        "permissions": dict(made.permissions),
        "events": list(made.events),
    }


def actions(world: State) -> Json:
    """Return GitHub Actions, which is an App like others."""
    return app(world) | {
        "id": 15_368,
        "client_id": "Iv1.05c79e9ad1f6bdfa",
        "slug": "github-actions",
        "node_id": world.node_id("A", 15_368),
        "name": "GitHub Actions",
        "description": "Automate your workflow",
        "external_url": f"{world.base_url}/features/actions",
        "html_url": f"{world.base_url}/apps/github-actions",
        "permissions": {"actions": "write", "checks": "write", "metadata": "read"},
        "events": ["check_run"],
    }


def installation(world: State, made: Installation) -> Json:
    """Return an installation of the App."""
    url = f"{world.base_url}/app/installations/{made.id}"
    return {
        "id": made.id,
        "account": user(world, made.account),
        "repository_selection": "all" if made.repos is None else "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{world.base_url}/installation/repositories",
        "html_url": f"{world.base_url}/settings/installations/{made.id}",
        "app_id": world.app.id,
        "app_slug": world.app.slug,
        "target_id": made.account.id,
        "target_type": made.account.type,
        "permissions": dict(made.permissions),
        "events": list(made.events),
        "created_at": at(made.created_at),
        "updated_at": at(made.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user(world, made.suspended_by),
        "suspended_at": at(made.suspended_at),
    }


def repo(world: State, one: Repo) -> Json:
    """Return a repository."""
    url, html = f"{world.base_url}/repos/{one.full_name}", f"{world.base_url}/{one.full_name}"
    urls = {name: f"{url}{tail}" for name, _, tail in (line.partition(":") for line in _REPO_URLS)}
    waiting = sum(issue.state == "open" for issue in one.issues.values())
    made = at(one.created_at)
    return {
        **urls,
        "id": one.id,
        "node_id": one.node_id,
        "name": one.name,
        "full_name": one.full_name,
        "owner": user(world, one.owner),
        "private": one.private,
        "visibility": "private" if one.private else "public",
        "html_url": html,
        "description": one.description or None,
        "fork": one.fork_of is not None,
        "url": url,
        "git_url": f"git:{html.partition(':')[2]}.git",
        "ssh_url": f"git@github.test:{one.full_name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": one.language,
        "license": None,
        "topics": [],
        "size": 1,
        "default_branch": one.default_branch,
        **dict.fromkeys(("has_issues", "has_projects", "has_wiki", "has_downloads"), True),
        **dict.fromkeys(("has_pages", "has_discussions", "disabled", "is_template"), False),
        "archived": one.archived,
        **dict.fromkeys(("forks", "forks_count", "stargazers_count", "watchers", "watchers_count"), 0),
        "open_issues": waiting,
        "open_issues_count": waiting,
        "pushed_at": made,
        "created_at": made,
        "updated_at": made,
    }


def label(world: State, one: Repo, item: Label) -> Json:
    """Return a label."""
    return {
        "id": item.id,
        "node_id": world.node_id("LA", item.id),
        "url": f"{world.base_url}/repos/{one.full_name}/labels/{item.name.replace(' ', '%20')}",
        "name": item.name,
        "description": item.description,
        "color": item.color,
        "default": False,
        "archived_at": None,
        "archived_by": None,
    }


def reaction(world: State, item: Reaction) -> Json:
    """Return one reaction."""
    return {
        "id": item.id,
        "node_id": world.node_id("REA", item.id),
        "user": user(world, item.user),
        "content": item.content,
        "created_at": at(item.created_at),
    }


def rollup(url: str, reactions: list[Reaction]) -> Json:
    """Return how often each reaction was given."""
    counts = {kind: sum(item.content == kind for item in reactions) for kind in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(reactions), **counts}


def issue(world: State, item: Issue) -> Json:
    """Return an issue, or the issue half of a pull request."""
    repo_url = f"{world.base_url}/repos/{item.repo.full_name}"
    url = f"{repo_url}/issues/{item.number}"
    kind = "pull" if item.pull else "issues"
    html = f"{world.base_url}/{item.repo.full_name}/{kind}/{item.number}"
    shaped: Json = {
        "url": url,
        "repository_url": repo_url,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": html,
        "id": item.id,
        "node_id": item.node_id,
        "number": item.number,
        "title": item.title,
        "user": user(world, item.user),
        "labels": [label(world, item.repo, each) for each in item.labels],
        "state": item.state,
        "state_reason": item.state_reason,
        "locked": item.locked,
        "active_lock_reason": item.lock_reason,
        "assignee": user(world, item.assignees[0]) if item.assignees else None,
        "assignees": [user(world, each) for each in item.assignees],
        "milestone": None,
        "comments": len(item.comments),
        "created_at": at(item.created_at),
        "updated_at": at(item.updated_at),
        "closed_at": at(item.closed_at),
        "author_association": world.association(item.repo, item.user),
        "body": item.body,
        "reactions": rollup(url, item.reactions),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": app(world) if item.via_app else None,
    }
    if item.pull:
        shaped["draft"] = item.pull.draft
        shaped["pull_request"] = {
            "url": f"{repo_url}/pulls/{item.number}",
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "merged_at": at(item.pull.merged_at),
        }
    return shaped


def comment(world: State, item: Issue, made: Comment) -> Json:
    """Return a comment of a conversation."""
    base = f"{world.base_url}/repos/{item.repo.full_name}/issues"
    url = f"{base}/comments/{made.id}"
    kind = "pull" if item.pull else "issues"
    return {
        "url": url,
        "html_url": f"{world.base_url}/{item.repo.full_name}/{kind}/{item.number}#issuecomment-{made.id}",
        "issue_url": f"{base}/{item.number}",
        "id": made.id,
        "node_id": world.node_id("IC", made.id),
        "user": user(world, made.user),
        "created_at": at(made.created_at),
        "updated_at": at(made.updated_at),
        "author_association": world.association(item.repo, made.user),
        "body": made.body,
        "reactions": rollup(url, made.reactions),
        "performed_via_github_app": app(world) if made.via_app else None,
    }


def event(world: State, item: Issue, entry: Event) -> Json:
    """Return one entry of an issue's events."""
    shaped: Json = {
        "id": entry.id,
        "node_id": world.node_id("EV", entry.id),
        "url": f"{world.base_url}/repos/{item.repo.full_name}/issues/events/{entry.id}",
        "actor": user(world, entry.actor),
        "event": entry.event,
        "commit_id": None,
        "commit_url": None,
        "created_at": at(entry.created_at),
        "performed_via_github_app": app(world) if entry.via_app else None,
        **entry.extra,
    }
    if entry.label:
        shaped["label"] = {"name": entry.label[0], "color": entry.label[1]}
    if entry.assignee:
        shaped["assignee"] = user(world, entry.assignee)
        shaped["assigner"] = user(world, entry.actor)
    return shaped
