"""Column types and helpers for table definitions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    Index,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    or_,
    text,
    type_coerce,
)

from aggregator.messages import TEXT, Code, Message
from aggregator.messages.message import packed_start, unpack
from aggregator.steps.text.packing import pack_text, unpack_short_text
from aggregator.store.sql.dialect import UTC_DateTime, storable

metadata = MetaData()
_declared: list[Callable[[], None]] = []  # indexes that are not created yet


class MessageText(TypeDecorator[Message]):
    """A message, stored as compact JSON; any other stored text is read as a message of that text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Message | None, dialect: Dialect) -> str | None:
        """Return the message as JSON."""
        if value is None:
            return None
        return _pack_storable(value) if value.params else _pack_constant(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Message | None]:
        """Return the function that reads a stored message."""
        return lambda packed: None if packed is None else _read(packed)


class ShortText(TypeDecorator[str]):
    """A text that SQLite stores compressed, except in rows of an older schema, and PostgreSQL plain."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], bytes | str | None] | None:
        """Return the function that compresses on SQLite."""
        return (lambda value: pack_text(value) if value else value) if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], str | None] | None:
        """Return the function that reads both forms."""
        if dialect.name != "sqlite":
            return None
        return lambda stored: unpack_short_text(stored) if isinstance(stored, bytes) else stored


def _pack_storable(message: Message) -> str:
    packed = message.pack()
    if "\\" not in packed and storable(packed) == packed:  # nothing in it is escaped or cannot be stored
        return packed
    return message.map_text(storable).pack()


@cache
def _pack_constant(message: Message) -> str:
    return message.pack()


def _read(packed: str) -> Message:
    try:
        return unpack(packed)
    except ValueError:
        return TEXT(text=packed)


def has_code(column: ColumnElement[Any], *codes: str | Code) -> ColumnElement[bool]:
    """Return the condition that a column of messages holds one of these codes."""
    packed = type_coerce(column, Text)
    names = [code if isinstance(code, str) else code.name for code in codes]
    return or_(*(packed.startswith(packed_start(name), autoescape=True) for name in names))


def time_column(name: str, *, nullable: bool = True) -> Column[object]:
    """Return a column of UTC times."""
    return Column(name, UTC_DateTime, nullable=nullable)


def text_column(name: str, *, nullable: bool = True) -> Column[object]:
    """Return a text column."""
    return Column(name, Text, nullable=nullable)


def message_column(name: str, *, nullable: bool = True) -> Column[object]:
    """Return a column of messages."""
    return Column(name, MessageText, nullable=nullable)


def partial_index(name: str, table: Table, columns: str, where: str | None = None, **options: Any) -> None:
    """Declare an index on ``columns`` for the rows where ``where`` holds, on both databases; "{true}" marks a boolean
    column.

    ``create_indexes`` adds it to the table: no query needs its definition, and it loads both dialects.
    """
    _declared.append(partial(_create_index, name, table, columns, where, options))


def create_indexes() -> None:
    """Add the declared indexes to their tables."""
    while _declared:
        _declared.pop()()


def _create_index(name: str, table: Table, columns: str, where: str | None, options: dict[str, Any]) -> None:
    chosen = [table.c[column] for column in columns.split()]
    if where:
        options["sqlite_where"] = text(where.replace("{true}", " = 1"))
        options["postgresql_where"] = text(where.replace("{true}", ""))
    Index(name, *chosen, **options)
