"""Declarations decide everything: who is called, what is wanted, and what cannot be declared."""

import copy
import json

import pytest

from triagebot import handlers
from triagebot.core.delivery import Delivery, parse
from triagebot.core.values import Permission
from triagebot.routing import Command, Context, Decision, Registry, discover, handler

REGISTRY = discover(handlers)
COMMENT = {
    "action": "created",
    "installation": {"id": 5},
    "repository": {"id": 1, "full_name": "octo/cat", "default_branch": "main"},
    "sender": {"id": 10, "login": "ann", "type": "User"},
    "issue": {"number": 3, "node_id": "I_3"},
    "comment": {"id": 99, "body": "/bot help", "user": {"id": 10, "login": "ann", "type": "User"}},
}


def delivery(event: str = "issue_comment", **changes) -> Delivery:
    payload = copy.deepcopy(COMMENT)
    for path, value in changes.items():
        *parents, last = path.split("__")
        node = payload
        for part in parents:
            node = node[part]
        node[last] = value
    return parse("d-1", event, json.dumps(payload).encode())


@pytest.mark.parametrize(
    ("changes", "handlers_called"),
    [
        ({}, ("acknowledge", "help")),
        ({"comment__body": "please\n/bot triage\n/bot help"}, ("acknowledge", "help", "triage")),
        ({"comment__body": "/bot hlep"}, ("acknowledge",)),
        ({"comment__body": "I ran `/bot help` once"}, ()),
        ({"comment__body": "> /bot help"}, ()),
        ({"comment__body": None}, ()),
        ({"comment__user": None}, ()),
        ({"sender__type": "Bot"}, ()),
        ({"sender__login": "else[bot]"}, ()),
        ({"sender": None}, ()),
        ({"sender__id": 11}, ()),
        ({"installation": None}, ()),
        ({"issue": None}, ()),
        ({"action": "deleted"}, ()),
        ({"action": "edited", "changes": {"body": {"from": "/bot help"}}}, ()),
        ({"action": "edited", "changes": {"body": {"from": "hello"}}}, ("acknowledge", "help")),
        ({"action": "edited"}, ()),
        ({"action": "edited", "changes": {"body": "text"}}, ()),
    ],
    ids=str,
)
def test_who_is_called(changes, handlers_called):
    assert REGISTRY.route(delivery(**changes)) == handlers_called


def test_ten_thousand_rounds_between_two_bots_are_none():
    said = "/bot help"
    for _ in range(10_000):
        answer = delivery(sender__type="Bot", comment__body=said)
        assert REGISTRY.route(answer) == ()
        said = f"{said}\n/bot help"[-200:]


def test_a_mention_of_the_app_is_a_command_too():
    mention = delivery(comment__body="@triagebot help")
    assert REGISTRY.route(mention, app_slug="triagebot") == ("acknowledge", "help")
    assert REGISTRY.route(mention) == ()


def test_events_and_commands_are_wanted_and_nothing_else():
    assert REGISTRY.wants("issues.opened")
    assert REGISTRY.wants("issue_comment.created")
    assert not REGISTRY.wants("issues.pinned")
    assert not REGISTRY.wants("star.created")
    assert REGISTRY.route(delivery("issues", action="opened", comment=None)) == ("triage",)


def test_what_the_app_itself_edited_sets_nothing_to_work():
    edited = {"action": "edited", "comment": None, "changes": {"body": {"from": "before"}}}
    for event in ("issues", "pull_request"):
        by_us = delivery(event, **edited, sender__login="TriageBot[bot]", sender__type="Bot")
        by_another = delivery(event, **edited, sender__login="other[bot]", sender__type="Bot")
        assert REGISTRY.route(by_us, app_slug="triagebot") == ()
        assert "triage" in REGISTRY.route(by_another, app_slug="triagebot")
    opened = delivery(
        "issues", action="opened", comment=None, sender__login="triagebot[bot]", sender__type="Bot"
    )
    assert "triage" in REGISTRY.route(opened, app_slug="triagebot")


def declare(**changes):
    fields = {"name": "x", "needs": {"issues": "write"}, "may": {"add_labels": 1}} | changes

    @handler(**fields)
    async def handle(ctx: Context, delivery: Delivery) -> Decision:
        """Do nothing."""
        return Decision()

    return handle


@pytest.mark.parametrize(
    ("handlers", "problem"),
    [
        ([declare(needs={"issues": "read"})], "needs no permission that allows it"),
        ([declare(events=("pull_request.opened",))], "does not need pull_requests"),
        ([declare(events=("star.created",))], "does not need None"),
        ([declare(), declare()], "two handlers have the name x"),
        (
            [declare(command=Command("a")), declare(name="y", command=Command("a"))],
            "two handlers have the command a",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_declaration_that_cannot_work_stops_the_start(handlers, problem):
    with pytest.raises(TypeError, match=problem):
        Registry(tuple(handlers))


def test_permissions_are_ordered():
    assert Permission.NONE < Permission.READ < Permission.TRIAGE < Permission.WRITE < Permission.ADMIN
