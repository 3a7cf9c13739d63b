"""The search index on SQLite (FTS5) and PostgreSQL (tsvector with GIN)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from aggregator.store.sql.dialect import is_sqlite

# Both hold the same tokens (``search_tokens``). Keys are ordered by time of publication and then by item, so reading
# from the end returns the newest first without another table.
SEARCH_ITEM_BITS = 28
_ITEM_MASK = (1 << SEARCH_ITEM_BITS) - 1


def create_search(connection: Connection) -> None:
    """Create the search index."""
    if is_sqlite(connection):
        # The ascii tokenizer takes every character beyond ASCII as part of a word, so only our own tokens separate
        # words.
        connection.execute(
            text("CREATE VIRTUAL TABLE search USING fts5(title, body, tags, content='', tokenize='ascii')")
        )
        return
    connection.execute(text("CREATE TABLE search (place BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)"))
    connection.execute(text("CREATE INDEX search_words ON search USING gin (words)"))


def drop_search(connection: Connection) -> None:
    """Drop the search index."""
    connection.execute(text("DROP TABLE search"))


def search_key(published: datetime, item_id: int) -> int:
    """Return the key of an entry, which sorts by time of publication (seconds), then by item."""
    return (int(published.timestamp()) << SEARCH_ITEM_BITS) + item_id


SearchRow = tuple[int, Sequence[str], Sequence[str], Sequence[str]]  # key, tokens of title and text, tags


def insert_into_search(connection: Connection, rows: Sequence[SearchRow]) -> None:
    """Insert entries."""
    if not rows:
        return
    if is_sqlite(connection):
        statement = "INSERT INTO search (rowid, title, body, tags) VALUES (?, ?, ?, ?)"
        connection.exec_driver_sql(statement, [_fts_row(row) for row in rows])
        return
    statement = "INSERT INTO search (place, words) VALUES (%s, CAST(%s AS tsvector))"
    connection.exec_driver_sql(statement, [(row[0], _tsvector_literal(row)) for row in rows])


def delete_from_search(connection: Connection, rows: Sequence[SearchRow]) -> None:
    """Delete entries; ``rows`` must equal those inserted, because an FTS5 table without content does not store them."""
    if not rows:
        return
    if is_sqlite(connection):
        statement = "INSERT INTO search (search, rowid, title, body, tags) VALUES ('delete', ?, ?, ?, ?)"
        connection.exec_driver_sql(statement, [_fts_row(row) for row in rows])
        return
    parameters = {"places": [row[0] for row in rows]}
    connection.execute(text("DELETE FROM search WHERE place = ANY(CAST(:places AS bigint[]))"), parameters)


def _fts_row(row: SearchRow) -> tuple[int, str, str, str]:
    place, title, body, tags = row
    return place, " ".join(title), " ".join(body), " ".join(tags)


# PostgreSQL's GIN index is unordered: a frequent word would be fetched a hundred thousand times for one page. So each
# row also has a token for the stretch of time it lies in, for each of these lengths (powers of two, seconds: about an
# hour to 12 days), and the newest stretches are searched first.
TIME_STRETCHES = (12, 16, 20)


def stretch_word(bits: int, number: int) -> str:
    """Return the token of a stretch of time of 2**bits seconds."""
    return f"@{bits}:{number}"


def _tsvector_literal(row: SearchRow) -> str:
    """Return a tsvector literal, so the server does not tokenize again; a position gap separates title and text."""
    place, title, body, tags = row
    words = [f"'{word}':{at}" for at, word in enumerate(title, 1)]
    words += [f"'{word}':{at}" for at, word in enumerate(body, len(title) + 2)]
    words += [f"'#{tag}'" for tag in tags]
    words += [f"'{stretch_word(bits, place >> SEARCH_ITEM_BITS + bits)}'" for bits in TIME_STRETCHES]
    return " ".join(words)


Phrase = tuple[str, ...]  # consecutive words


@dataclass(frozen=True, slots=True)
class SearchMatch:
    """What an entry must contain (one of each group of phrases, all tags), and what it must not contain."""

    phrases: tuple[tuple[Phrase, ...], ...]
    tags: tuple[str, ...]
    excluded_phrases: tuple[tuple[Phrase, ...], ...] = ()
    excluded_tags: tuple[str, ...] = ()


def find_in_search(connection: Connection, match: SearchMatch, before: int, after: int, limit: int) -> list[int]:
    """Return the keys of matching entries, newest first, with after <= key < before; ``match`` has a phrase or tag."""
    if is_sqlite(connection):
        parameters = {"words": _fts_query(match), "before": before, "after": after, "limit": limit}
        return list(connection.execute(text(_FTS), parameters).scalars())
    return _find_by_time_stretches(connection, match, before, after, limit)


def match_keys(connection: Connection, match: SearchMatch, keys: Sequence[int]) -> list[int]:
    """Return those of the keys whose entries match."""
    if not keys:
        return []
    if is_sqlite(connection):
        parameters = {"words": _fts_query(match), "keys": json.dumps(list(keys))}
        return list(connection.execute(text(_FTS_OF_KEYS), parameters).scalars())
    of_keys = {"words": _vector_query(match), "keys": list(keys)}
    return list(connection.execute(text(_WORDS_OF_KEYS), of_keys).scalars())


def item_of_search_key(key: int) -> int:
    """Return the item id of a key."""
    return key & _ITEM_MASK


_FTS = """
    SELECT rowid FROM search WHERE search MATCH :words AND rowid < :before AND rowid >= :after
    ORDER BY rowid DESC LIMIT :limit"""
_FTS_OF_KEYS = """
    SELECT rowid FROM search WHERE search MATCH :words AND rowid IN (SELECT value FROM json_each(:keys))"""
_WORDS_OF_KEYS = """
    SELECT place FROM search WHERE place = ANY(CAST(:keys AS bigint[])) AND words @@ CAST(:words AS tsquery)"""
_BY_WORD = """
    WITH found AS MATERIALIZED (SELECT place FROM search WHERE words @@ CAST(:words AS tsquery))
    SELECT place FROM found WHERE place < :before AND place >= :after ORDER BY place DESC LIMIT :limit"""


def _find_by_time_stretches(
    connection: Connection, match: SearchMatch, before: int, after: int, limit: int
) -> list[int]:
    newest = connection.execute(
        text("SELECT max(place) FROM search WHERE place < :before"), {"before": before}
    ).scalar()
    if newest is None or newest < after:
        return []
    # The planner underestimates a sequential scan: it ignores the cost of decompressing each row's words.
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    query, upper, keys = _vector_query(match), newest + 1, list[int]()
    for lower, stretches in [*_stretches(newest), (after, "")]:
        parameters = {
            "words": query + stretches,
            "before": upper,
            "after": max(lower, after),
            "limit": limit - len(keys),
        }
        keys += connection.execute(text(_BY_WORD), parameters).scalars()
        if len(keys) >= limit or lower <= after:
            break
        upper = lower
    return keys


def _stretches(newest: int) -> Iterator[tuple[int, str]]:
    """Yield growing stretches of time that end with ``newest``: the first key of each, and its tsquery."""
    for bits in TIME_STRETCHES:
        last = newest >> SEARCH_ITEM_BITS + bits
        alternatives = " | ".join(f"'{stretch_word(bits, stretch)}'" for stretch in (last - 1, last))
        yield (last - 1) << SEARCH_ITEM_BITS + bits, f" & ({alternatives})"


def _fts_query(match: SearchMatch) -> str:
    required = " AND ".join([*map(_fts_phrase, match.phrases), *map(_fts_tag, match.tags)])
    excluded = " OR ".join([*map(_fts_phrase, match.excluded_phrases), *map(_fts_tag, match.excluded_tags)])
    return f"({required}) NOT ({excluded})" if excluded else required


def _fts_phrase(phrases: tuple[Phrase, ...]) -> str:
    return "(" + " OR ".join(f'{{title body}} : "{_words(phrase)}"' for phrase in phrases) + ")"


def _words(phrase: Phrase) -> str:
    return " ".join(phrase)


def _fts_tag(tag: str) -> str:
    return f'tags : "{tag}"'


def _vector_query(match: SearchMatch) -> str:
    required = [*map(_vector_phrase, match.phrases), *(f"'#{tag}'" for tag in match.tags)]
    excluded = [*map(_vector_phrase, match.excluded_phrases), *(f"'#{tag}'" for tag in match.excluded_tags)]
    return " & ".join([*required, *(f"!{part}" for part in excluded)])


def _vector_phrase(phrases: tuple[Phrase, ...]) -> str:
    return "(" + " | ".join(" <-> ".join(f"'{word}'" for word in phrase) for phrase in phrases) + ")"
