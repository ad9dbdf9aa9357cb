"""Alembic's entry: runs the steps on the connection that `upgrade` holds the lock with."""

from alembic import context

from triagebot.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
