"""The migrations create the schema that the code defines."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from aggregator.store import Store
from aggregator.store.partition_plan import ITEM_TABLES
from aggregator.store.schema import migrate
from aggregator.store.schema.columns import create_indexes
from aggregator.store.schema.tables import metadata
from aggregator.store.sql import dialect
from aggregator.store.sql.partitions import have_partitions

create_indexes()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name in metadata.tables


def test_migrations_create_the_tables_of_the_schema(database_url: str) -> None:
    engine = dialect.open_engine(database_url)
    with engine.connect() as connection:
        options = {"include_name": _is_ours, "compare_type": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    # On PostgreSQL rows of texts and sketches may outlive their items until their partition is dropped.
    different = [(name, key.parent.name) for name, key in found] if have_partitions(engine) else found
    assert sorted(different) == [("add_fk", name) for name in ITEM_TABLES[::-1] if have_partitions(engine)]


def test_migrations_create_every_index_with_its_condition(database_url: str) -> None:
    """Alembic compares the names and columns of indexes, but not the condition of partial ones."""
    engine = dialect.open_engine(database_url)
    with engine.connect() as connection:
        inspector = inspect(connection)
        for table in metadata.tables.values():
            found = {index["name"]: index for index in inspector.get_indexes(table.name)}
            for index in table.indexes:
                wanted = index.dialect_options[connection.dialect.name]["where"]
                made = found[index.name]["dialect_options"].get(f"{connection.dialect.name}_where")
                assert (wanted is None) == (made is None), index.name
                if connection.dialect.name == "sqlite" and wanted is not None:
                    assert str(made) == str(wanted)
    engine.dispose()


def test_a_newer_schema_is_rejected_unchanged(new_sqlite: str) -> None:
    engine = dialect.open_engine(new_sqlite)
    with dialect.write_transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    with pytest.raises(migrate.NewerDatabaseError, match="newer version"):
        Store.open(new_sqlite)
    engine.dispose()


def test_opening_twice_changes_nothing(database_url: str) -> None:
    shapes = []
    for _ in range(2):
        store = Store.open(database_url)
        store.ping()
        store.close()
        shapes.append(_shape(database_url))
    assert shapes[0] == shapes[1]
    assert "items" in shapes[0]


def _shape(database_url: str) -> dict[str, list[str]]:
    """Return the columns and indexes of each table."""
    engine = dialect.open_engine(database_url)
    with engine.connect() as connection:
        inspector = inspect(connection)
        found = {
            name: [
                *(f"{column['name']} {column['type']}" for column in inspector.get_columns(name)),
                *sorted(str(index["name"]) for index in inspector.get_indexes(name)),
            ]
            for name in inspector.get_table_names()
        }
    engine.dispose()
    return found
