"""What the planner makes of a delivery, reading a simulated GitHub over HTTP with the real client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.support.planning import CONFIG, REPO, Lab, SaidModel, planning

from triagebot.core.actions import AddLabels, React, RemoveLabels, UpsertComment
from triagebot.core.body_part import put
from triagebot.core.errors import Refused, Unavailable
from triagebot.core.lessons import Forget
from triagebot.core.markers import Marks
from triagebot.ports import LabelOpinion
from triagebot.simulator import Fault

TITLE = "Feature request: support for TOML"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """A repository from which was learned that issues are feature requests."""
    async with planning() as lab:
        lab.memory.believed = [LabelOpinion("enhancement", 0.97, 0.95, 57, 60)]
        yield lab


async def test_the_plan_names_its_target_and_its_grounds(lab: Lab):
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    plan = await lab.plan()
    assert plan.key == f"{plan.delivery_id}:triage"
    assert (plan.target.full_name, plan.target.number, plan.target.node_id) == (
        REPO,
        issue.number,
        issue.node_id,
    )
    assert plan.grounds.text_digest
    assert [action.kind for action in plan.actions] == ["add_labels", "upsert_comment"]


async def test_what_github_shows_now_counts_not_the_payload(lab: Lab):
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    late = lab.simulator.hooks.deliveries[-1]
    lab.memory.believed = None
    lab.world.edit_issue(REPO, issue.number, by="hubot", title="Hello")
    lab.simulator.hooks.deliveries.append(late)
    plan = await lab.plan()
    assert [action.kind for action in plan.actions] == ["upsert_comment"]
    assert plan.lessons[0].issue.title == "Hello"


async def test_handlers_do_not_read_what_we_put_into_a_persons_text(lab: Lab):
    body = put("It helps.", "What we say.", Marks(1, (b"secret",)), "key")
    lab.world.open_pull(REPO, "hubot", TITLE, body, files={"a.txt": "x\n"})
    plan = await lab.plan()
    assert (plan.lessons[0].kind, plan.lessons[0].issue.body) == ("saw", "It helps.")


async def test_a_deleted_issue_makes_an_empty_plan_that_says_so(lab: Lab):
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    opened = lab.simulator.hooks.deliveries[-1]
    lab.world.delete_issue(REPO, issue.number, by="mona")
    lab.simulator.hooks.deliveries.append(opened)
    plan = await lab.plan(age=timedelta(minutes=3))
    assert plan.actions == ()
    assert "GitHub does not show the subject" in plan.note


async def test_an_issue_that_is_not_there_yet_is_waited_for(lab: Lab):
    lab.simulator.faults.add(Fault("stale", method="GET", path=r"/issues/1$", back=1))
    lab.world.open_issue(REPO, "hubot", TITLE)
    with pytest.raises(Unavailable, match="not show the subject yet"):
        await lab.plan()
    assert (await lab.plan()).actions


async def test_a_missing_permission_is_an_error_and_not_silence(lab: Lab):
    lab.world.open_issue(REPO, "hubot", TITLE)
    installation = lab.world.installation_of(lab.world.repo(REPO))
    lab.world.set_installation_permissions(installation, {"metadata": "read"})
    lab.simulator.tokens.expire_all()
    with pytest.raises(Refused):
        await lab.plan()


async def test_the_configuration_is_read_from_the_default_branch(lab: Lab):
    lab.world.write_files(REPO, {CONFIG: "triage: {labels: {mode: suggest}}\n"})
    lab.world.open_issue(REPO, "hubot", TITLE)
    plan = await lab.plan()
    assert [action.kind for action in plan.actions] == ["upsert_comment"]


async def test_a_pull_request_cannot_configure_how_it_is_treated(lab: Lab):
    lab.world.write_files(REPO, {CONFIG: "triage: {labels: {mode: off}}\n"})
    lab.world.open_pull(
        REPO, "hubot", TITLE, files={CONFIG: "triage: {labels: {mode: auto, precision: 0.5}}\n"}, fork=True
    )
    plan = await lab.plan()
    assert not any(isinstance(action, AddLabels) for action in plan.actions)


async def test_the_organisation_sets_what_the_repository_leaves_open(lab: Lab):
    lab.world.add_repo("octo/.github", files={"triagebot.yml": "triage: {labels: {mode: off}}\n"})
    lab.world.open_issue(REPO, "hubot", TITLE)
    assert not any(isinstance(action, AddLabels) for action in (await lab.plan()).actions)
    lab.world.write_files(REPO, {CONFIG: "triage: {labels: {mode: auto}}\n"})
    lab.world.open_issue(REPO, "hubot", TITLE)
    assert any(isinstance(action, AddLabels) for action in (await lab.plan()).actions)


async def test_a_wrong_configuration_is_silent_for_events_and_answered_for_commands(lab: Lab):
    lab.world.write_files(REPO, {CONFIG: "trige: {}\n"})
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    plan = await lab.plan()
    assert plan.actions == ()
    assert ".github/triagebot.yml:1:1: unknown key `trige`" in plan.note
    lab.world.comment(REPO, issue.number, "mona", "/bot triage")
    assert [action.content for action in (await lab.plan()).actions] == ["confused"]
    reaction, reply = (await lab.plan("acknowledge")).actions
    assert "unknown key" in reply.body
    assert reaction.content == "confused"
    lab.world.comment(REPO, issue.number, "stranger", "/bot triage")
    assert [action.content for action in (await lab.plan("acknowledge")).actions] == ["confused"]


async def test_under_a_wrong_configuration_a_writer_can_still_undo(lab: Lab):
    lab.world.write_files(REPO, {CONFIG: "trige: {}\n"})
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    lab.world.add_label(REPO, issue.number, "bug", by=lab.world.app.bot)
    lab.world.comment(REPO, issue.number, "mona", "/bot undo")
    assert [action.content for action in (await lab.plan("acknowledge")).actions] == ["eyes"]
    assert RemoveLabels(labels=("bug",)) in (await lab.plan("undo")).actions
    lab.world.comment(REPO, issue.number, "tom", "/bot undo")
    assert [action.content for action in (await lab.plan("undo")).actions] == ["confused"]


@pytest.mark.parametrize(
    ("who", "config", "allowed"),
    [
        ("mona", "", True),
        ("tom", "", True),
        ("hubot", "", False),
        ("tom", "commands: {triage: write}\n", False),
        ("hubot", "commands: {triage: read}\n", True),
    ],
    ids=["writer", "triager", "stranger", "raised to write", "lowered to read"],
)
async def test_a_command_needs_its_permission_at_the_time_it_is_carried_out(lab: Lab, who, config, allowed):
    lab.world.write_files(REPO, {CONFIG: config})
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    lab.world.comment(REPO, issue.number, who, "/bot triage")
    plan = await lab.plan()
    assert isinstance(plan.actions[-1], React)
    assert plan.actions[-1].content == ("rocket" if allowed else "confused")
    assert any(isinstance(action, AddLabels) for action in plan.actions) == allowed


async def test_a_permission_taken_since_counts(lab: Lab):
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    lab.world.comment(REPO, issue.number, "mona", "/bot triage")
    lab.world.set_permission(REPO, "mona", "read")
    plan = await lab.plan()
    assert [action.content for action in plan.actions] == ["confused"]


async def test_help_lists_only_what_the_asker_may_use(lab: Lab):
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    tables = {}
    for who in ("hubot", "mona"):
        lab.world.comment(REPO, issue.number, who, "@triagebot help")
        [table] = [action for action in (await lab.plan("help")).actions if isinstance(action, UpsertComment)]
        tables[who] = table.body
    assert "/bot triage" not in tables["hubot"]
    assert "/bot triage" in tables["mona"]


async def test_a_bots_comment_calls_nobody(lab: Lab):
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    lab.world.comment(REPO, issue.number, lab.world.app.bot, "/bot help")
    assert await lab.plan(None) == ()


async def test_what_was_learned_stands_when_the_model_is_away(lab: Lab):
    lab.world.open_issue(REPO, "hubot", TITLE, "It would be nice to read TOML files here. " * 20)
    plan = await lab.with_model(SaidModel()).plan()
    assert AddLabels(labels=("enhancement",)) in plan.actions


async def test_a_deleted_issue_is_forgotten_at_once(lab: Lab):
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    lab.world.delete_issue(REPO, issue.number, by="mona")
    assert (await lab.plan("remember")).lessons == (Forget(),)


async def test_of_several_commands_only_those_permitted_are_carried_out(lab: Lab):
    lab.world.open_issue(REPO, "mona", "An older one")
    issue = lab.world.open_issue(REPO, "hubot", TITLE)
    lab.world.comment(REPO, issue.number, "hubot", "/bot duplicate #1\n/bot triage")
    plan = await lab.plan()
    assert lab.lessons(plan)["paired"].of == 1
    assert not [action for action in plan.actions if isinstance(action, UpsertComment) and action.create]
    assert plan.actions[-1].content == "confused"


async def test_a_secret_in_the_report_is_not_repeated(lab: Lab):
    token = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hJ3kL6"
    lab.world.open_issue(
        REPO, "hubot", "Crash", f"Traceback (most recent call last)\nValueError: bad token {token}"
    )
    lab.memory.believed = None  # the rules quote the report
    plan = await lab.plan()
    assert "ValueError" in plan.model_dump_json()
    assert token not in plan.model_dump_json()


@pytest.mark.parametrize(
    ("login", "precision", "speaks"), [("bot[bot]", 0.8, False), ("bot[bot]", 0.95, True), ("ann", 0.8, True)]
)
async def test_suggestions_are_not_made_to_bots(lab: Lab, login: str, precision: float, speaks: bool) -> None:
    lab.memory.believed = [LabelOpinion("enhancement", precision, precision, 57, 60)]
    lab.world.user(login).type = "Bot" if login.endswith("[bot]") else "User"
    lab.world.open_issue(REPO, login, "Bump vite from 7.1.3 to 7.1.5", "Please add this version.")
    plan = await lab.plan("triage")
    (comment,) = [action for action in plan.actions if isinstance(action, UpsertComment)]
    assert comment.create == speaks
