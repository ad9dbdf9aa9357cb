"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STORED = sa.text("state = 'stored'")
UNDER_WAY = sa.text("state IN ('queued', 'running')")
BUSY = sa.text("state IN ('queued', 'running') AND subject_key != ''")


def upgrade() -> None:
    """Make everything; there was nothing."""
    _deliveries()
    _work()
    _record()


def _deliveries() -> None:
    """What comes in."""
    op.create_table(
        "deliveries",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("repo", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False, comment="names the jobs of this try; never falls"),
        sa.Column(
            "tries", sa.Integer(), nullable=False, comment="tries since it came in or was retried by hand"
        ),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(
        "deliveries_one_a_subject",
        "deliveries",
        ["subject_key"],
        unique=True,
        sqlite_where=BUSY,
        postgresql_where=BUSY,
    )
    op.create_index(
        "deliveries_under_way",
        "deliveries",
        ["state"],
        unique=False,
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )
    op.create_index(
        "deliveries_waiting",
        "deliveries",
        ["installation_id", "repo_id", "seq", "subject_key", "not_before"],
        unique=False,
        sqlite_where=STORED,
        postgresql_where=STORED,
    )
    op.create_index("ix_deliveries_received_at", "deliveries", ["received_at"], unique=False)
    op.create_table(
        "payloads",
        sa.Column("seq", SERIAL, autoincrement=False, nullable=False),
        sa.Column("packing", sa.Text(), nullable=False, comment="'' or 'zlib'"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )


def _work() -> None:
    """What is done about it."""
    op.create_table(
        "jobs",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="queued | running | done | failed | postponed | limited",
        ),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job"),
    )
    op.create_index("ix_jobs_delivery_id", "jobs", ["delivery_id"], unique=False)
    op.create_table(
        "plans",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_plans_created_at", "plans", ["created_at"], unique=False)
    op.create_index("ix_plans_delivery_id", "plans", ["delivery_id"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("plan_key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_key", "position"),
    )
    op.create_table(
        "intents",
        sa.Column("plan_key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("plan_key", "position"),
    )
    op.create_table(
        "made",
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_key", "slot"),
    )
    op.create_table(
        "claims",
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_key"),
    )


def _record() -> None:
    """Pacing, cost and housekeeping."""
    op.create_table(
        "governors",
        sa.Column("installation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False, comment="'' when nobody writes"),
        sa.Column("held_since", sa.BigInteger(), nullable=True),
        sa.Column("write_id", sa.BigInteger(), nullable=True),
        sa.Column("blocked_until", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id"),
    )
    op.create_table(
        "writes",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.BigInteger(), nullable=False, comment="when it was answered; when it started, until then"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("writes_recent", "writes", ["installation_id", "at"], unique=False)
    op.create_table(
        "usage",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("repo", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("prompt_version", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cached_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("usage_of_repo", "usage", ["repo", "at"], unique=False)
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
