"""Alembic's way in: the connection and its transaction come from ``aggregator.store.migrate``."""

from alembic import context

from aggregator.store.schema.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, with the transactions we begin ourselves
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
