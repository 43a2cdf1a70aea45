"""Runs the migrations on the connection, and inside the transaction, that `migrate.py` holds the lock with."""

from alembic import context

from connectors.journal.models import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
