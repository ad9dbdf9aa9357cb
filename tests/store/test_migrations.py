"""Each migration on a database that holds rows, as an operator's does."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import as_file, files

from alembic import command, config
from sqlalchemy import Engine, inspect, text
from tests.support.clock import ManualClock
from tests.support.stored import new

from triagebot.core.actions import Plan, React, Target
from triagebot.core.history import PastIssue
from triagebot.core.lessons import Saw
from triagebot.settings import Settings
from triagebot.store import Database, Store, open_store
from triagebot.store.engine import connect
from triagebot.store.schema import HEAD
from triagebot.store.upgrade import current

AT = datetime(2026, 1, 5, tzinfo=UTC)
OLD_PLAN = (
    '{"key":"d1:triage","delivery_id":"d1","handler":"triage","target":null,"grounds":{"text_digest":null,'
    '"head_sha":null},"actions":[{"kind":"react","content":"eyes","comment_id":null,"review_comment":false}],'
    '"refused":[],"usage":[],"note":"","created_at":"2026-01-05T00:00:00Z"}'
)


def made_by(engine: Engine, revision: str) -> None:
    """Bring an empty database to the tables of an older version."""
    with (
        as_file(files("triagebot.store") / "migrations") as folder,
        engine.execution_options(writes=True).begin() as connection,
    ):
        settings = config.Config()
        settings.set_main_option("script_location", str(folder))
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)


async def test_from_the_first_tables_to_the_memory(settings: Settings, clock: ManualClock) -> None:
    engine = connect(settings)
    made_by(engine, "0001")
    before = Store(Database(engine, now=clock.now))
    await before.inbox.add(new(1))
    await before.database.write(
        lambda connection: connection.execute(
            text("INSERT INTO plans (key, delivery_id, body, created_at) VALUES (:key, 'd1', :body, 1)"),
            {"key": "d1:triage", "body": OLD_PLAN},
        ).close()
    )
    await before.ledger.remember_made("S1", "triage", "77")
    old = await before.claims.take("S1", "d1:triage", "w")
    with engine.connect() as connection:
        assert current(connection) == "0001"
        assert "past_issues" not in inspect(connection).get_table_names()
    before.close()

    after = open_store(settings, now=clock.now)
    try:
        with after.database.engine.connect() as connection:
            assert current(connection) == HEAD
        assert [delivery.id for delivery in await after.deliveries.list()] == ["d1"]
        assert await after.ledger.made("S1", "triage") == "77"
        saved = await after.plans.plan("d1:triage")
        assert saved is not None
        assert (saved.actions, saved.lessons) == ((React(content="eyes"),), ())
        issue = PastIssue(3, "Crash on an empty file", "", AT)
        plan = Plan(
            key="d2:remember",
            delivery_id="d2",
            handler="remember",
            target=Target(
                installation_id=1, repo_id=9, owner="o", name="r", kind="issue", number=3, node_id="n"
            ),
            lessons=(Saw(issue=issue),),
            created_at=AT,
        )
        await after.plans.save_plan(plan, old)
        assert await after.history.issue(9, 3) == issue
        assert [number for number, _ in await after.history.find(9, "empty file", limit=5)] == [3]
    finally:
        after.close()


async def test_the_plans_of_before_are_found_by_their_subject(settings: Settings, clock: ManualClock) -> None:
    target = (
        '{"installation_id":1,"repo_id":9,"owner":"o","name":"r","kind":"issue","number":3,"node_id":"%s"}'
    )
    bodies = {
        "d1:triage": OLD_PLAN.replace('"target":null', f'"target":{target % "I_3"}'),
        "d2:triage": OLD_PLAN.replace('"target":null', f'"target":{target % ""}').replace("d1", "d2"),
        "d3:triage": OLD_PLAN.replace("d1", "d3"),
    }
    nothing = '"actions":[]'
    acted = OLD_PLAN[OLD_PLAN.index('"actions"') : OLD_PLAN.index(',"refused"')]
    bodies["d4:remember"] = bodies["d1:triage"].replace(acted, nothing).replace("d1", "d4")
    engine = connect(settings)
    made_by(engine, "0002")
    with engine.execution_options(writes=True).begin() as connection:
        for key, body in bodies.items():
            connection.execute(
                text("INSERT INTO plans (key, delivery_id, body, created_at) VALUES (:key, :of, :body, 1)"),
                {"key": key, "of": key.split(":")[0], "body": body},
            )
    engine.dispose()
    after = open_store(settings, now=clock.now)
    try:
        found = {key: await after.records.of(key).entries(limit=10) for key in ("I_3", "9#3", "")}
        assert {key: [entry.plan.key for entry in entries] for key, entries in found.items()} == {
            "I_3": ["d1:triage"],
            "9#3": ["d2:triage"],
            "": ["d3:triage"],
        }
        assert await after.records.of("I_3").commands_since(AT) == 0
    finally:
        after.close()


def test_the_steps_end_where_the_program_expects(settings: Settings) -> None:
    engine = connect(settings)
    try:
        made_by(engine, "head")
        with engine.connect() as connection:
            assert current(connection) == HEAD
    finally:
        engine.dispose()
