"""Comparisons, archives, jobs' logs, and what becomes of review comments when the head moves."""

from __future__ import annotations

import io
import tarfile

import pytest
from tests.simulator.conftest import REPO as NAME
from tests.simulator.conftest import SOURCE
from tests.support.github_api import Api

from triagebot.simulator import Draft, Issue, Simulator
from triagebot.simulator.model import Annotation

REPO = f"/repos/{NAME}"
PULL = f"{REPO}/pulls/1"


@pytest.fixture(autouse=True)
def pull(sim: Simulator) -> Issue:
    changed = SOURCE.replace("line 10\n", "line ten\nline ten and a half\n").replace("line 30\n", "")
    return sim.world.open_pull(NAME, "hubot", "Count better", files={"src/app.py": changed})


def head(pull: Issue) -> str:
    assert pull.pull is not None
    return pull.pull.head_sha


async def test_two_commits_are_compared_from_their_merge_base(api: Api, sim: Simulator, pull: Issue) -> None:
    sim.world.write_files(NAME, {"later.txt": "later\n"})
    found = (await api.get(f"{REPO}/compare/main...{head(pull)}?per_page=1")).json()
    assert (found["status"], found["ahead_by"], found["behind_by"]) == ("diverged", 1, 1)
    assert [(each["filename"], each["additions"]) for each in found["files"]] == [("src/app.py", 2)]
    assert found["merge_base_commit"]["sha"] == pull.pull.base_sha  # type: ignore[union-attr]
    assert "files" not in (await api.get(f"{REPO}/compare/main...{head(pull)}?page=2")).json()
    assert (await api.get(f"{REPO}/compare/{head(pull)}...main")).json()["status"] == "diverged"
    assert (await api.get(f"{REPO}/compare/main...main")).json()["status"] == "identical"
    assert (await api.get(f"{REPO}/compare/main...patch-1")).json()["total_commits"] == 1
    assert (await api.get(f"{REPO}/compare/main...octo:patch-1")).status_code == 200
    assert (await api.get(f"{REPO}/compare/main...nowhere")).status_code == 404


async def test_an_archive_is_fetched_by_a_signed_address_without_credentials(
    api: Api, sim: Simulator, pull: Issue
) -> None:
    answer = await api.get(f"{REPO}/tarball/{head(pull)}")
    address = answer.headers["Location"]
    assert answer.status_code == 302
    packed = await api.send("GET", address, token="")
    with tarfile.open(fileobj=io.BytesIO(packed.content)) as archive:
        names, top = archive.getnames(), f"octo-parser-{head(pull)[:7]}"
        assert (archive.pax_headers["comment"], sorted(names)) == (
            head(pull),
            [f"{top}/README.md", f"{top}/src/app.py"],
        )
    assert (await api.send("GET", address)).status_code == 400
    assert (await api.send("GET", address.replace("token=", "token=1"), token="")).status_code == 404
    sim.clock.advance(301)  # type: ignore[attr-defined]
    assert (await api.send("GET", address, token="")).status_code == 404
    assert (await api.get(f"{REPO}/tarball/nowhere")).status_code == 404


async def test_a_job_of_actions_has_its_check_runs_id_and_a_log(
    api: Api, sim: Simulator, pull: Issue
) -> None:
    note = Annotation("src/app.py", 10, 10, "failure", "assert ten == 10")
    sim.world.finish_job(NAME, 1, "tests", log="collecting\nFAILED test_ten", annotations=[note])
    (run,) = (await api.get(f"{REPO}/commits/{head(pull)}/check-runs")).json()["check_runs"]
    assert (run["app"]["slug"], run["conclusion"]) == ("github-actions", "failure")
    (seen,) = (await api.get(f"{REPO}/check-runs/{run['id']}/annotations")).json()
    assert seen["message"] == "assert ten == 10"
    answer = await api.get(f"{REPO}/actions/jobs/{run['id']}/logs")
    log = await api.send("GET", answer.headers["Location"], token="")
    first, second = log.text.removeprefix("\ufeff").splitlines()
    assert first.endswith("Z collecting")
    assert second.endswith(".1234567Z FAILED test_ten")
    assert (await api.get(f"{REPO}/actions/jobs/1/logs")).status_code == 404


async def _lines(api: Api) -> dict[str, tuple[int | None, int]]:
    found = (await api.get(f"{PULL}/comments")).json()
    return {each["body"]: (each["line"], each["original_line"]) for each in found}


async def test_comments_follow_their_lines_until_those_change(api: Api, sim: Simulator, pull: Issue) -> None:
    world, changed = sim.world, SOURCE.replace("line 10\n", "line ten\nline ten and a half\n")
    drafts = [
        Draft("src/app.py", "changed", 10),
        Draft("src/app.py", "half", 11),
        Draft("src/app.py", "context", 14),
        Draft("src/app.py", "gone", 30, side="LEFT"),
    ]
    world.submit_review(NAME, 1, "mona", comments=drafts)
    world.push_commits(NAME, 1, {"src/app.py": "new first\n" + changed.replace("line ten\n", "line 10!\n")})
    assert await _lines(api) == {
        "changed": (None, 10),
        "half": (12, 11),
        "context": (15, 14),
        "gone": (None, 30),
    }
    world.push_commits(NAME, 1, {"src/app.py": SOURCE, "other.txt": "x\n"})
    assert {line for line, _ in (await _lines(api)).values()} == {None}


async def test_a_force_push_and_a_rebase_move_the_head(api: Api, sim: Simulator, pull: Issue) -> None:
    world = sim.world
    world.submit_review(NAME, 1, "mona", comments=[Draft("src/app.py", "ten?", 10)])
    tip = world.write_files(NAME, {"later.txt": "later\n"})
    before, sha = head(pull), world.rebase(NAME, 1)
    seen = (await api.get(PULL)).json()
    assert (seen["head"]["sha"], seen["base"]["sha"], seen["commits"], seen["changed_files"]) == (
        sha,
        tip,
        1,
        1,
    )
    assert sha != before
    assert await _lines(api) == {"ten?": (10, 10)}
    assert (await api.get(f"{REPO}/compare/{before}...{sha}")).json()["status"] == "diverged"
    world.force_push(NAME, 1, {"else.txt": "x\n"})
    assert await _lines(api) == {"ten?": (None, 10)}
    assert [each["filename"] for each in (await api.get(f"{PULL}/files")).json()] == ["else.txt"]


async def test_pull_requests_follow_a_renamed_branch(api: Api, sim: Simulator) -> None:
    sim.world.rename_branch(NAME, "main", "trunk")
    assert (await api.get(REPO)).json()["default_branch"] == "trunk"
    assert (await api.get(PULL)).json()["base"]["ref"] == "trunk"
    assert (await api.get(f"{REPO}/contents/README.md")).status_code == 200


async def test_answers_go_to_the_first_comment_and_stay_when_it_is_deleted(api: Api, sim: Simulator) -> None:
    review = sim.world.submit_review(NAME, 1, "mona", comments=[Draft("src/app.py", "ten?", 10)])
    (first,) = review.comments
    made = await api.post(f"{PULL}/comments/{first.id}/replies", {"body": "Yes."})
    assert (made.status_code, made.json()["in_reply_to_id"]) == (201, first.id)
    again = await api.post(f"{PULL}/comments/{made.json()['id']}/replies", {"body": "Sure?"})
    assert again.status_code == 422
    assert (await api.delete(f"{REPO}/pulls/comments/{first.id}")).status_code == 204
    assert (await api.delete(f"{REPO}/pulls/comments/{first.id}")).status_code == 404
    (left,) = (await api.get(f"{PULL}/comments")).json()
    assert left["body"] == "Yes."


HUGE = "".join(f"value {number} = {number * 7}\n" for number in range(300_000))


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        pytest.param({}, {"huge.txt": HUGE}, 300_000, id="300,000 lines added"),
        pytest.param(
            {"huge.txt": HUGE}, {"huge.txt": HUGE.replace("7 =", "seven =")}, 30_000, id="edited all over"
        ),
        pytest.param({}, {f"many/{n:04}.txt": f"{n}\n" for n in range(3_100)}, 3_100, id="3,100 files"),
    ],
)
async def test_a_huge_pull_request_is_cheap(
    api: Api, sim: Simulator, before: dict[str, str], after: dict[str, str], changed: int
) -> None:
    if before:
        sim.world.write_files(NAME, before)
    issue = sim.world.open_pull(NAME, "hubot", "Huge", files=after)
    path = f"{REPO}/pulls/{issue.number}"
    seen = (await api.get(path)).json()
    assert seen["additions"] >= changed
    for number in range(1, len(after) // 100 + 2):
        assert (await api.get(f"{path}/files?per_page=100&page={number}")).status_code == 200
    assert sum(len(change.patch or "") for change in sim.world.changes(issue)) < 100_000  # that is kept
    assert len((await api.get(f"{REPO}/compare/main...{head(issue)}")).json()["files"]) == min(
        300, len(after)
    )
