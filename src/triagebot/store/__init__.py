"""Everything that must survive: deliveries, plans, receipts, claims, turns, usage and the memory, in one database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from triagebot.settings import Settings
from triagebot.store.agenda import SqlAgenda
from triagebot.store.claims import SqlClaims
from triagebot.store.deliveries import SqlDeliveries
from triagebot.store.engine import Database, connect, utc_now
from triagebot.store.growth import SqlGrowth
from triagebot.store.history import SqlHistory
from triagebot.store.inbox import SqlInbox
from triagebot.store.ledger import SqlLedger
from triagebot.store.plans import SqlPlans
from triagebot.store.records import SqlRecords
from triagebot.store.retention import SqlRetention
from triagebot.store.turns import Pace, SqlTurns
from triagebot.store.upgrade import upgrade
from triagebot.store.usage import SqlUsageRecord
from triagebot.store.workers import SqlMarks, SqlWorkers

__all__ = ["Database", "Pace", "Store", "open_store"]


class Store:
    """The ports that one database stands behind."""

    def __init__(self, database: Database, *, pace: Pace | None = None) -> None:
        self.database = database
        self.inbox = SqlInbox(database)
        self.deliveries = SqlDeliveries(database)
        self.agenda = SqlAgenda(database)
        self.plans = SqlPlans(database)
        self.records = SqlRecords(database)
        self.claims = SqlClaims(database)
        self.ledger = SqlLedger(database)
        self.turns = SqlTurns(database, pace)
        self.usage = SqlUsageRecord(database)
        self.workers = SqlWorkers(database)
        self.marks = SqlMarks(database)
        self.history = SqlHistory(database)
        self.growth = SqlGrowth(database)
        self.retention = SqlRetention(database)

    def close(self) -> None:
        """Finish what was submitted, then close every connection. Blocks for that long."""
        self.database.close()


def open_store(settings: Settings, *, now: Callable[[], datetime] = utc_now, first: bool = False) -> Store:
    """Open the operator's database and bring its tables up to date; blocks while that takes.

    `first` is for the intake, whose writes others then let pass.
    Raises `SettingsError` if the database is not ours to use, `StoreUnavailable` if it does not answer.
    """
    engine = connect(settings)
    try:
        upgrade(engine)
    except BaseException:  # also when interrupted: an open connection would outlive us
        engine.dispose()
        raise
    return Store(Database(engine, now=now, first=first), pace=None if settings.pace else Pace.unlimited())
