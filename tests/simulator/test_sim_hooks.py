"""Webhooks: signed, remembered with their outcome, never sent again by themselves, redelivered on request."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.support.clock import ManualClock
from tests.support.github_api import Api
from tests.support.receiver import Receiver, listening

from triagebot.core.delivery import parse
from triagebot.core.signature import verify
from triagebot.simulator import Draft, Simulator

DELIVERIES = "/app/hook/deliveries"


@pytest.fixture
async def receiver(sim: Simulator) -> AsyncIterator[Receiver]:
    async with listening() as made:
        sim.hooks.url = made.url
        yield made


async def test_what_happens_is_told_signed_and_parses(sim: Simulator, receiver: Receiver) -> None:
    world = sim.world
    issue = world.open_issue("octo/parser", "hubot", "Crash", labels=["bug"])
    world.edit_issue("octo/parser", issue.number, by="hubot", body="more")
    comment = world.comment("octo/parser", issue.number, "mona", "/bot help")
    world.edit_comment("octo/parser", comment.id, "/bot triage", by="mona")
    world.close("octo/parser", issue.number, by="mona")
    pull = world.open_pull("octo/parser", "hubot", "Mend", files={"a.txt": "1\n"})
    world.push_commits("octo/parser", pull.number, {"a.txt": "2\n"})
    world.submit_review("octo/parser", pull.number, "mona", comments=[Draft("a.txt", "why", line=1)])
    await sim.hooks.drained()
    told = [
        parse(headers["x-github-delivery"].decode(), headers["x-github-event"].decode(), body)
        for headers, body in receiver.received
    ]
    assert sorted(each.event for each in told) == [
        "issue_comment.created",
        "issue_comment.edited",
        "issues.closed",
        "issues.edited",
        "issues.labeled",
        "issues.opened",
        "pull_request.opened",
        "pull_request.synchronize",
        "pull_request_review.submitted",
        "pull_request_review_comment.created",
        "push",
    ]
    secret = sim.webhook_secret.encode()
    assert all(
        verify([secret], body, [headers["x-hub-signature-256"]]) for headers, body in receiver.received
    )
    assert {each.installation_id for each in told} == set(world.installations)
    assert {each.subject.key for each in told if each.subject} == {issue.node_id, pull.node_id}


async def test_what_the_app_does_is_told_too(api: Api, sim: Simulator, receiver: Receiver) -> None:
    sim.world.open_issue("octo/parser", "hubot", "Crash")
    await api.post("/repos/octo/parser/issues/1/comments", {"body": "mine"})
    await api.post("/repos/octo/parser/issues/1/labels", {"labels": ["bug"]})
    senders = [(each.event, each.payload["sender"]["login"]) for each in sim.hooks.deliveries]
    assert senders == [
        ("issues", "hubot"),
        ("issue_comment", "triagebot[bot]"),
        ("issues", "triagebot[bot]"),
    ]


async def test_failed_ones_are_listed_and_redelivered_with_the_same_guid(
    api: Api, sim: Simulator, receiver: Receiver
) -> None:
    receiver.status = 503
    sim.world.open_issue("octo/parser", "hubot", "One")
    receiver_down = receiver.status
    await sim.hooks.drained()
    receiver.status = None
    sim.world.open_issue("octo/parser", "hubot", "Two")
    await sim.hooks.drained()
    listed = (await api.as_app("GET", f"{DELIVERIES}?status=failure")).json()
    assert [each["status_code"] for each in listed] == [502, receiver_down]
    assert len(receiver.received) == 2
    receiver.status = 202
    for each in listed:
        assert (await api.as_app("POST", f"{DELIVERIES}/{each['id']}/attempts")).status_code == 202
    await sim.hooks.drained()
    after = (await api.as_app("GET", DELIVERIES)).json()
    assert sorted((each["guid"], each["redelivery"]) for each in after if each["status"] == "OK") == sorted(
        (each["guid"], True) for each in listed
    )
    whole = (await api.as_app("GET", f"{DELIVERIES}/{after[0]['id']}")).json()
    assert whole["request"]["payload"]["action"] == "opened"
    assert (await api.as_app("POST", f"{DELIVERIES}/1/attempts")).status_code == 404


async def test_the_list_is_read_by_cursor_and_forgets_after_three_days(
    api: Api, sim: Simulator, clock: ManualClock
) -> None:
    sim.hooks.url, sim.hooks.down = "http://127.0.0.1:9/", True
    for number in range(25):
        sim.world.open_issue("octo/parser", "hubot", f"Issue {number}")
    await sim.hooks.drained()
    seen, url = [], f"{DELIVERIES}?per_page=10"
    while url:
        answer = await api.as_app("GET", url)
        seen += [each["id"] for each in answer.json()]
        url = answer.links.get("next", {}).get("url", "")
    assert seen == sorted((each.id for each in sim.hooks.deliveries), reverse=True)
    assert (await api.as_app("GET", f"{DELIVERIES}?cursor=nonsense")).status_code == 422
    clock.advance(71 * 3_600)
    assert len((await api.as_app("GET", f"{DELIVERIES}?per_page=100")).json()) == 25
    clock.advance(2 * 3_600)
    assert (await api.as_app("GET", DELIVERIES)).json() == []


async def test_held_ones_are_sent_in_any_order(sim: Simulator, receiver: Receiver) -> None:
    sim.hooks.hold()
    sim.world.open_issue("octo/parser", "hubot", "Crash")
    sim.world.close("octo/parser", 1, by="hubot")
    assert [each.action for each in sim.hooks.held] == ["opened", "closed"]
    sim.hooks.release([1])
    await sim.hooks.drained()
    assert [parse("1", "issues", body).event for _, body in receiver.received] == ["issues.closed"]


@pytest.mark.parametrize("silenced", ["suspended", "not subscribed", "not covered"])
async def test_no_word_reaches_an_app_that_may_not_hear(
    sim: Simulator, receiver: Receiver, silenced: str
) -> None:
    installation = next(iter(sim.world.installations.values()))
    match silenced:
        case "suspended":
            sim.world.suspend_installation(installation)
        case "not subscribed":
            installation.events = ("push",)
        case "not covered":
            installation.repos = set()
    sim.world.open_issue("octo/parser", "hubot", "Crash")
    await sim.hooks.drained()
    assert [each.event for each in sim.hooks.deliveries if each.event == "issues"] == []
