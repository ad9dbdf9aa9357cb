"""Pull requests, diffs, reviews with GitHub's anchor rules, and check runs."""

from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.conftest import REPO as NAME
from tests.simulator.conftest import SOURCE
from tests.support.github_api import Api

from triagebot.simulator import Draft, Issue, Simulator

REPO = f"/repos/{NAME}"
PULL = f"{REPO}/pulls/1"


@pytest.fixture(autouse=True)
def pull(sim: Simulator) -> Issue:
    changed = SOURCE.replace("line 10\n", "line ten\nline ten and a half\n").replace("line 30\n", "")
    return sim.world.open_pull(
        NAME, "hubot", "Count better", files={"src/app.py": changed, "new.txt": "a\nb\n"}
    )


async def test_a_pull_request_its_files_commits_and_diff(api: Api) -> None:
    seen = (await api.get(PULL)).json()
    assert (seen["changed_files"], seen["additions"], seen["deletions"], seen["commits"]) == (2, 4, 2, 1)
    files = {each["filename"]: each for each in (await api.get(f"{PULL}/files")).json()}
    assert files["new.txt"]["patch"] == "@@ -0,0 +1,2 @@\n+a\n+b"
    assert files["src/app.py"]["patch"].startswith("@@ -7,7 +7,8 @@")
    diff = await api.get(PULL, headers={"Accept": "application/vnd.github.diff"})
    assert diff.text.startswith("diff --git a/new.txt b/new.txt\nnew file mode 100644\n")
    (commit,) = (await api.get(f"{PULL}/commits")).json()
    assert commit["sha"] == seen["head"]["sha"]


async def test_the_list_is_filtered_by_head_and_state(api: Api) -> None:
    async def numbers(query: str) -> list[int]:
        return [each["number"] for each in (await api.get(f"{REPO}/pulls?{query}")).json()]

    assert await numbers("head=octo:patch-1") == [1]
    assert await numbers("head=octo:else") == []
    assert await numbers("state=closed") == []
    assert (await api.get(f"{REPO}/issues/1")).json()["pull_request"]["url"].endswith("/pulls/1")


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({f"many/{number}.txt": "x\n" for number in range(301)}, id="over 300 files"),
        pytest.param({"long.txt": "x\n" * 20_001}, id="over 20,000 lines"),
    ],
)
async def test_a_diff_that_is_too_large_is_406_but_its_files_are_listed(
    api: Api, sim: Simulator, files: dict[str, str]
) -> None:
    large = sim.world.open_pull(NAME, "hubot", "Large", files=files)
    path = f"{REPO}/pulls/{large.number}"
    diff = await api.get(path, headers={"Accept": "application/vnd.github.diff"})
    assert (diff.status_code, diff.json()["errors"][0]["code"]) == (406, "too_large")
    listed = await api.pages(f"{path}/files?per_page=100")
    assert len(listed) == len(files)
    assert all("patch" in each for each in listed) is (len(files) > 1)


async def test_binary_and_renamed_files_have_no_patch(api: Api, sim: Simulator) -> None:
    moved = sim.world.open_pull(
        NAME, "hubot", "Move", files={"src/app.py": None, "src/main.py": SOURCE, "logo.png": b"\x89\0\1"}
    )
    files = {each["filename"]: each for each in (await api.get(f"{REPO}/pulls/{moved.number}/files")).json()}
    assert (files["src/main.py"]["status"], files["src/main.py"]["previous_filename"]) == (
        "renamed",
        "src/app.py",
    )
    assert not any("patch" in each for each in files.values())


def review(**comment: Any) -> dict[str, Any]:
    return {"event": "COMMENT", "body": "Seen.", "comments": [{"body": "hm", **comment}]}


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param({"path": "src/app.py", "line": 11, "side": "RIGHT"}, id="an added line"),
        pytest.param({"path": "src/app.py", "line": 10, "side": "LEFT"}, id="a removed line"),
        pytest.param({"path": "src/app.py", "line": 8}, id="a context line"),
        pytest.param({"path": "src/app.py", "line": 11, "start_line": 9}, id="several lines"),
        pytest.param({"path": "new.txt", "position": 2}, id="a position"),
    ],
)
async def test_a_comment_on_the_diff_is_taken(api: Api, comment: dict[str, Any]) -> None:
    made = await api.post(f"{PULL}/reviews", review(**comment))
    assert (made.status_code, made.json()["state"]) == (200, "COMMENTED")
    (kept,) = (await api.get(f"{PULL}/comments")).json()
    assert kept["path"] == comment["path"]
    assert kept["line"] == comment.get("line", 2)
    listed = await api.get(f"{PULL}/reviews/{made.json()['id']}/comments")
    assert [each["id"] for each in listed.json()] == [kept["id"]]


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param({"path": "src/app.py", "line": 20}, id="a line between hunks"),
        pytest.param({"path": "src/app.py", "line": 4_000}, id="a line that is not there"),
        pytest.param({"path": "README.md", "line": 1}, id="an unchanged file"),
        pytest.param({"path": "src/app.py", "line": 30, "start_line": 9}, id="lines of two hunks"),
        pytest.param({"path": "src/app.py", "line": 9, "start_line": 11}, id="lines backwards"),
        pytest.param({"path": "new.txt", "position": 9}, id="a position off the diff"),
        pytest.param({"path": "new.txt"}, id="no line"),
    ],
)
async def test_one_comment_off_the_diff_refuses_the_whole_review(api: Api, comment: dict[str, Any]) -> None:
    body = review(**comment)
    body["comments"].insert(0, {"path": "new.txt", "line": 1, "body": "good"})
    assert (await api.post(f"{PULL}/reviews", body)).status_code == 422
    assert (await api.get(f"{PULL}/reviews")).json() == []
    assert (await api.get(f"{PULL}/comments")).json() == []


async def test_a_pending_review_blocks_the_next_until_it_is_gone(api: Api, sim: Simulator) -> None:
    pending = (await api.post(f"{PULL}/reviews", {"body": "later"})).json()
    assert (pending["state"], pending.get("submitted_at")) == ("PENDING", None)
    blocked = await api.post(f"{PULL}/reviews", review(path="new.txt", line=1))
    assert blocked.json()["errors"] == ["User can only have one pending review per pull request"]
    assert sim.world.submit_review(NAME, 1, "mona", "mine").state == "COMMENTED"
    assert (await api.delete(f"{PULL}/reviews/{pending['id']}")).status_code == 200
    taken = await api.post(f"{PULL}/reviews", review(path="new.txt", line=1))
    assert taken.status_code == 200
    assert (await api.delete(f"{PULL}/reviews/{taken.json()['id']}")).status_code == 422
    again = (await api.post(f"{PULL}/reviews", {"body": "more"})).json()
    sent = await api.post(f"{PULL}/reviews/{again['id']}/events", {"event": "COMMENT"})
    assert sent.json()["state"] == "COMMENTED"
    assert (
        await api.send("PUT", f"{PULL}/reviews/{again['id']}", json={"body": "edited"})
    ).status_code == 200
    assert (await api.get(f"{PULL}/reviews/{again['id']}")).json()["body"] == "edited"


async def test_a_person_s_pending_review_is_not_shown(api: Api, sim: Simulator) -> None:
    sim.world.submit_review(NAME, 1, "mona", "secret", event=None)
    assert (await api.get(f"{PULL}/reviews")).json() == []


async def test_review_comments_are_changed_answered_and_reacted_to(api: Api, sim: Simulator) -> None:
    made = sim.world.submit_review(NAME, 1, "mona", comments=[Draft("new.txt", "why?", line=1)])
    comment = made.comments[0].id
    where = f"{REPO}/pulls/comments/{comment}"
    assert (await api.get(where)).json()["body"] == "why?"
    answer = await api.post(f"{PULL}/comments/{comment}/replies", {"body": "because"})
    assert (answer.status_code, answer.json()["in_reply_to_id"]) == (201, comment)
    own = f"{REPO}/pulls/comments/{answer.json()['id']}"
    assert (await api.patch(own, {"body": "because so"})).json()["body"] == "because so"
    assert (await api.post(f"{where}/reactions", {"content": "+1"})).status_code == 201
    assert (await api.post(f"{where}/reactions", {"content": "+1"})).status_code == 200
    assert len((await api.get(f"{where}/reactions")).json()) == 1
    timeline = [each["event"] for each in (await api.get(f"{REPO}/issues/1/timeline")).json()]
    assert timeline == ["committed", "reviewed", "reviewed"]


async def test_a_push_moves_the_head_and_outdates_comments(api: Api, sim: Simulator, pull: Issue) -> None:
    await api.post(f"{PULL}/reviews", review(path="new.txt", line=2))
    before = (await api.get(PULL)).json()["head"]["sha"]
    after = sim.world.push_commits(NAME, 1, {"new.txt": "c\n"}, by="hubot")
    assert (await api.get(PULL)).json()["head"]["sha"] == after != before
    answer = await api.client.get(f"{PULL}/comments", headers={"Authorization": f"token {api.token}"})
    (comment,) = answer.json()  # the description knows no null position here, GitHub does
    assert (comment["position"], comment["commit_id"]) == (None, before)


async def test_a_pull_request_of_a_fork_and_one_whose_fork_is_gone(api: Api, sim: Simulator) -> None:
    made = sim.world.open_pull(NAME, "fan", "From afar", files={"x.txt": "x\n"}, fork=True)
    seen = (await api.get(f"{REPO}/pulls/{made.number}")).json()
    assert seen["head"]["repo"]["full_name"] == "fan/parser"
    assert made.pull is not None
    made.pull.head_repo = None
    answer = await api.client.get(
        f"{REPO}/pulls/{made.number}", headers={"Authorization": f"token {api.token}"}
    )
    assert answer.json()["head"]["repo"] is None  # the description knows no null here, GitHub does


async def test_merging_closes(api: Api, sim: Simulator) -> None:
    sim.world.merge(NAME, 1, by="mona")
    seen = (await api.get(PULL)).json()
    assert (seen["state"], seen["merged"], seen["merged_by"]["login"]) == ("closed", True, "mona")


async def test_check_runs_take_fifty_annotations_at_a_time(api: Api, pull: Issue) -> None:
    assert pull.pull is not None
    note = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "m"}
    output = {"title": "t", "summary": "s", "annotations": [note] * 50}
    run = {"name": "config", "head_sha": pull.pull.head_sha, "status": "in_progress", "output": output}
    made = await api.post(f"{REPO}/check-runs", run)
    assert (made.status_code, made.json()["output"]["annotations_count"]) == (201, 50)
    where = f"{REPO}/check-runs/{made.json()['id']}"
    too_many = output | {"annotations": [note] * 51}
    assert (await api.patch(where, {"output": too_many})).status_code == 422
    done = await api.patch(where, {"conclusion": "failure", "output": output | {"annotations": [note] * 2}})
    assert (done.json()["status"], done.json()["output"]["annotations_count"]) == ("completed", 52)
    assert len(await api.pages(f"{where}/annotations?per_page=50")) == 52
    listing = f"{REPO}/commits/{pull.pull.head_sha}/check-runs"
    mine = (await api.get(f"{listing}?check_name=config&app_id={api.sim.app_id}")).json()
    assert (mine["total_count"], mine["check_runs"][0]["id"]) == (1, made.json()["id"])
    assert (await api.get(f"{listing}?check_name=other")).json()["total_count"] == 0
    assert (await api.post(f"{REPO}/check-runs", {"name": "x", "head_sha": "0" * 40})).status_code == 422
    assert (await api.get(where)).json()["conclusion"] == "failure"
