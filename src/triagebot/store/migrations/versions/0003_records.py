"""Plans by their subject: for `why`, for `undo`, and for how many commands were answered on a thread."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

STEP = 500
LONGEST = 240


def upgrade() -> None:
    """Add the columns and fill them for the plans that are kept; which of those answered commands is not known.

    Of these plans one that only reacted acts, too.
    """
    op.add_column(
        "plans",
        sa.Column(
            "subject_key", sa.Text(), nullable=False, server_default="", comment="'' where it has no target"
        ),
    )
    op.add_column(
        "plans",
        sa.Column(
            "acts",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="whether it answers a command or does more than react",
        ),
    )
    op.add_column(
        "plans",
        sa.Column(
            "answers",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="whether a command called it",
        ),
    )
    _fill(op.get_bind())
    op.create_index("plans_of_subject", "plans", ["subject_key", "created_at"], unique=False)


def _fill(connection: sa.Connection) -> None:
    """Take the subject and whether there are actions from each plan's body, a few at a time."""
    table = sa.table(
        "plans",
        sa.column("key", sa.Text),
        sa.column("body", sa.Text),
        sa.column("subject_key", sa.Text),
        sa.column("acts", sa.Boolean),
    )
    change = (
        sa.update(table)
        .where(table.c.key == sa.bindparam("of"))
        .values(subject_key=sa.bindparam("subject"), acts=sa.bindparam("does"))
    )
    last = ""
    while rows := connection.execute(
        sa.select(table.c.key, table.c.body).where(table.c.key > last).order_by(table.c.key).limit(STEP)
    ).all():
        connection.execute(change, [{"of": row.key, **_of(row.body)} for row in rows])
        last = rows[-1].key


def _of(body: str) -> dict[str, object]:
    """Return what a plan's body says, as the program of today names it (`Target.key`, `schema.indexable`)."""
    plan = json.loads(body)
    target = plan.get("target")
    key = (target["node_id"] or f"{target['repo_id']}#{target['number']}") if target else ""
    # GitHub's node ids have no more than 255 characters, and in practice 32; a longer one is not found again.
    return {"subject": key if len(key) <= LONGEST else "", "does": bool(plan.get("actions"))}
