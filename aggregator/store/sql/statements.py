"""Statements made once and run often: with SQLAlchemy, putting one together costs more than running it.

A list of values is one parameter, so that its length makes no other statement: a JSON text that SQLite takes apart, an
array on PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Connection, Dialect, Table, Text, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from aggregator.store.sql.dialect import is_sqlite

Upsert = sqlite.Insert | postgresql.Insert
T = TypeVar("T", int, str)

BATCH_SIZE = 500  # values in one statement


class _ListParameter(TypeDecorator[Collection[Any]]):
    """Numbers or texts as one parameter, in order, so that the same ones always make the same parameter."""

    impl = Text
    cache_ok = True

    def __init__(self, numbers: bool) -> None:
        super().__init__()
        self.numbers = numbers

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return Text()
        return postgresql.ARRAY(BigInteger() if self.numbers else Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        found = sorted(value or ())
        return json.dumps(found) if dialect.name == "sqlite" else found


class _InList(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> _InList:
        """As it is: compared with 1, as SQLite's booleans are, it would be looked up in no index."""
        return self


@compiles(_InList, "sqlite")
def _among_json(element: _InList, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    return (
        f"{compiler.process(column, **options)} IN (SELECT value FROM json_each({compiler.process(values, **options)}))"
    )


@compiles(_InList, "postgresql")
def _among_array(element: _InList, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY({compiler.process(values, **options)})"


def in_list(column: Column[Any], name: str) -> ColumnElement[bool]:
    """Is the column's value one of those in the parameter of this name?"""
    numbers = not isinstance(column.type, Text)
    return _InList(column, bindparam(name, type_=_ListParameter(numbers)))


def upsert(connection: Connection, table: Table, keys: str, *, replace: str = "", increment: str = "") -> Upsert:
    """INSERT a row for each set of parameters; where its ``keys`` are there, the ``fresh`` columns are put into the row
    that is there, the ``more`` columns added to it (each is a text of names), or else nothing is done."""
    return _upsert("sqlite" if is_sqlite(connection) else "postgresql", table, keys, replace, increment)


@cache
def _upsert(dialect: str, table: Table, keys: str, replace: str, increment: str) -> Upsert:
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    changed: dict[str, Any] = {name: statement.excluded[name] for name in replace.split()}
    changed |= {name: table.c[name] + statement.excluded[name] for name in increment.split()}
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=keys.split() or None)
    return statement.on_conflict_do_update(index_elements=keys.split(), set_=changed)


def in_batches(values: Collection[T]) -> Iterator[list[T]]:
    """In order, so that the same set always makes the same statements."""
    ordered = sorted(values)
    for at in range(0, len(ordered), BATCH_SIZE):
        yield ordered[at : at + BATCH_SIZE]
