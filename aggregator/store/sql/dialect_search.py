"""The search index on SQLite (``fts_search``) and PostgreSQL (``vector_search``).

Both store which tokens an entry contains and nothing else. Without positions the index has a fifth of the size; what
depends on them is decided by the texts (``search_tokens.needs_text_check``).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from aggregator.store.sql import former_search, fts_search, vector_search
from aggregator.store.sql.dialect import is_sqlite
from aggregator.store.sql.search_entry import SearchMatch, SearchRow, TagChange


def create_search(connection: Connection) -> None:
    """Create the search index of the first schema."""
    if is_sqlite(connection):
        former_search.create_table(connection)
    else:
        vector_search.create_table(connection)


def drop_search(connection: Connection) -> None:
    """Drop the search index of the first schema."""
    connection.execute(text("DROP TABLE search"))


def create_token_index(connection: Connection) -> None:
    """Create the present index on SQLite; PostgreSQL keeps its table."""
    if is_sqlite(connection):
        fts_search.create_table(connection)


def set_index_options(connection: Connection) -> None:
    """Set the options of the present index on SQLite; PostgreSQL has none."""
    if is_sqlite(connection):
        fts_search.set_options(connection)


def begin_bulk_insert(connection: Connection) -> None:
    """Prepare for many entries; nothing can be found quickly until ``end_bulk_insert``."""
    if not is_sqlite(connection):
        vector_search.drop_word_index(connection)


def end_bulk_insert(connection: Connection) -> None:
    """Make entries findable; does nothing if they are."""
    if not is_sqlite(connection):
        vector_search.create_word_index(connection)


def split_keys(connection: Connection) -> None:
    """Give PostgreSQL's table a column for each part of its keys; SQLite's row ids are item ids."""
    if not is_sqlite(connection):
        vector_search.split_keys(connection)


def join_keys(connection: Connection) -> None:
    """Undo ``split_keys``."""
    if not is_sqlite(connection):
        vector_search.join_keys(connection)


def insert_into_search(connection: Connection, rows: Sequence[SearchRow], changes: Sequence[TagChange] = ()) -> None:
    """Insert entries, and change the tags of others, which must have the present form."""
    if rows or changes:
        (fts_search if is_sqlite(connection) else vector_search).insert_entries(connection, rows, changes)


def merge_some(connection: Connection, *, begin: bool) -> bool:
    """Drop a part of what was deleted from the index of SQLite; return whether there may be more.

    PostgreSQL's autovacuum does it.
    """
    return is_sqlite(connection) and fts_search.merge_some(connection, begin=begin)


def delete_from_search(connection: Connection, rows: Sequence[SearchRow]) -> None:
    """Delete entries; ``rows`` must equal those inserted, because FTS5 does not store them here."""
    if rows and is_sqlite(connection):
        former = former_search.listed_keys(connection, [row[0] for row in rows])
        former_search.unlist(connection, former)
        fts_search.delete_entries(connection, [row for row in rows if row[0] not in former])
    elif rows:
        vector_search.delete_entries(connection, rows)


def find_in_search(connection: Connection, match: SearchMatch, before: int, after: int, limit: int) -> list[int]:
    """Return the keys of matching entries, newest first, with after <= key < before; ``match`` has a phrase or tag."""
    if not is_sqlite(connection):
        return vector_search.find_entries(connection, match, before, after, limit)
    keys = fts_search.find_entries(connection, match, before, after, limit)
    former = former_search.find_entries(connection, match, before, after, limit)
    return sorted({*keys, *former}, reverse=True)[:limit] if former else keys


def match_keys(connection: Connection, match: SearchMatch, keys: Sequence[int]) -> list[int]:
    """Return those of the keys whose entries match."""
    if not keys:
        return []
    if not is_sqlite(connection):
        return vector_search.match_keys(connection, match, keys)
    return sorted({*fts_search.match_keys(connection, match, keys), *former_search.match_keys(connection, match, keys)})


# ---------------------------------------------------------------- conversion of entries of schema 0013 and older
def former_keys(connection: Connection, keys: Sequence[int]) -> set[int]:
    """Return those of the keys whose entries are in the former form on SQLite."""
    return former_search.listed_keys(connection, keys) if is_sqlite(connection) else set()


def convert_entries(connection: Connection, rows: Sequence[SearchRow]) -> None:
    """Give these entries the present form, if they are in the former one."""
    keys = [row[0] for row in rows]
    if is_sqlite(connection):
        former = former_keys(connection, keys)
        former_search.unlist(connection, former)
        insert_into_search(connection, [row for row in rows if row[0] in former])
    else:
        vector_search.strip_positions(connection, keys)


def drop_former_search(connection: Connection, blocks: int) -> bool:
    """Drop at most that many blocks of the former index, from which all entries were converted; returns whether it is
    gone."""
    return not is_sqlite(connection) or former_search.drop_part(connection, blocks)
