"""What every file of the schema begins with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, MetaData, Table, Text, text

from aggregator.store.sql.dialect import UTC_DateTime

metadata = MetaData()


def time_column(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, UTC_DateTime, nullable=nullable)


def text_column(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, Text, nullable=nullable)


def partial_index(name: str, table: Table, columns: str, where: str | None = None, **options: Any) -> None:
    """An index over ``columns`` of the rows for which ``where`` holds; written so that both databases read it."""
    chosen = [table.c[column] for column in columns.split()]
    if where:
        options["sqlite_where"] = text(where.replace("{true}", " = 1"))
        options["postgresql_where"] = text(where.replace("{true}", ""))
    Index(name, *chosen, **options)
