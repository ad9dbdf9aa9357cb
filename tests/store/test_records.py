"""Claims, plans, receipts, intents and what they promise after a crash; retention; migrations."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from tests.support.clock import ManualClock
from tests.support.stored import new

from triagebot.core.actions import AddLabels, Plan, React, Receipt, Status, Target, Usage
from triagebot.core.errors import Fenced, SettingsError
from triagebot.settings import Settings
from triagebot.store import Store, open_store
from triagebot.store.schema import HEAD, metadata


def _plan(key: str, at: datetime, note: str = "") -> Plan:
    return Plan(
        key=key,
        delivery_id=key.split(":", maxsplit=1)[0],
        handler="one",
        target=None,
        actions=(React(content="eyes"),),
        note=note,
        created_at=at,
    )


def _receipt(key: str, at: datetime, status: Status = Status.APPLIED) -> Receipt:
    return Receipt(plan_key=key, index=0, kind="react", status=status, at=at)


async def test_a_newer_claim_voids_the_older_everywhere(store: Store, clock: ManualClock) -> None:
    old = await store.claims.take("S", "job", "a")
    await store.claims.check(old)
    young = await store.claims.take("S", "job", "b")
    now = clock.now()
    for attempt in (
        store.claims.check(old),
        store.plans.save_plan(_plan("d:one", now), old),
        store.ledger.attempting("d:one", 0, old, now),
        store.ledger.settle(_receipt("d:one", now), old),
    ):
        with pytest.raises(Fenced):
            await attempt
    assert await store.plans.plan("d:one") is None
    assert await store.ledger.receipt("d:one", 0) is None
    assert (await store.ledger.intent("d:one", 0)).attempts == 0
    await store.claims.release(old)  # no longer its to give up
    await store.claims.check(young)
    await store.claims.release(young)
    with pytest.raises(Fenced):
        await store.claims.check(young)
    assert (await store.claims.take("S", "job", "c")).fence > young.fence


async def test_the_first_plan_and_the_first_receipt_win(store: Store, clock: ManualClock) -> None:
    claim = await store.claims.take("S", "job", "a")
    first = _plan("d:one", clock.now(), note="first")
    assert await store.plans.save_plan(first, claim) == first
    assert await store.plans.save_plan(_plan("d:one", clock.now(), note="second"), claim) == first
    assert await store.plans.plan("d:one") == first
    receipt = _receipt("d:one", clock.now())
    assert await store.ledger.settle(receipt, claim) == receipt
    assert await store.ledger.settle(_receipt("d:one", clock.now(), Status.FAILED), claim) == receipt
    assert await store.plans.receipts("d:one") == [receipt]


async def test_an_intent_counts_attempts_and_keeps_its_name(store: Store, clock: ManualClock) -> None:
    claim = await store.claims.take("S", "job", "a")
    before = await store.ledger.intent("d:one", 0)
    assert (before.attempts, before.first_attempt_at) == (0, None)
    first = clock.now()
    await store.ledger.attempting("d:one", 0, claim, first)
    await store.ledger.attempting("d:one", 0, claim, first + timedelta(hours=1))
    assert await store.ledger.intent("d:one", 0) == replace(before, attempts=2, first_attempt_at=first)
    assert (await store.ledger.intent("d:one", 1)).external_id != before.external_id


async def test_what_we_made_is_remembered_as_it_was_first(store: Store) -> None:
    assert await store.ledger.made("S", "triage") is None
    await store.ledger.remember_made("S", "triage", "11")
    await store.ledger.remember_made("S", "triage", "22")
    assert await store.ledger.made("S", "triage") == "11"


async def test_usage_adds_up_by_repository_and_time(store: Store, clock: ManualClock) -> None:
    usage = Usage(
        endpoint="e", model="m", prompt="p", prompt_version="1", input_tokens=30, output_tokens=4, seconds=0.1
    )
    for repo in ("o/a", "o/a", "o/b"):
        await store.usage.record(repo=repo, job="j", usage=usage, at=clock.now())
    assert await store.usage.tokens_since("o/a", clock.now()) == 68
    assert await store.usage.tokens_since("o/a", clock.now() + timedelta(seconds=1)) == 0


async def _ended(store: Store, number: int, error: str = "") -> None:
    await store.inbox.add(replace(new(number), received_at=store.database.now()))
    delivery = await store.deliveries.get(f"d{number}")
    assert delivery is not None
    [job] = await store.agenda.begin(delivery, ["one"]) or ()
    work = await store.agenda.start(job, "w")
    assert work is not None
    await store.plans.save_plan(_plan(job, store.database.now()), work.claim)
    await store.ledger.attempting(job, 0, work.claim, store.database.now())
    status = Status.FAILED if error else Status.APPLIED
    await store.ledger.settle(_receipt(job, store.database.now(), status), work.claim)
    await store.ledger.remember_made(delivery.subject_key, "triage", "1")
    await store.agenda.finish(work.claim, error=error)


async def test_a_retry_by_hand_tries_the_failed_actions_again(store: Store) -> None:
    await _ended(store, 1, error="refused")
    await _ended(store, 2)
    assert await store.deliveries.retry("d1")
    assert not await store.deliveries.retry("d2")
    assert await store.plans.receipts("d1:one") == []
    assert (await store.ledger.intent("d1:one", 0)).attempts == 1  # so it is read back first
    assert await store.plans.plan("d1:one") is not None


async def test_what_is_old_goes_and_what_was_promised_stays(store: Store, clock: ManualClock) -> None:
    await _ended(store, 1)
    await store.inbox.add(replace(new(2), received_at=clock.now()))  # still to be done: kept whatever its age
    clock.advance(timedelta(days=8).total_seconds())
    await _ended(store, 3)
    await store.retention.forget(keep_days=7, now=clock.now())

    assert await store.plans.plan("d1:one") is None
    assert await store.plans.receipts("d1:one") == []
    assert await store.plans.plan("d3:one") is not None
    payloads = {number: (await store.deliveries.get(f"d{number}")).payload for number in (1, 2, 3)}  # type: ignore[union-attr]
    assert payloads == {1: b"", 2: b"{}", 3: b"{}"}
    assert not await store.inbox.add(new(1))

    clock.advance(timedelta(days=60).total_seconds())
    await store.retention.forget(keep_days=7, now=clock.now())
    assert [delivery.id for delivery in await store.deliveries.list()] == ["d2"]
    assert await store.ledger.made("S1", "triage") == "1"


TARGET = Target(installation_id=1, repo_id=9, owner="o", name="r", kind="issue", number=3, node_id="I_3")


async def _planned(store: Store, number: int, handler: str, *commands: str, acts: bool = True) -> None:
    """Save a plan for the issue, as its handler made it from delivery `number`."""
    await store.inbox.add(
        replace(new(number, event="issue_comment.created"), received_at=store.database.now())
    )
    claim = await store.claims.take("I_3", "job", "w")
    plan = _plan(f"d{number}:{handler}", store.database.now())
    plan = plan.model_copy(update={"handler": handler, "target": TARGET, "commands": commands})
    label = AddLabels(labels=("bug",))
    await store.plans.save_plan(plan.model_copy(update={"actions": (label,)}) if acts else plan, claim)
    await store.ledger.settle(_receipt(plan.key, store.database.now()), claim)


async def test_the_record_of_a_subject_is_newest_first_and_holds_what_acted(
    store: Store, clock: ManualClock
) -> None:
    await _planned(store, 1, "triage")
    clock.advance(60)
    await _planned(store, 2, "acknowledge", acts=False)
    await _planned(store, 3, "label", "label")
    clock.advance(60)
    await _planned(store, 4, "pause", "pause", acts=False)
    record = store.records.of("I_3")
    entries = await record.entries(limit=10)
    assert [entry.plan.handler for entry in entries] == ["pause", "label", "triage"]
    assert entries[2].receipts == (_receipt("d1:triage", entries[2].plan.created_at),)
    assert (entries[2].event, entries[2].received_at) == (
        "issue_comment.created",
        entries[2].plan.created_at,
    )
    assert [entry.plan.handler for entry in await record.entries(limit=1)] == ["pause"]
    assert await store.records.of("I_4").entries(limit=10) == []

    since = clock.now() - timedelta(seconds=90)
    assert await record.commands_since(since) == 2
    assert await record.commands_since(since, but="d4") == 1
    assert await record.commands_since(clock.now()) == 1

    await store.ledger.remember_made("I_3", "triage", "11")
    assert await record.made("triage")
    assert not await record.made("review")


async def test_the_record_goes_on_where_retention_dropped_payloads_and_deliveries(
    store: Store, clock: ManualClock
) -> None:
    await _planned(store, 1, "triage")
    made_at = clock.now()
    await store.database.write(lambda connection: connection.execute(text("DELETE FROM payloads")).close())
    [entry] = await store.records.of("I_3").entries(limit=10)
    assert entry.event == "issue_comment.created"
    await store.database.write(lambda connection: connection.execute(text("DELETE FROM deliveries")).close())
    [entry] = await store.records.of("I_3").entries(limit=10)
    assert (entry.event, entry.received_at) == ("", made_at)


async def test_a_migration_keeps_the_rows_and_runs_once(store: Store, settings: Settings) -> None:
    await _ended(store, 1)
    again = open_store(settings)
    try:
        assert await again.deliveries.counts() == {"done": 1}
        assert await again.plans.plan("d1:one") is not None
    finally:
        again.close()


async def test_a_database_of_a_newer_version_is_refused_and_keeps_its_rows(
    store: Store, settings: Settings
) -> None:
    await _ended(store, 1)
    await store.database.write(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")).close()
    )
    with pytest.raises(SettingsError, match="newer triagebot"):
        open_store(settings)
    await store.database.write(
        lambda connection: connection.execute(
            text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD}
        ).close()
    )
    assert await store.deliveries.counts() == {"done": 1}


async def test_the_migrations_make_the_tables_that_the_program_uses(store: Store) -> None:
    def found(connection):
        inspector = inspect(connection)
        return {
            table: (
                {c["name"] for c in inspector.get_columns(table)},
                {i["name"] for i in inspector.get_indexes(table)},
            )
            for table in inspector.get_table_names()
        }

    tables = await store.database.read(found)
    for table in metadata.sorted_tables:
        columns, indexes = tables[table.name]
        assert columns == {column.name for column in table.columns}
        assert {index.name for index in table.indexes} <= indexes
    words = {table for table in tables if table.startswith(("issue_words", "word_counts"))}  # store/find.py
    assert set(tables) - words == set(metadata.tables) | {"alembic_version"}


def test_a_database_in_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    missing = tmp_path / "nodir"
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{missing}/a.db")
    with pytest.raises(SettingsError, match=re.escape(str(missing))):
        open_store(settings)


async def test_a_worker_that_ended_in_order_is_silent_and_no_sign_of_life(
    store: Store, clock: ManualClock
) -> None:
    await store.workers.beat("a", host="h", pid=1)
    await store.workers.beat("b", host="h", pid=2)
    await store.workers.retire("a")
    since = clock.now() - timedelta(days=1)
    assert await store.workers.silent(since=since) == ["a"]
    assert await store.workers.count(since=since) == 1
    assert await store.workers.last_beat() == clock.now()
    await store.workers.retire("b")
    assert await store.workers.last_beat() is None
    assert await store.workers.bury("a", since=since)
