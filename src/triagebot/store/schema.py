"""The tables; those of the memory are in `memory_tables.py`. Changing them takes a new file in `migrations/versions` and a new `HEAD`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    literal_column,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

HEAD = "0003"
"""The newest migration; a database that names another one is brought here or refused."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 240


class Instant(TypeDecorator[datetime]):
    """A moment, kept as whole microseconds since 1970 in UTC: the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Return the microseconds."""
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment, aware, in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData()
serial = BigInteger().with_variant(Integer(), "sqlite")

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", serial, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("event", Text, nullable=False),
    Column("installation_id", BigInteger, nullable=False),
    Column("repo_id", BigInteger, nullable=False),
    Column("repo", Text, nullable=False),
    Column("subject_key", Text, nullable=False),
    Column("received_at", Instant, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("attempt", Integer, nullable=False, comment="names the jobs of this try; never falls"),
    Column("tries", Integer, nullable=False, comment="tries since it came in or was retried by hand"),
    Column("not_before", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
STORED = deliveries.c.state == literal_column("'stored'")
UNDER_WAY = deliveries.c.state.in_([literal_column("'queued'"), literal_column("'running'")])
Index(
    "deliveries_waiting",
    deliveries.c.installation_id,
    deliveries.c.repo_id,
    deliveries.c.seq,
    deliveries.c.subject_key,
    deliveries.c.not_before,
    sqlite_where=STORED,
    postgresql_where=STORED,
)
Index(
    "deliveries_one_a_subject",
    deliveries.c.subject_key,
    unique=True,
    sqlite_where=UNDER_WAY & (deliveries.c.subject_key != literal_column("''")),
    postgresql_where=UNDER_WAY & (deliveries.c.subject_key != literal_column("''")),
)
Index(
    "deliveries_under_way",
    deliveries.c.state,
    sqlite_where=UNDER_WAY,
    postgresql_where=UNDER_WAY,
)

payloads = Table(
    "payloads",
    metadata,
    Column("seq", serial, primary_key=True, autoincrement=False),
    Column("packing", Text, nullable=False, comment="'' or 'zlib'"),
    Column("body", LargeBinary, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job", Text, primary_key=True),
    Column("delivery_id", Text, nullable=False, index=True),
    Column("handler", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", Text, nullable=False, comment="queued | running | done | failed | postponed | limited"),
    Column("error", Text, nullable=False),
    Column("retry_at", Instant),
    Column("changed_at", Instant, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("key", Text, primary_key=True),
    Column("delivery_id", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    Column("subject_key", Text, nullable=False, server_default="", comment="'' where it has no target"),
    Column(
        "acts",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="whether it answers a command or does more than react",
    ),
    Column("answers", Boolean, nullable=False, server_default=false(), comment="whether a command called it"),
    Index("plans_of_subject", "subject_key", "created_at"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("plan_key", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    Column("body", Text, nullable=False),
)

intents = Table(
    "intents",
    metadata,
    Column("plan_key", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("first_attempt_at", Instant),
)

made = Table(
    "made",
    metadata,
    Column("subject_key", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("external_id", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("subject_key", Text, primary_key=True),
    Column("fence", BigInteger, nullable=False),
    Column("job", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("taken_at", Instant, nullable=False),
)

governors = Table(
    "governors",
    metadata,
    Column("installation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", Text, nullable=False, comment="'' when nobody writes"),
    Column("held_since", Instant),
    Column("write_id", BigInteger),
    Column("blocked_until", Instant),
    Column("reason", Text, nullable=False),
)

writes = Table(
    "writes",
    metadata,
    Column("id", serial, primary_key=True),
    Column("installation_id", BigInteger, nullable=False),
    Column("at", Instant, nullable=False, comment="when it was answered; when it started, until then"),
    Index("writes_recent", "installation_id", "at"),
)

usage = Table(
    "usage",
    metadata,
    Column("id", serial, primary_key=True),
    Column("repo", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("prompt_version", Text, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("repaired", Boolean, nullable=False),
    Column("cost", Float),
    Index("usage_of_repo", "repo", "at"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)


def insert(connection: Connection, table: Table) -> Any:
    """Return the dialect's own INSERT, the one with `ON CONFLICT`."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def clean(text: str) -> str:
    """Return text that every database takes: no NUL, no lone surrogate."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def indexable(text: str) -> str:
    """Return `clean(text)`, its end replaced by a digest if it is too long for an index."""
    text = clean(text)
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 65]}~{hashlib.sha256(text.encode()).hexdigest()}"
