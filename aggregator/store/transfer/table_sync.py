"""Make a table of the copy equal to that of the original, in batches by key, for copying, catching up and verifying.

A batch of the original is compared with the rows of the copy in the same range of keys; what differs is deleted,
replaced or inserted, in one transaction of the copy. So a pass that was interrupted only has to be repeated.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Connection, select

from aggregator.store import search_index
from aggregator.store.schema.tables import items
from aggregator.store.sql.statements import in_batches
from aggregator.store.transfer.table_rows import Key, Row, TableRows

Opener = Callable[[], AbstractContextManager[Connection]]

_REFERRED_TO = {"sources", "items", "pictures"}  # rows of these are replaced in their place
_INDEXED = {"items": "id", "texts": "item_id"}  # tables that the search index is made of -> column of the item


@dataclass(slots=True)
class TableResult:
    """What a pass over a table found. Digests are of all rows, in order, in the form of ``TableRows``."""

    name: str
    rows: int = 0  # of the original
    copied_rows: int = 0  # of the copy, afterwards
    changed: int = 0  # rows that were written or deleted
    digests: tuple[Any, Any] = field(default_factory=lambda: (sha256(), sha256()))  # of original and copy

    @property
    def is_equal(self) -> bool:
        original, copy = self.digests
        return self.rows == self.copied_rows and original.digest() == copy.digest()

    @property
    def digest(self) -> str:
        return str(self.digests[0].hexdigest())


def append_rows(table: TableRows, original: Opener, copy: Opener) -> Iterator[int]:
    """Copy the rows after the last one of the copy; yields the number of rows of each batch.

    Rows that change meanwhile, or come with a lower key, are for ``synchronize``.
    """
    with copy() as connection:
        key = table.last_key(connection)
    while True:
        with original() as connection:
            rows = table.after(connection, key)
        if not rows:
            return
        with copy() as connection:
            _write(table, connection, (), (), rows)
        key = table.key_of(rows[-1])
        yield len(rows)


def synchronize(table: TableRows, original: Opener, copy: Opener, result: TableResult) -> Iterator[int]:
    """Make the copy equal to the original and add to ``result``; yields the number of rows of each batch."""
    key: Key | None = None
    while True:
        with original() as connection:
            rows = table.after(connection, key)
        last = table.key_of(rows[-1]) if len(rows) == table.batch else None
        with copy() as connection:
            present = table.between(connection, key, last)
            if rows != present:
                result.changed += _adjust(table, connection, rows, present)
                present = table.between(connection, key, last)
        result.rows += len(rows)
        result.copied_rows += len(present)
        for digest, found in zip(result.digests, (rows, present), strict=True):
            digest.update(b"".join(marshal.dumps(row, 0) for row in found))  # version 0: equal rows give equal bytes
        yield len(rows)
        if last is None:
            return
        key = last


def _adjust(table: TableRows, connection: Connection, rows: Sequence[Row], present: Sequence[Row]) -> int:
    wanted = {table.key_of(row): row for row in rows}
    there = {table.key_of(row): row for row in present}
    surplus = [key for key in there if key not in wanted]
    changed = [row for key, row in wanted.items() if key in there and there[key] != row]
    new = [row for key, row in wanted.items() if key not in there]
    _write(table, connection, surplus, changed, new)
    return len(surplus) + len(changed) + len(new)


def _write(
    table: TableRows, connection: Connection, surplus: Sequence[Key], changed: Sequence[Row], new: Sequence[Row]
) -> None:
    changed, new = _with_parents(table, connection, changed), _with_parents(table, connection, new)
    if table.name in _INDEXED:
        place = [column.name for column in table.columns].index(_INDEXED[table.name])
        leaving = [*(key[0] for key in surplus), *(row[place] for row in changed)]
        search_index.remove_from_index(connection, _shown(connection, leaving))
    table.delete(connection, surplus)
    if table.name in _REFERRED_TO:
        table.update(connection, changed)
        table.insert(connection, new)
    else:
        table.delete(connection, [table.key_of(row) for row in changed])
        table.insert(connection, [*changed, *new])
    if table.name in _INDEXED:
        search_index.add_to_index(connection, _shown(connection, [row[place] for row in (*changed, *new)]))


def _with_parents(table: TableRows, connection: Connection, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows whose references are there already: others came after the rows that they refer to were copied."""
    for place, parent in table.parents:
        known = _known_keys(connection, parent, {row[place] for row in rows})
        rows = [row for row in rows if row[place] in known]
    return rows


def _known_keys(connection: Connection, parent: Column[Any], keys: Iterable[Any]) -> set[Any]:
    found: set[Any] = set()
    for batch in in_batches(set(keys)):
        found |= set(connection.execute(select(parent).where(parent.in_(batch))).scalars())
    return found


def _shown(connection: Connection, item_ids: Sequence[int]) -> list[int]:
    """Return those of the items that are not withdrawn: others are not in the search index."""
    found: list[int] = []
    for batch in in_batches(set(item_ids)):
        query = select(items.c.id).where(items.c.id.in_(batch), items.c.removed.is_(None))
        found += connection.execute(query).scalars()
    return found
