"""Issues, labels, comments, reactions and assignees over REST, and what their timelines say."""

from __future__ import annotations

import pytest
from tests.support.github_api import Api

from triagebot.simulator import Simulator

REPO = "/repos/octo/parser"
ISSUE = f"{REPO}/issues/1"


@pytest.fixture(autouse=True)
def an_issue(sim: Simulator) -> None:
    sim.world.open_issue("octo/parser", "hubot", "It crashes", "On an empty file.")


async def test_labels_come_and_go_with_one_event_each_in_the_name_of_who_did_it(
    api: Api, sim: Simulator
) -> None:
    for _ in range(2):
        assert (await api.post(f"{ISSUE}/labels", {"labels": ["bug", "Help Wanted"]})).status_code == 200
    assert (await api.delete(f"{ISSUE}/labels/help%20wanted")).status_code == 200
    gone = await api.delete(f"{ISSUE}/labels/help%20wanted")
    assert (gone.status_code, gone.json()["message"]) == (404, "Label does not exist")
    sim.world.remove_label("octo/parser", 1, "bug", by="mona")
    events = (await api.get(f"{ISSUE}/events")).json()
    assert [(each["event"], each["label"]["name"], each["actor"]["login"]) for each in events] == [
        ("labeled", "bug", "triagebot[bot]"),
        ("labeled", "help wanted", "triagebot[bot]"),
        ("unlabeled", "help wanted", "triagebot[bot]"),
        ("unlabeled", "bug", "mona"),
    ]
    assert [bool(each["performed_via_github_app"]) for each in events] == [True, True, True, False]


async def test_an_unknown_label_is_defined_and_a_slash_in_its_name_works(api: Api) -> None:
    await api.post(f"{ISSUE}/labels", {"labels": ["area/parser"]})
    assert (await api.get(f"{REPO}/labels/area%2Fparser")).json()["color"] == "ededed"
    assert (await api.delete(f"{ISSUE}/labels/area%2Fparser")).json() == []
    made = await api.post(f"{REPO}/labels", {"name": "perf", "color": "00ff00", "description": "Slow"})
    assert made.status_code == 201
    assert (await api.post(f"{REPO}/labels", {"name": "PERF"})).status_code == 422
    assert (await api.post(f"{REPO}/labels", {"name": "x" * 51})).status_code == 422
    assert (await api.post(f"{ISSUE}/labels", {"labels": ["x" * 51]})).status_code == 422


async def test_comments_are_written_changed_found_and_deleted(api: Api, sim: Simulator) -> None:
    sim.world.comment("octo/parser", 1, None, "from a ghost")
    made = await api.post(f"{ISSUE}/comments", {"body": "hello"})
    assert made.status_code == 201
    comment = made.json()
    assert comment["user"]["login"] == "triagebot[bot]"
    assert comment["performed_via_github_app"]["id"] == sim.app_id
    where = f"{REPO}/issues/comments/{comment['id']}"
    assert (await api.patch(where, {"body": "changed"})).json()["body"] == "changed"
    assert (await api.get(where)).json()["body"] == "changed"
    listed = (await api.get(f"{ISSUE}/comments")).json()
    assert [(each["user"] or {}).get("login") for each in listed] == [None, "triagebot[bot]"]
    assert len((await api.get(f"{REPO}/issues/comments")).json()) == 2
    assert (await api.delete(where)).status_code == 204
    assert (await api.get(where)).status_code == 404
    assert (await api.patch(where, {"body": "again"})).status_code == 404
    assert (await api.get(f"{ISSUE}/events")).json()[-1]["event"] == "comment_deleted"


@pytest.mark.parametrize(
    "body", [{"body": ""}, {}, {"body": "x" * 65_537}], ids=["empty", "missing", "too long"]
)
async def test_a_bad_comment_is_422(api: Api, body: dict[str, str]) -> None:
    assert (await api.post(f"{ISSUE}/comments", body)).status_code == 422


async def test_lists_come_in_pages_of_at_most_a_hundred(api: Api, sim: Simulator) -> None:
    for number in range(205):
        sim.world.comment("octo/parser", 1, "hubot", f"comment {number}")
    first = await api.get(f"{ISSUE}/comments?per_page=500")
    assert len(first.json()) == 100
    assert set(first.links) == {"next", "last"}
    bodies = [each["body"] for each in await api.pages(f"{ISSUE}/comments?per_page=100")]
    assert bodies == [f"comment {number}" for number in range(205)]


async def test_reactions_are_201_once_and_then_200(api: Api, sim: Simulator) -> None:
    comment = sim.world.comment("octo/parser", 1, "hubot", "hm")
    for where in (f"{ISSUE}/reactions", f"{REPO}/issues/comments/{comment.id}/reactions"):
        codes = [(await api.post(where, {"content": "eyes"})).status_code for _ in range(2)]
        assert codes == [201, 200]
        (mine,) = (await api.get(where)).json()
        assert (await api.post(where, {"content": "fish"})).status_code == 422
        assert (await api.delete(f"{where}/{mine['id']}")).status_code == 204
        assert (await api.delete(f"{where}/{mine['id']}")).status_code == 404
    theirs, _ = sim.world.react(comment, "heart", by="mona")
    assert (await api.delete(f"{REPO}/issues/comments/{comment.id}/reactions/{theirs.id}")).status_code == 403


async def test_state_title_and_assignees_change(api: Api, sim: Simulator) -> None:
    closed = await api.patch(ISSUE, {"state": "closed", "state_reason": "not_planned", "title": "Crash"})
    assert (closed.json()["state"], closed.json()["state_reason"]) == ("closed", "not_planned")
    assert (await api.patch(ISSUE, {"state": "open"})).json()["state_reason"] == "reopened"
    assert (await api.patch(ISSUE, {"state": "ajar"})).status_code == 422
    assigned = await api.post(f"{ISSUE}/assignees", {"assignees": ["mona", "nobody-known"]})
    assert [each["login"] for each in assigned.json()["assignees"]] == ["mona"]
    assert (await api.delete(f"{ISSUE}/assignees", {"assignees": ["mona"]})).json()["assignees"] == []
    events = [each["event"] for each in (await api.get(f"{ISSUE}/events")).json()]
    assert events == ["renamed", "closed", "reopened", "assigned", "unassigned"]
    timeline = (await api.get(f"{ISSUE}/timeline")).json()
    assert [each["event"] for each in timeline] == events
    sim.world.comment("octo/parser", 1, "mona", "done")
    assert (await api.get(f"{ISSUE}/timeline")).json()[-1]["event"] == "commented"


async def test_issues_are_opened_listed_and_searched(api: Api, sim: Simulator) -> None:
    made = await api.post(f"{REPO}/issues", {"title": "Slow start", "body": "since 2.0", "labels": ["bug"]})
    assert (made.status_code, made.json()["number"]) == (201, 2)
    sim.world.close("octo/parser", 1, by="mona")
    assert [each["number"] for each in (await api.get(f"{REPO}/issues")).json()] == [2]
    assert [each["number"] for each in (await api.get(f"{REPO}/issues?state=all&direction=asc")).json()] == [
        1,
        2,
    ]
    assert [each["number"] for each in (await api.get(f"{REPO}/issues?labels=bug")).json()] == [2]
    found = (
        await api.get("/search/issues", params={"q": "repo:octo/parser is:open slow -label:question"})
    ).json()
    assert [each["number"] for each in found["items"]] == [2]


async def test_null_users_and_bodies_are_possible(api: Api, sim: Simulator) -> None:
    sim.world.open_issue("octo/parser", None, "No author, no body")
    issue = (await api.get(f"{REPO}/issues/2")).json()
    assert (issue["user"], issue["body"], issue["author_association"]) == (None, None, "NONE")


async def test_a_locked_issue_takes_no_comment(api: Api, sim: Simulator) -> None:
    sim.world.lock("octo/parser", 1, by="mona", reason="spam")
    assert (await api.post(f"{ISSUE}/comments", {"body": "hi"})).status_code == 403
    assert (await api.post(f"{ISSUE}/reactions", {"content": "eyes"})).status_code == 403
    assert (await api.get(f"{ISSUE}/events")).json()[-1]["lock_reason"] == "spam"
    sim.world.unlock("octo/parser", 1, by="mona")
    assert (await api.post(f"{ISSUE}/comments", {"body": "hi"})).status_code == 201


async def test_an_archived_repository_takes_no_write(api: Api, sim: Simulator) -> None:
    sim.world.archive_repo("octo/parser")
    assert (await api.post(f"{ISSUE}/labels", {"labels": ["bug"]})).status_code == 403
    assert (await api.get(ISSUE)).status_code == 200


async def test_a_deleted_issue_is_410_and_one_that_never_was_404(api: Api, sim: Simulator) -> None:
    sim.world.delete_issue("octo/parser", 1)
    assert (await api.get(ISSUE)).status_code == 410
    assert (await api.post(f"{ISSUE}/comments", {"body": "hi"})).status_code == 410
    assert (await api.get(f"{REPO}/issues/99")).status_code == 404


async def test_a_transferred_issue_answers_301_and_keeps_its_node_id(api: Api, sim: Simulator) -> None:
    sim.world.add_repo("octo/other")
    node_id = sim.world.issue("octo/parser", 1).node_id
    sim.world.transfer_issue("octo/parser", 1, "octo/other", by="mona")
    moved = await api.get(ISSUE)
    assert moved.status_code == 301
    there = (await api.get(moved.headers["location"])).json()
    assert (there["node_id"], there["repository_url"].rpartition("/")[2]) == (node_id, "other")
    assert (await api.post(f"{ISSUE}/comments", {"body": "hi"})).status_code == 301


async def test_the_events_of_a_whole_repository_come_newest_first_with_their_issues(
    api: Api, sim: Simulator
) -> None:
    sim.world.open_issue("octo/parser", "hubot", "Second")
    sim.world.add_label("octo/parser", 1, "bug", by="mona")
    await api.post(f"{REPO}/issues/2/labels", {"labels": ["bug"]})
    sim.world.remove_label("octo/parser", 1, "bug", by="kay")
    found = await api.pages(f"{REPO}/issues/events?per_page=2")
    assert [(each["event"], each["issue"]["number"], each["actor"]["login"]) for each in found] == [
        ("unlabeled", 1, "kay"),
        ("labeled", 2, "triagebot[bot]"),
        ("labeled", 1, "mona"),
    ]
    assert found[1]["performed_via_github_app"]["id"] == sim.app_id
    assert (await api.get(f"{REPO}/issues/events?per_page=100&page=301")).status_code == 422


async def test_a_list_of_many_issues_is_the_same_as_one_of_few(api: Api, sim: Simulator) -> None:
    for number in range(2, 1203):
        sim.world.open_issue("octo/parser", "hubot", f"Issue {number}")
    sim.clock.advance(60)  # type: ignore[attr-defined]
    sim.world.add_label("octo/parser", 7, "bug", by="mona")
    since = sim.world.issue("octo/parser", 7).updated_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    query = f"{REPO}/issues?state=all&sort=updated&direction=asc"
    assert [each["number"] for each in (await api.get(f"{query}&since={since}")).json()] == [7]
    sim.clock.advance(60)  # type: ignore[attr-defined]
    sim.world.close("octo/parser", 5, by="mona")
    assert [each["number"] for each in (await api.get(f"{query}&since={since}")).json()] == [7, 5]
    assert [each["number"] for each in (await api.get(f"{REPO}/issues?per_page=2")).json()] == [1202, 1201]
    everything = await api.pages(f"{query}&per_page=100")
    assert len({each["number"] for each in everything}) == 1202


async def test_a_teams_people_are_for_those_who_may_see_them(api: Api, sim: Simulator) -> None:
    sim.world.add_team("octo", "parsers", ["mona", "kay"])
    found = (await api.get("/orgs/octo/teams/parsers/members")).json()
    assert [each["login"] for each in found] == ["mona", "kay"]
    assert (await api.get("/orgs/octo/teams/none/members")).status_code == 404
    assert (await api.get("/orgs/elsewhere/teams/parsers/members")).status_code == 404
    installation = next(iter(sim.world.installations.values()))
    sim.world.set_installation_permissions(installation, {"metadata": "read"})
    assert (await api.get("/orgs/octo/teams/parsers/members")).status_code == 403
