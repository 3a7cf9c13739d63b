"""Partitions on PostgreSQL: texts, sketches, search entries, polls and hours of sources.

What is stored becomes the first partition of each table, so nothing is copied. Rows of texts and sketches no longer
depend on those of their items by a foreign key: they are dropped later than these.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.database_clock import database_time
from aggregator.store.sql.partitions import LOWEST, PARTITIONED, Partitioned, attach_range, last_item_id

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_FEWEST_IDS = 50_000  # of the first range of ids
_FORMER_KEYS = {"texts": "item_id", "sketches": "item_id", "source_hours": "source_id, hour"}
_FORMER_KEYS |= {"search": "second, item_id", "polls": "id"}
# A key has the column of the partitions. In that of search entries it is the second one, so that no plan can prefer the
# key to the index of words for the entries of a time.
_KEYS = _FORMER_KEYS | {"search": "item_id, second", "polls": "id, at"}
_INDEXES = {
    "search": {"search_words": "USING gin (words)"},
    "polls": {"polls_at": "(at)", "polls_source": "(source_id, at)"},
    "source_hours": {"source_hours_hour": "(hour)"},
}
_OF_ITEMS = ("texts", "sketches")


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        return
    now = database_time(connection)
    last = last_item_id(connection)
    for table in PARTITIONED:
        _divide(table)
        first = max(last + 1, _FEWEST_IDS) if table.name in _OF_ITEMS else table.periods(now, 2)[-1]
        attach_range(connection, table, f"{table.name}_first", LOWEST, first)
        op.execute(f"CREATE TABLE {table.default} PARTITION OF {table.name} DEFAULT")


def _divide(table: Partitioned) -> None:
    """Give the table another name, and its own one to a table with partitions that has the same columns."""
    name, first = table.name, f"{table.name}_first"
    if name in _OF_ITEMS:
        for constraint in _foreign_keys(name):
            op.execute(f'ALTER TABLE {name} DROP CONSTRAINT "{constraint}"')
    op.execute(f"ALTER TABLE {name} RENAME TO {first}")
    op.execute(
        f"CREATE TABLE {name} (LIKE {first} INCLUDING DEFAULTS INCLUDING STORAGE) PARTITION BY RANGE ({table.column})"
    )
    primary_key = _primary_key(first)
    if _KEYS[name] == _FORMER_KEYS[name]:
        op.execute(f'ALTER INDEX "{primary_key}" RENAME TO {first}_pkey')
    else:
        op.execute(f'ALTER TABLE {first} DROP CONSTRAINT "{primary_key}"')
    if name == "polls":
        op.execute("ALTER SEQUENCE polls_id_seq OWNED BY polls.id")
    op.execute(f"ALTER TABLE {name} ADD CONSTRAINT {name}_pkey PRIMARY KEY ({_KEYS[name]})")
    for index, definition in _INDEXES.get(name, {}).items():
        op.execute(f"ALTER INDEX {index} RENAME TO {index.replace(name, first)}")
        op.execute(f"CREATE INDEX {index} ON {name} {definition}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("DELETE FROM counters WHERE name = 'partitions.left_below'")
    for table in PARTITIONED:
        _join(table)


def _join(table: Partitioned) -> None:
    """Replace the table by one without partitions."""
    name, whole = table.name, f"{table.name}_whole"
    op.execute(f"CREATE TABLE {whole} (LIKE {name} INCLUDING DEFAULTS INCLUDING STORAGE)")
    has_item = f" WHERE EXISTS (SELECT 1 FROM items WHERE id = {name}.item_id)" if name in _OF_ITEMS else ""
    op.execute(f"INSERT INTO {whole} SELECT * FROM {name}{has_item}")
    if name == "polls":
        op.execute("ALTER SEQUENCE polls_id_seq OWNED BY polls_whole.id")
    op.execute(f"DROP TABLE {name}")
    op.execute(f"ALTER TABLE {whole} RENAME TO {name}")
    op.execute(f"ALTER TABLE {name} ADD CONSTRAINT {name}_pkey PRIMARY KEY ({_FORMER_KEYS[name]})")
    for index, definition in _INDEXES.get(name, {}).items():
        op.execute(f"CREATE INDEX {index} ON {name} {definition}")
    if name in _OF_ITEMS:
        op.create_foreign_key(f"{name}_item_id_fkey", name, "items", ["item_id"], ["id"], ondelete="CASCADE")


def _primary_key(name: str) -> str:
    return str(sa.inspect(op.get_bind()).get_pk_constraint(name)["name"])


def _foreign_keys(name: str) -> list[str]:
    return [str(each["name"]) for each in sa.inspect(op.get_bind()).get_foreign_keys(name)]
