"""Bring a database to the tables that this program knows, once, whoever starts first."""

from __future__ import annotations

from importlib.resources import as_file, files

from sqlalchemy import Connection, Engine, inspect, text

from triagebot.core.errors import SettingsError
from triagebot.store.engine import naming_failures
from triagebot.store.schema import HEAD

_LOCK = 0x747269616765  # "triage"; every program takes it before it looks


def upgrade(engine: Engine) -> None:
    """Run the missing migrations in one transaction, under a lock; nothing on an up-to-date database.

    Raises `SettingsError` on a database that a newer version has already migrated.
    """
    with naming_failures():
        with engine.connect() as connection:
            if current(connection) == HEAD:
                return
        with engine.execution_options(writes=True).begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            found = current(connection)
            if found != HEAD:
                _migrate(connection, found)


def current(connection: Connection) -> str | None:
    """Return the migration that the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection, found: str | None) -> None:
    from alembic import command, config, script  # noqa: PLC0415 - 0.2 s that a normal start does without

    with as_file(files("triagebot.store") / "migrations") as folder:
        settings = config.Config()
        settings.set_main_option("script_location", str(folder))
        known = {step.revision for step in script.ScriptDirectory.from_config(settings).walk_revisions()}
        if found is not None and found not in known:
            raise SettingsError(
                f"This database was made by a newer triagebot (schema {found}, this program knows {HEAD}). "
                "Nothing was changed. Start the newer version, or restore a backup from before the upgrade."
            )
        settings.attributes["connection"] = connection
        command.upgrade(settings, HEAD)
