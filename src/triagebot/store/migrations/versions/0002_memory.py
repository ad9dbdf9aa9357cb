"""The memory: what is kept of repositories' pasts, and what was learned from them."""

import sqlalchemy as sa
from alembic import op

from triagebot.store import find

revision = "0002"
down_revision = "0001"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables; nothing of before changes."""
    _past()
    _learned()
    find.create(op.get_bind())


def _past() -> None:
    """What was read."""
    op.create_table(
        "learning",
        sa.Column("repo_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("repo", sa.Text(), nullable=False),
        sa.Column("issues_since", sa.Text(), nullable=False),
        sa.Column("events_page", sa.Text(), nullable=False),
        sa.Column("complete_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("repo_id"),
    )
    op.create_table(
        "past_issues",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="of the title and the body"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("is_pull_request", sa.Boolean(), nullable=False),
        sa.Column("author_association", sa.Text(), nullable=False),
        sa.Column("author_is_bot", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of", sa.Integer(), nullable=True),
        sa.Column("labels", sa.Text(), nullable=False, comment="a JSON list"),
        sa.Column("changes_read", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="last: what comes before is read without it"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("past_issues_number", "past_issues", ["repo_id", "number"], unique=True)
    op.create_index("past_issues_text", "past_issues", ["repo_id", "number", "digest"], unique=False)
    op.create_table(
        "label_changes",
        sa.Column("repo_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="orders what happened in one second"),
        sa.Column("by_bot", sa.Boolean(), nullable=False),
        sa.Column("app_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("repo_id", "number", "at", "label", "action"),
        sqlite_with_rowid=False,
    )


def _learned() -> None:
    """What was made of it, and what people said."""
    op.create_table(
        "past_vectors",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("embedder", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="of the text that they were made from"),
        sa.Column("title", sa.LargeBinary(), nullable=False, comment="float32, little-endian"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("past_vectors_number", "past_vectors", ["repo_id", "embedder", "number"], unique=True)
    op.create_index(
        "past_vectors_text", "past_vectors", ["repo_id", "embedder", "number", "digest"], unique=False
    )
    op.create_table(
        "models",
        sa.Column("repo_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("learned_from", sa.Integer(), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("fitted_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "kind"),
    )
    op.create_table(
        "lessons",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="the lesson as JSON"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("lessons_of_repo", "lessons", ["repo_id", "kind", "number"], unique=False)
