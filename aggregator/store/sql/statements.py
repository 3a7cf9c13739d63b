"""Statements built once and executed often, because SQLAlchemy needs longer to build a statement than to execute it.

A list of values is one parameter, so that its length does not change the statement: JSON text on SQLite, an array on
PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Table,
    Text,
    bindparam,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from aggregator.store.sql.dialect import insert_in, is_sqlite

if TYPE_CHECKING:  # the dialect of PostgreSQL is loaded when needed, for a fast start
    from sqlalchemy.dialects import postgresql

Upsert: TypeAlias = "sqlite.Insert | postgresql.Insert"
T = TypeVar("T", int, str)

BATCH_SIZE = 500  # values in one statement


class _ListParameter(TypeDecorator[Collection[Any]]):
    """Numbers or texts as one parameter, sorted, so that the same values always give the same parameter."""

    impl = Text
    cache_ok = True

    def __init__(self, numbers: bool) -> None:
        super().__init__()
        self.numbers = numbers

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the parameter on this database."""
        if dialect.name == "sqlite":
            return Text()
        from sqlalchemy.dialects import postgresql

        return postgresql.ARRAY(BigInteger() if self.numbers else Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        """Return the sorted values in the form of this database."""
        values = sorted(value or ())
        return json.dumps(values) if dialect.name == "sqlite" else values


class _InList(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> _InList:
        """Return the element unchanged: compared with 1, as SQLite's booleans are, no index would serve it."""
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


class _InPartitions(_InList):
    inherit_cache = True


@compiles(_InPartitions, "sqlite")
def _anything(element: _InPartitions, compiler: SQLCompiler, **options: Any) -> str:
    return "1"


def in_list(column: Column[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that the column's value is in the list parameter of this name."""
    return _InList(column, _list_parameter(column, name))


def in_partitions(column: Column[Any], name: str) -> ColumnElement[bool]:
    """Return the condition of ``in_list`` for a column that is joined with one that has it already: without it,
    PostgreSQL's planner looks at every partition of the joined table. SQLite has no partitions, and no condition.
    """
    return _InPartitions(column, _list_parameter(column, name))


def _list_parameter(column: Column[Any], name: str) -> BindParameter[Any]:
    return bindparam(name, type_=_ListParameter(not isinstance(column.type, Text)))


def upsert(connection: Connection, table: Table, keys: str, *, replace: str = "", increment: str = "") -> Upsert:
    """Return an INSERT with ON CONFLICT on the ``keys``: columns in ``replace`` are replaced, those in ``increment``
    are added to.

    Each is a string of column names; with neither, a conflicting row is left alone.
    """
    return _upsert("sqlite" if is_sqlite(connection) else "postgresql", table, keys, replace, increment)


@cache
def _upsert(dialect: str, table: Table, keys: str, replace: str, increment: str) -> Upsert:
    statement = insert_in(dialect, table)
    changed: dict[str, Any] = {name: statement.excluded[name] for name in replace.split()}
    changed |= {name: table.c[name] + statement.excluded[name] for name in increment.split()}
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=keys.split() or None)
    return statement.on_conflict_do_update(index_elements=keys.split(), set_=changed)


@dataclass(frozen=True, slots=True)
class _RowStatement:
    """A compiled statement, and what converts the values of a row to parameters of the driver."""

    text: str
    converters: tuple[tuple[str, Callable[[Any], Any] | None], ...]  # name and conversion, in the order of the text
    is_positional: bool


_row_statements: dict[tuple[UpdateBase, str, tuple[str, ...]], _RowStatement] = {}


def execute_rows(connection: Connection, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> None:
    """Execute an INSERT or UPDATE for rows of plain values, which all have the same keys.

    SQLAlchemy builds a dictionary and a tuple for each row and looks up each parameter; here only types convert values.
    ``statement`` is built once, because its compiled form is kept.
    """
    if not rows:
        return
    key = (statement, connection.dialect.name, tuple(rows[0]))
    compiled = _row_statements.get(key)
    if compiled is None:
        compiled = _row_statements[key] = _compile_rows(statement, connection.dialect, list(rows[0]))
    if compiled.is_positional:
        values: list[Any] = [
            tuple([row[name] if convert is None else convert(row[name]) for name, convert in compiled.converters])
            for row in rows
        ]
    else:
        values = [
            {name: row[name] if convert is None else convert(row[name]) for name, convert in compiled.converters}
            for row in rows
        ]
    connection.exec_driver_sql(compiled.text, values)


def _compile_rows(statement: UpdateBase, dialect: Dialect, names: list[str]) -> _RowStatement:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)
    types = {name: parameter.type for parameter, name in compiled.bind_names.items()}
    ordered = compiled.positiontup if compiled.positiontup is not None else list(types)
    converters = tuple((name, types[name].dialect_impl(dialect).bind_processor(dialect)) for name in ordered)
    return _RowStatement(str(compiled), converters, compiled.positiontup is not None)


def in_batches(values: Collection[T], size: int = BATCH_SIZE) -> Iterator[list[T]]:
    """Yield the values in sorted batches, so that the same set gives the same statements and no statement has too many
    parameters."""
    ordered = sorted(values)
    for at in range(0, len(ordered), size):
        yield ordered[at : at + size]
