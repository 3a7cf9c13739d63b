"""The search index on SQLite: FTS5 with the tokens of each item, without positions, columns and sizes.

Row ids are those of items, so close to each other that most of them take one byte.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, text

from aggregator.store.sql.dialect import text_of_second
from aggregator.store.sql.search_entry import (
    Phrase,
    SearchMatch,
    SearchRow,
    TagChange,
    item_of_search_key,
    search_key,
    second_of_search_key,
    stretch_numbers,
    stretches_before,
)

_FEW = 100  # matches that are read at once, whenever they were published
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = "¤"  # first character of tokens that are not words, which contain no symbols

# The ascii tokenizer takes every character beyond ASCII as part of a token, so only our own spaces separate them.
_CREATE = text("""
    CREATE VIRTUAL TABLE search_tokens
    USING fts5(tokens, content='', detail='none', columnsize=0, tokenize='ascii')""")
_OPTIONS = {
    # FTS5 looks for an entry within a page one by one, and a page of 4,000 bytes has as many.
    "pgsz": 1000,
    # Bytes of memory for what a transaction inserts. With the default, 1 MB, sixteen documents become several segments,
    # each with its own list of tokens, which are written and merged again.
    "hashsize": 8 << 20,
    # Merging four segments at a time, not two, takes two thirds of the CPU; up to 11 % more waits to be merged.
    "automerge": 4,
}
_SET_OPTION = "INSERT INTO search_tokens (search_tokens, rank) VALUES (?, ?)"
_MERGE = "INSERT INTO search_tokens (search_tokens, rank) VALUES ('merge', ?)"  # a negative number merges all segments
_MERGED_PAGES = 200  # at a time, some 15 ms
_WRITE = "INSERT INTO search_tokens (rowid, search_tokens, tokens) VALUES (?, ?, ?)"
_INSERTED, _DELETED = None, "delete"
_FIRST_FEW = """
    SELECT json_group_array(rowid), count(rowid), newest.published, newest.id FROM
    (SELECT published, id FROM items WHERE removed IS NULL AND (published, id) < (:before, :item)
     ORDER BY published DESC, id DESC LIMIT 1) AS newest
    LEFT JOIN (SELECT rowid FROM search_tokens WHERE search_tokens MATCH :words LIMIT :limit)"""
_PAGE = """
    SELECT published, items.id FROM {} AND (published, items.id) < (:before, :item)
    AND (published, items.id) >= (:after, :first) ORDER BY +published DESC, items.id DESC LIMIT :limit"""
_OF_MATCHES = _PAGE.format(
    "search_tokens CROSS JOIN items ON items.id = search_tokens.rowid WHERE search_tokens MATCH :words"
)
_AMONG_ITEMS = """
    SELECT rowid FROM search_tokens WHERE search_tokens MATCH :words
    AND rowid IN (SELECT value FROM json_each(:ids))"""
_OF_ITEMS = _PAGE.format("json_each(:ids) CROSS JOIN items ON items.id = json_each.value WHERE TRUE")


def create_table(connection: Connection) -> None:
    """Create the index."""
    connection.execute(_CREATE)
    set_options(connection)


def set_options(connection: Connection) -> None:
    """Set the options of the index, which it stores."""
    connection.exec_driver_sql(_SET_OPTION, list(_OPTIONS.items()))


def insert_entries(connection: Connection, rows: Sequence[SearchRow], changes: Sequence[TagChange] = ()) -> None:
    """Insert entries, and change the tags of others.

    The index knows which rows each token has, not which tokens a row has. So to delete and insert some tokens of a row
    leaves its others as they are.
    """
    written: list[tuple[int, str | None, str]] = [(item_of_search_key(row[0]), _INSERTED, _tokens(row)) for row in rows]
    for key, lost, added in changes:
        item_id = item_of_search_key(key)
        written.append((item_id, _DELETED, " ".join(map(_tag, lost))))
        written.append((item_id, _INSERTED, " ".join(map(_tag, added))))
    _write(connection, written)


def delete_entries(connection: Connection, rows: Sequence[SearchRow]) -> None:
    """Delete entries; ``rows`` must equal those inserted, because the index does not store them."""
    _write(connection, [(item_of_search_key(row[0]), _DELETED, _tokens(row)) for row in rows])


def merge_some(connection: Connection, *, begin: bool) -> bool:
    """Continue to merge all segments into one, or ``begin`` to; return whether there may be more to merge.

    Only this drops what was deleted: FTS5 merges segments of one size by itself, and those with the oldest entries
    hardly ever.
    """
    before = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    connection.exec_driver_sql(_MERGE, (-_MERGED_PAGES if begin else _MERGED_PAGES,))
    return int(connection.exec_driver_sql("SELECT total_changes()").scalar_one() - before) >= 2


def _write(connection: Connection, rows: Sequence[tuple[int, str | None, str]]) -> None:
    """Write rows of (item, command, tokens). FTS5 writes a segment whenever an id does not exceed the one before."""
    if rows:
        connection.exec_driver_sql(_WRITE, sorted(rows, key=itemgetter(0)))


def _tokens(row: SearchRow) -> str:
    tags = [*map(_tag, row[2]), *(_stretch(*stretch) for stretch in stretch_numbers(row[0]))]
    return " ".join([row[1], *tags])


def _tag(tag: str) -> str:
    return f"{_MARK}{tag}"


def _stretch(bits: int, number: int) -> str:
    return f"{_MARK}{bits}{_MARK}{number % (1 << 40):x}"  # a minus sign, before 1970, would separate tokens


def find_entries(connection: Connection, match: SearchMatch, before: int, after: int, limit: int) -> list[int]:
    """Return the keys of matching entries, newest first, with after <= key < before.

    If there are few matches at all, these are read, otherwise those of the newest periods first. The statements do not
    pass through SQLAlchemy's compiler, which takes longer than they do.
    """
    execute = connection.exec_driver_sql
    few = _before(before) | {"words": _query(match), "limit": _FEW + 1}
    matches, count, *newest = execute(_FIRST_FEW, few).one()
    if newest[0] is None or (newest_key := _key(*newest)) < after:
        return []
    if count <= _FEW:
        rows = execute(_OF_ITEMS, _before(before) | _after(after) | {"ids": matches, "limit": limit}) if count else ()
        return [_key(*row) for row in rows]
    upper, keys = newest_key + 1, list[int]()
    for lower, stretches in [*stretches_before(newest_key), (after, [])]:
        bounds = _before(upper) | _after(max(lower, after)) | {"limit": limit - len(keys)}
        keys += [_key(*row) for row in execute(_OF_MATCHES, bounds | {"words": _query(match, stretches)})]
        if len(keys) >= limit or lower <= after:
            break
        upper = lower
    return keys


def match_keys(connection: Connection, match: SearchMatch, keys: Sequence[int]) -> list[int]:
    """Return those of the keys whose entries match."""
    key_by_item = {item_of_search_key(key): key for key in keys}
    parameters = {"words": _query(match), "ids": json.dumps(list(key_by_item))}
    return [key_by_item[item_id] for (item_id,) in connection.exec_driver_sql(_AMONG_ITEMS, parameters)]


def _query(match: SearchMatch, stretches: Sequence[tuple[int, int]] = ()) -> str:
    required = [_alternatives(phrases) for phrases in match.phrases]
    required += [_quoted(_tag(tag)) for tag in match.tags]
    if stretches:
        required.append(_any(_quoted(_stretch(*stretch)) for stretch in stretches))
    excluded = [*map(_alternatives, match.excluded_phrases), *(_quoted(_tag(tag)) for tag in match.excluded_tags)]
    query = " AND ".join(required)
    return f"({query}) NOT {_any(excluded)}" if excluded else query


def _alternatives(phrases: tuple[Phrase, ...]) -> str:
    return _any("(" + " AND ".join(map(_quoted, phrase)) + ")" for phrase in phrases)


def _any(parts: Any) -> str:
    return "(" + " OR ".join(parts) + ")"


def _quoted(token: str) -> str:
    return f'"{token}"'


def _key(published: str, item_id: int) -> int:
    return search_key(datetime.fromisoformat(f"{published}+00:00"), item_id)


def _before(key: int) -> dict[str, Any]:
    return {"before": _stored_time(key), "item": item_of_search_key(key)}


def _after(key: int) -> dict[str, Any]:
    return {"after": _stored_time(key), "first": item_of_search_key(key)}


def _stored_time(key: int) -> str:
    return text_of_second(_EPOCH + timedelta(seconds=second_of_search_key(key)))
