"""The tables of the memory: what is kept of repositories' pasts, and what was learned from them.

Everything goes by the repository's id and the issue's number. The index of words is in `find.py`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from triagebot.store.schema import Instant, metadata, serial

learning = Table(
    "learning",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("repo", Text, nullable=False),
    Column("issues_since", Text, nullable=False),
    Column("events_page", Text, nullable=False),
    Column("complete_at", Instant),
)

past_issues = Table(
    "past_issues",
    metadata,
    Column("id", serial, primary_key=True),
    Column("repo_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", Text, nullable=False, comment="of the title and the body"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant),
    Column("closed_at", Instant),
    Column("state", Text, nullable=False),
    Column("state_reason", Text),
    Column("is_pull_request", Boolean, nullable=False),
    Column("author_association", Text, nullable=False),
    Column("author_is_bot", Boolean, nullable=False),
    Column("duplicate_of", Integer),
    Column("labels", Text, nullable=False, comment="a JSON list"),
    Column("changes_read", Boolean, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, comment="last: what comes before is read without it"),
    Index("past_issues_number", "repo_id", "number", unique=True),
    Index("past_issues_text", "repo_id", "number", "digest"),
)

label_changes = Table(
    "label_changes",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("action", Text, primary_key=True),
    Column("place", Integer, nullable=False, comment="orders what happened in one second"),
    Column("by_bot", Boolean, nullable=False),
    Column("app_id", BigInteger),
    sqlite_with_rowid=False,
)

past_vectors = Table(
    "past_vectors",
    metadata,
    Column("id", serial, primary_key=True),
    Column("repo_id", BigInteger, nullable=False),
    Column("embedder", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", Text, nullable=False, comment="of the text that they were made from"),
    Column("title", LargeBinary, nullable=False, comment="float32, little-endian"),
    Column("body", LargeBinary, nullable=False),
    Index("past_vectors_number", "repo_id", "embedder", "number", unique=True),
    Index("past_vectors_text", "repo_id", "embedder", "number", "digest"),
)

models = Table(
    "models",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("learned_from", Integer, nullable=False),
    Column("newest", Integer, nullable=False),
    Column("fitted_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

lessons = Table(
    "lessons",
    metadata,
    Column("id", serial, primary_key=True),
    Column("repo_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", Text, nullable=False, comment="the lesson as JSON"),
    Index("lessons_of_repo", "repo_id", "kind", "number"),
)
