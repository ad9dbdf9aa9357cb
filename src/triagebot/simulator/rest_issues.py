"""REST: issues, their labels, assignees, events and timeline."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
from typing import Any

from triagebot.simulator import shapes, shapes_pulls
from triagebot.simulator.acts_issues import KEEP
from triagebot.simulator.api import ApiError, Call, Reply, Routes, invalid, not_found, page
from triagebot.simulator.model import Event, Issue, Repo
from triagebot.simulator.rest_repos import REPO, assignable

routes = Routes()
ISSUE = f"{REPO}/issues/{{number}}"
DEEPEST = 30_000
TOO_DEEP = (
    "In order to keep the API fast for everyone, pagination is limited for this resource. Check the "
    "rel=last link relation in the Link response header to see how far back you can traverse."
)
REASONS = ("completed", "not_planned", "reopened", "duplicate")


@routes.add("GET", f"{REPO}/issues")
def list_issues(call: Call) -> Reply:
    """List issues and pull requests, newest first unless asked otherwise."""
    repo, query = call.repo(("issues", "read")), call.query
    labels = {name.lower() for name in query.get("labels", "").split(",") if name}
    state = query.get("state", "open")
    since = datetime.fromisoformat(query["since"]) if "since" in query else None
    order = query.get("sort", "created")
    found = call.world.derived(repo, f"by {order}", lambda: _ordered(repo, order))
    if since is not None and order == "updated":
        found, since = found[bisect_left(found, since, key=lambda issue: issue.updated_at) :], None
    if query.get("direction", "desc") == "desc":
        found = found[::-1]
    if since or labels or state != "all" or "creator" in query:
        found = [
            issue
            for issue in found
            if state in ("all", issue.state)
            and labels <= {label.name.lower() for label in issue.labels}
            and ("creator" not in query or (issue.user and issue.user.login == query["creator"]))
            and (since is None or issue.updated_at >= since)
        ]
    return page(call, found, lambda issue: shapes.issue(call.world, issue))


def _ordered(repo: Repo, order: str) -> list[Issue]:
    keys: dict[str, Any] = {
        "created": lambda i: i.created_at,
        "updated": lambda i: i.updated_at,
        "comments": lambda i: len(i.comments),
    }
    key = keys.get(order, keys["created"])
    return sorted(repo.issues.values(), key=lambda issue: (key(issue), issue.number))


@routes.add("GET", f"{REPO}/issues/events")
def list_repo_events(call: Call) -> Reply:
    """List the events of all issues and pull requests, newest first, as far back as GitHub goes."""
    repo = call.repo(("issues", "read"))
    found = call.world.derived(repo, "events", lambda: _events(repo))
    if int(call.query.get("page", "1")) * int(call.query.get("per_page", "30")) > DEEPEST:
        raise ApiError(422, TOO_DEEP)
    return page(
        call,
        found[:DEEPEST],
        lambda pair: shapes.event(call.world, *pair) | {"issue": shapes.issue(call.world, pair[0])},
    )


def _events(repo: Repo) -> list[tuple[Issue, Event]]:
    pairs = [(issue, entry) for issue in repo.issues.values() for entry in issue.events]
    pairs.sort(key=lambda pair: pair[1].id, reverse=True)
    return pairs


@routes.add("POST", f"{REPO}/issues")
def create_issue(call: Call) -> Reply:
    """Open an issue in the App's name."""
    repo = call.repo(("issues", "write"))
    title = call.text("title", "Issue", limit=256)
    fields, bot = call.fields(), call.world.app.bot
    body = fields.get("body")
    if isinstance(body, str) and len(body) > 65_536:
        raise invalid("Issue", "body", message="body is too long (maximum is 65536 characters)")
    issue = call.world.open_issue(
        repo, bot, title, body, labels=_names(fields.get("labels", [])), assignees=fields.get("assignees", [])
    )
    return Reply(201, _full(call, issue))


def _full(call: Call, issue: Issue) -> dict[str, Any]:
    return shapes.issue(call.world, issue) | {"closed_by": shapes.user(call.world, issue.closed_by)}


def _names(labels: Any) -> list[str]:
    if not isinstance(labels, list):
        raise invalid("Issue", "labels")
    names = [label.get("name", "") if isinstance(label, dict) else label for label in labels]
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise invalid("Label", "name", "missing_field")
        if len(name) > 50:
            raise invalid("Label", "name", message="name is too long (maximum is 50 characters)")
    return names


@routes.add("GET", ISSUE)
def get_issue(call: Call) -> Reply:
    """Return an issue."""
    return Reply(200, _full(call, call.issue()))


@routes.add("PATCH", ISSUE)
def update_issue(call: Call) -> Reply:
    """Change an issue; `labels` and `assignees` replace the whole set."""
    issue, fields, world = call.issue("write"), call.fields(), call.world
    repo, number, bot = issue.repo, issue.number, call.world.app.bot
    reason = fields.get("state_reason")
    if fields.get("state") not in (None, "open", "closed"):
        raise invalid("Issue", "state")
    if reason is not None and reason not in REASONS:
        raise invalid("Issue", "state_reason")
    wanted = _names(fields["labels"]) if "labels" in fields else None
    world.edit_issue(repo, number, by=bot, title=fields.get("title"), body=fields.get("body", KEEP))
    if wanted is not None:
        _set_labels(call, issue, wanted)
    if "assignees" in fields:
        for user in [each for each in issue.assignees if each.login not in fields["assignees"]]:
            world.unassign(repo, number, user.login, by=bot)
        _assign(call, issue, fields["assignees"])
    if fields.get("state") == "closed":
        world.close(repo, number, by=bot, reason=reason or "completed")
    elif fields.get("state") == "open":
        world.reopen(repo, number, by=bot)
    return Reply(200, _full(call, issue))


# --- labels ---


@routes.add("GET", f"{ISSUE}/labels")
def issue_labels(call: Call) -> Reply:
    """List the labels on an issue."""
    issue = call.issue()
    return page(call, issue.labels, lambda label: shapes.label(call.world, issue.repo, label))


def _labels_reply(call: Call, issue: Issue) -> Reply:
    return Reply(200, [shapes.label(call.world, issue.repo, label) for label in issue.labels])


def _asked_labels(call: Call) -> list[str]:
    return _names(call.body if isinstance(call.body, list) else call.fields().get("labels", []))


@routes.add("POST", f"{ISSUE}/labels")
def add_labels(call: Call) -> Reply:
    """Put labels on; unknown ones are defined."""
    issue, names = call.issue("write"), _asked_labels(call)
    new = {name.lower() for name in names} - {label.name.lower() for label in issue.labels}
    if len(issue.labels) + len(new) > 100:
        raise invalid("Issue", "labels", message="cannot have more than 100 labels")
    for name in names:
        call.world.add_label(issue.repo, issue.number, name, by=call.world.app.bot)
    return _labels_reply(call, issue)


@routes.add("PUT", f"{ISSUE}/labels")
def set_labels(call: Call) -> Reply:
    """Replace all labels."""
    issue = call.issue("write")
    _set_labels(call, issue, _asked_labels(call))
    return _labels_reply(call, issue)


def _set_labels(call: Call, issue: Issue, names: list[str]) -> None:
    keep, bot = {name.lower() for name in names}, call.world.app.bot
    for label in [each for each in issue.labels if each.name.lower() not in keep]:
        call.world.remove_label(issue.repo, issue.number, label.name, by=bot)
    for name in names:
        call.world.add_label(issue.repo, issue.number, name, by=bot)


@routes.add("DELETE", f"{ISSUE}/labels/{{name}}")
def remove_label(call: Call) -> Reply:
    """Take one label off; 404 if it is not on."""
    issue = call.issue("write")
    try:
        call.world.remove_label(issue.repo, issue.number, call.params["name"], by=call.world.app.bot)
    except KeyError:
        raise ApiError(404, "Label does not exist") from None
    return _labels_reply(call, issue)


# --- assignees ---


def _assign(call: Call, issue: Issue, logins: Any) -> None:
    for login in logins if isinstance(logins, list) else ():
        if assignable(call, issue.repo, str(login)) and len(issue.assignees) < 10:
            call.world.assign(issue.repo, issue.number, str(login), by=call.world.app.bot)


@routes.add("POST", f"{ISSUE}/assignees")
def add_assignees(call: Call) -> Reply:
    """Assign people; those who cannot be assigned are silently left out, as GitHub does."""
    issue = call.issue("write")
    _assign(call, issue, call.fields().get("assignees"))
    return Reply(201, _full(call, issue))


@routes.add("DELETE", f"{ISSUE}/assignees")
def remove_assignees(call: Call) -> Reply:
    """Take assignments back."""
    issue = call.issue("write")
    for login in call.fields().get("assignees", []):
        if str(login).lower() in call.world.users:
            call.world.unassign(issue.repo, issue.number, str(login), by=call.world.app.bot)
    return Reply(200, _full(call, issue))


# --- events ---


@routes.add("GET", f"{ISSUE}/events")
def list_events(call: Call) -> Reply:
    """List an issue's events, oldest first."""
    issue = call.issue()
    return page(call, issue.events, lambda entry: shapes.event(call.world, issue, entry))


@routes.add("GET", f"{ISSUE}/timeline")
def list_timeline(call: Call) -> Reply:
    """List everything in the conversation, oldest first."""
    issue = call.issue()
    return page(call, issue.timeline, lambda entry: shapes_pulls.timeline_entry(call.world, issue, entry))


@routes.add("PUT", f"{ISSUE}/lock")
def lock_issue(call: Call) -> Reply:
    """Lock the conversation."""
    issue = call.issue("write")
    call.world.lock(issue.repo, issue.number, by=call.world.app.bot, reason=call.fields().get("lock_reason"))
    return Reply(204)


@routes.add("GET", f"{REPO}/issues/events/{{event_id}}")
def get_event(call: Call) -> Reply:
    """Return one event."""
    repo = call.repo(("issues", "read"))
    for issue in repo.issues.values():
        for entry in issue.events:
            if entry.id == call.number("event_id"):
                return Reply(200, shapes.event(call.world, issue, entry))
    raise not_found()
