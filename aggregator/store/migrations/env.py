"""Entry point of Alembic; connection and transaction come from ``aggregator.store.schema.migrate``."""

from alembic import context

from aggregator.store.schema.columns import create_indexes
from aggregator.store.schema.tables import metadata

create_indexes()

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite supports it with transactions that we begin ourselves
    render_as_batch=True,
    on_version_apply=context.config.attributes.get("on_version_apply"),
)
with context.begin_transaction():
    context.run_migrations()
