"""Sketches and features of items in a table of their own; on SQLite, times as microseconds since 1970."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import is_sqlite

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_SECOND = 1_000_000
_TO_NUMBER = (
    f"CASE typeof({{0}}) WHEN 'text' THEN CAST(strftime('%s', {{0}}) AS INTEGER) * {_SECOND} "
    "+ CAST(substr({0}, 21, 6) AS INTEGER) ELSE {0} END"
)
_TO_TEXT = (
    f"CASE typeof({{0}}) WHEN 'integer' THEN strftime('%Y-%m-%d %H:%M:%S', {{0}} / {_SECOND}, 'unixepoch') "
    f"|| printf('.%06d', {{0}} % {_SECOND}) ELSE {{0}} END"
)
# what other tools read stays text, in whole seconds
_TEXT = ("items", "published")
_WHOLE_SECOND = {_TO_NUMBER: "substr(published, 1, 19)", _TO_TEXT: "published || '.000000'"}


def upgrade() -> None:
    op.create_table(
        "sketches",
        sa.Column(
            "item_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            sa.ForeignKey("items.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("fingerprints", sa.LargeBinary, nullable=False),
        sa.Column("key_terms", sa.LargeBinary, nullable=False),
        sa.Column("features", sa.LargeBinary),
    )
    op.execute(
        "INSERT INTO sketches (item_id, fingerprints, key_terms, features) "
        "SELECT item_id, marks, topics, features FROM texts ORDER BY item_id"
    )
    for name in ("marks", "topics", "features"):
        op.drop_column("texts", name)
    _convert_times(_TO_NUMBER)


def downgrade() -> None:
    _convert_times(_TO_TEXT)
    for name in ("marks", "topics"):
        op.add_column("texts", sa.Column(name, sa.LargeBinary, nullable=False, server_default=sa.text("''")))
    op.add_column("texts", sa.Column("features", sa.LargeBinary))
    op.execute(
        "UPDATE texts SET marks = sketches.fingerprints, topics = sketches.key_terms, features = sketches.features "
        "FROM sketches WHERE sketches.item_id = texts.item_id"
    )
    op.drop_table("sketches")


def _convert_times(form: str) -> None:
    """Write every time of an SQLite database in the other form."""
    if not is_sqlite(op.get_bind()):
        return
    for table, columns in _time_columns():
        changes = ", ".join(
            f'"{name}" = {_WHOLE_SECOND[form] if (table, name) == _TEXT else form.format(_quoted(name))}'
            for name in columns
        )
        op.execute(sa.text(f"UPDATE {table} SET {changes}".replace(":", r"\:")))


def _time_columns() -> Iterator[tuple[str, list[str]]]:
    connection = op.get_bind()
    tables = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
    for table in tables:
        columns = connection.execute(sa.text(f"PRAGMA table_info({table})")).all()
        if names := [column.name for column in columns if column.type == "DATETIME"]:
            yield table, names


def _quoted(name: str) -> str:
    return f'"{name}"'
