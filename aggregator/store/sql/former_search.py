"""The search index of schema 0013 and older on SQLite, which had positions, columns and long keys.

After an upgrade it remains readable until each entry has moved to the present one (``fts_search``). Moved and outdated
entries are only taken off its list, ``search_docsize``: deleting them from the index would cost as much as writing.
"""

from __future__ import annotations

from collections.abc import Collection
from weakref import WeakSet

from sqlalchemy import BindParameter, Connection, Engine, bindparam, text

from aggregator.store.sql.search_entry import (
    SEARCH_ITEM_BITS,
    Phrase,
    SearchMatch,
    item_of_search_key,
    second_of_search_key,
)

_ITEM_BITS = 28  # of its keys, which are row ids

_without = WeakSet[Engine]()  # databases known not to have it: once dropped, it does not come back
_KEYS: BindParameter[list[int]] = bindparam("keys", expanding=True)
_LISTED = text("SELECT id FROM search_docsize WHERE id IN :keys").bindparams(_KEYS)
_UNLIST = text("DELETE FROM search_docsize WHERE id IN :keys").bindparams(_KEYS)
_FIND = text("""
    SELECT rowid FROM search WHERE search MATCH :words AND rowid < :before AND rowid >= :after
    AND rowid IN (SELECT id FROM search_docsize) ORDER BY rowid DESC LIMIT :limit""")
_AMONG_KEYS = text("SELECT rowid FROM search WHERE search MATCH :words AND rowid IN :keys").bindparams(_KEYS)
_ANY_LISTED = text("SELECT 1 FROM search_docsize LIMIT 1")
# Blocks up to 10 describe the index: without them FTS5 cannot even open it to drop it.
_DELETE_BLOCKS = text("DELETE FROM search_data WHERE id IN (SELECT id FROM search_data WHERE id > 10 LIMIT :limit)")


def create_table(connection: Connection) -> None:
    """Create it, as the first migration does."""
    connection.execute(text("CREATE VIRTUAL TABLE search USING fts5(title, body, tags, content='', tokenize='ascii')"))


def exists(connection: Connection) -> bool:
    """Return whether the database still has it."""
    if connection.engine in _without:
        return False
    found = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'search_docsize'")).scalar() is not None
    if not found:
        _without.add(connection.engine)
    return found


def listed_keys(connection: Connection, keys: Collection[int]) -> set[int]:
    """Return those of the keys that have an entry."""
    if not keys or not exists(connection):
        return set()
    rows = connection.execute(_LISTED, {"keys": _former_keys(keys)})
    return {_present_key(row_id) for row_id in rows.scalars()}


def unlist(connection: Connection, keys: Collection[int]) -> None:
    """Make entries unfindable."""
    if keys:
        connection.execute(_UNLIST, {"keys": _former_keys(keys)})


def find_entries(connection: Connection, match: SearchMatch, before: int, after: int, limit: int) -> list[int]:
    """Return the keys of matching entries, newest first, with after <= key < before."""
    if not exists(connection) or connection.execute(_ANY_LISTED).first() is None:
        return []  # without entries it may be dropped in part
    bounds = {"before": _former_key(before), "after": _former_key(after)}
    rows = connection.execute(_FIND, {"words": _query(match), "limit": limit} | bounds)
    return [_present_key(row_id) for row_id in rows.scalars()]


def match_keys(connection: Connection, match: SearchMatch, keys: Collection[int]) -> list[int]:
    """Return those of the keys whose entries match."""
    listed = listed_keys(connection, keys)
    if not listed:
        return []
    rows = connection.execute(_AMONG_KEYS, {"words": _query(match), "keys": _former_keys(listed)})
    return [_present_key(row_id) for row_id in rows.scalars()]


def drop_part(connection: Connection, blocks: int) -> bool:
    """Delete at most that many blocks of an index without entries, then the table; returns whether it is gone.

    Dropping a large table at once would keep writers waiting.
    """
    if not exists(connection):
        return True
    if connection.execute(_DELETE_BLOCKS, {"limit": blocks}).rowcount == blocks:
        return False
    connection.execute(text("DROP TABLE search"))
    return True


def _former_key(key: int) -> int:
    """Return the row id of a key, or of the last possible entry of its second: later ids are not in this index."""
    return (second_of_search_key(key) << _ITEM_BITS) + min(item_of_search_key(key), (1 << _ITEM_BITS) - 1)


def _former_keys(keys: Collection[int]) -> list[int]:
    return [_former_key(key) for key in sorted(keys) if item_of_search_key(key) < 1 << _ITEM_BITS]


def _present_key(row_id: int) -> int:
    second, item_id = row_id >> _ITEM_BITS, row_id & ((1 << _ITEM_BITS) - 1)
    return (second << SEARCH_ITEM_BITS) + item_id


def _query(match: SearchMatch) -> str:
    required = [*map(_alternatives, match.phrases), *map(_tag, match.tags)]
    excluded = [*map(_alternatives, match.excluded_phrases), *map(_tag, match.excluded_tags)]
    query = " AND ".join(required)
    return f"({query}) NOT ({' OR '.join(excluded)})" if excluded else query


def _alternatives(phrases: tuple[Phrase, ...]) -> str:
    return "(" + " OR ".join("(" + " AND ".join(map(_word, phrase)) + ")" for phrase in phrases) + ")"


def _word(token: str) -> str:
    return f'{{title body}} : "{token}"'


def _tag(tag: str) -> str:
    return f'tags : "{tag}"'
