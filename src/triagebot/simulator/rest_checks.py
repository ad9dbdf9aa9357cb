"""REST: check runs of the App and their annotations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from triagebot.simulator import shapes_pulls
from triagebot.simulator.api import ApiError, Call, Reply, Routes, invalid, not_found, page
from triagebot.simulator.model import Annotation, CheckRun, Repo
from triagebot.simulator.rest_repos import REPO

routes = Routes()
RUN = f"{REPO}/check-runs/{{check_run_id}}"
STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
CONCLUSIONS = (
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "stale",
    "timed_out",
)
LEVELS = ("notice", "warning", "failure")


@routes.add("POST", f"{REPO}/check-runs")
def create_check_run(call: Call) -> Reply:
    """Make a check run; the same name may be used again, and makes another."""
    repo = call.repo(("checks", "write"))
    name, sha = call.text("name", "CheckRun"), call.text("head_sha", "CheckRun")
    if sha not in repo.git.commits:
        raise ApiError(422, f"No commit found for SHA: {sha}")
    run = CheckRun(call.world.new_id("check_run"), name, sha, "queued", None, call.world.now(), None)
    _apply(call, run)
    call.world.put_check_run(repo, run, "completed" if run.status == "completed" else "created")
    return Reply(201, shapes_pulls.check_run(call.world, repo, run))


def _run(call: Call, repo: Repo) -> CheckRun:
    found = repo.check_runs.get(call.number("check_run_id"))
    if found is None:
        raise not_found()
    return found


@routes.add("PATCH", RUN)
def update_check_run(call: Call) -> Reply:
    """Change a check run; annotations are added to those there are."""
    repo = call.repo(("checks", "write"))
    run = _run(call, repo)
    _apply(call, run)
    call.world.put_check_run(repo, run, "completed" if run.status == "completed" else "created")
    return Reply(200, shapes_pulls.check_run(call.world, repo, run))


def _apply(call: Call, run: CheckRun) -> None:
    """Check the whole request, then change the run."""
    fields = call.fields()
    status, conclusion = fields.get("status", run.status), fields.get("conclusion", run.conclusion)
    output = fields.get("output")
    if status not in STATUSES:
        raise invalid("CheckRun", "status")
    if conclusion is not None and conclusion not in CONCLUSIONS:
        raise invalid("CheckRun", "conclusion")
    if "conclusion" in fields and "status" not in fields:
        status = "completed"
    if status == "completed" and conclusion is None:
        raise invalid("CheckRun", "conclusion", "missing_field")
    annotations = _annotations(output) if output else []
    run.name = fields.get("name") or run.name
    run.status, run.conclusion = status, conclusion if status == "completed" else None
    run.external_id = fields.get("external_id", run.external_id)
    run.details_url = fields.get("details_url", run.details_url)
    done = fields.get("completed_at")
    if status == "completed":
        run.completed_at = datetime.fromisoformat(done) if done else run.completed_at or call.world.now()
    if output:
        run.title, run.summary = output.get("title", run.title), output.get("summary", run.summary)
        run.text = output.get("text", run.text)
    run.annotations += annotations


def _annotations(output: Any) -> list[Annotation]:
    if not isinstance(output, dict) or not isinstance(output.get("summary"), str):
        raise ApiError(422, "Invalid request.\n\nFor 'properties/output', \"summary\" wasn't supplied.")
    if any(len(output.get(name) or "") > 65_535 for name in ("summary", "text")):
        raise invalid("CheckRun", "output", message="exceeds a maximum bytesize of 65535")
    raw = output.get("annotations") or []
    if len(raw) > 50:
        raise ApiError(422, "Invalid request.\n\nNo more than 50 items are allowed; 51 were supplied.")
    made = []
    for each in raw:
        wanted = (each.get("path"), each.get("start_line"), each.get("end_line"), each.get("message"))
        if not all(wanted) or each.get("annotation_level") not in LEVELS:
            raise invalid("CheckRun", "annotations")
        made.append(
            Annotation(
                path=each["path"],
                start_line=each["start_line"],
                end_line=each["end_line"],
                level=each["annotation_level"],
                message=each["message"],
                title=each.get("title"),
                raw_details=each.get("raw_details"),
            )
        )
    return made


@routes.add("GET", RUN)
def get_check_run(call: Call) -> Reply:
    """Return a check run."""
    repo = call.repo(("checks", "read"))
    return Reply(200, shapes_pulls.check_run(call.world, repo, _run(call, repo)))


@routes.add("GET", f"{RUN}/annotations")
def list_annotations(call: Call) -> Reply:
    """List a check run's annotations."""
    repo = call.repo(("checks", "read"))
    run = _run(call, repo)
    html = f"{call.world.base_url}/{repo.full_name}/blob/{run.head_sha}"

    def shape(each: Annotation) -> dict[str, Any]:
        return {
            "path": each.path,
            "blob_href": f"{html}/{each.path}",
            "start_line": each.start_line,
            "start_column": None,
            "end_line": each.end_line,
            "end_column": None,
            "annotation_level": each.level,
            "title": each.title,
            "message": each.message,
            "raw_details": each.raw_details,
        }

    return page(call, run.annotations, shape)


@routes.add("GET", f"{REPO}/commits/{{ref+}}/check-runs")
def list_check_runs(call: Call) -> Reply:
    """List a commit's check runs; by default only the latest of each name."""
    repo, query = call.repo(("checks", "read")), call.query
    sha = repo.git.resolve(call.params["ref"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.params['ref']}")
    found = [
        run
        for run in repo.check_runs.values()
        if run.head_sha == sha
        and query.get("check_name") in (None, run.name)
        and query.get("status") in (None, run.status)
        and query.get("app_id") in (None, str(call.world.app.id))
    ]
    if query.get("filter", "latest") == "latest":
        found = list({(run.name, run.log is None): run for run in found}.values())  # of each App
    return page(call, found, lambda run: shapes_pulls.check_run(call.world, repo, run), wrap="check_runs")
