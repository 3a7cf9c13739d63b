"""The search index on PostgreSQL: tsvector with GIN, without positions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from aggregator.store.sql.search_entry import (
    Phrase,
    SearchMatch,
    SearchRow,
    stretch_numbers,
    stretches_before,
)

_INSERT = "INSERT INTO search (place, words) VALUES (%s, CAST(%s AS tsvector))"
_DELETE = text("DELETE FROM search WHERE place = ANY(CAST(:places AS bigint[]))")
_STRIP = text("UPDATE search SET words = strip(words) WHERE place = ANY(CAST(:places AS bigint[]))")
_AMONG_KEYS = text("""
    SELECT place FROM search WHERE place = ANY(CAST(:keys AS bigint[])) AND words @@ CAST(:words AS tsquery)""")
_BY_WORD = text("""
    WITH found AS MATERIALIZED (SELECT place FROM search WHERE words @@ CAST(:words AS tsquery))
    SELECT place FROM found WHERE place < :before AND place >= :after ORDER BY place DESC LIMIT :limit""")


def create_table(connection: Connection) -> None:
    """Create the index."""
    connection.execute(text("CREATE TABLE search (place BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)"))
    create_word_index(connection)


def create_word_index(connection: Connection) -> None:
    """Create the index of the words, if it is missing."""
    connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    connection.execute(text("CREATE INDEX IF NOT EXISTS search_words ON search USING gin (words)"))


def drop_word_index(connection: Connection) -> None:
    """Drop the index of the words: adding it to many entries at once takes a fraction of adding each entry to it."""
    connection.execute(text("DROP INDEX IF EXISTS search_words"))


def insert_entries(connection: Connection, rows: Sequence[SearchRow]) -> None:
    """Insert entries."""
    connection.exec_driver_sql(_INSERT, [(row[0], _vector_literal(row)) for row in rows])


def delete_entries(connection: Connection, rows: Sequence[SearchRow]) -> None:
    """Delete entries."""
    connection.execute(_DELETE, {"places": [row[0] for row in rows]})


def strip_positions(connection: Connection, keys: Sequence[int]) -> None:
    """Remove the positions that entries of schema 0013 and older have."""
    connection.execute(_STRIP, {"places": keys})


def _vector_literal(row: SearchRow) -> str:
    """Return a tsvector literal, so the server does not tokenize again."""
    tags = [f"#{tag}" for tag in row[2]] + [_stretch(*stretch) for stretch in stretch_numbers(row[0])]
    return " ".join(map(_quoted, [*row[1].split(), *tags]))


def _stretch(bits: int, number: int) -> str:
    return f"@{bits}:{number}"


def _quoted(token: str) -> str:
    return f"'{token}'"


def find_entries(connection: Connection, match: SearchMatch, before: int, after: int, limit: int) -> list[int]:
    """Return the keys of matching entries, newest first, with after <= key < before; the newest periods come first."""
    newest = connection.execute(
        text("SELECT max(place) FROM search WHERE place < :before"), {"before": before}
    ).scalar()
    if newest is None or newest < after:
        return []
    # The planner underestimates a sequential scan: it ignores the cost of decompressing each row's words.
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    query, upper, keys = _query(match), newest + 1, list[int]()
    for lower, stretches in [*stretches_before(newest), (after, [])]:
        in_time = " | ".join(_quoted(_stretch(*stretch)) for stretch in stretches)
        parameters = {
            "words": f"{query} & ({in_time})" if in_time else query,
            "before": upper,
            "after": max(lower, after),
            "limit": limit - len(keys),
        }
        keys += connection.execute(_BY_WORD, parameters).scalars()
        if len(keys) >= limit or lower <= after:
            break
        upper = lower
    return keys


def match_keys(connection: Connection, match: SearchMatch, keys: Sequence[int]) -> list[int]:
    """Return those of the keys whose entries match."""
    return list(connection.execute(_AMONG_KEYS, {"words": _query(match), "keys": list(keys)}).scalars())


def _query(match: SearchMatch) -> str:
    required = [*map(_alternatives, match.phrases), *(f"'#{tag}'" for tag in match.tags)]
    excluded = [*map(_alternatives, match.excluded_phrases), *(f"'#{tag}'" for tag in match.excluded_tags)]
    return " & ".join([*required, *(f"!{part}" for part in excluded)])


def _alternatives(phrases: tuple[Phrase, ...]) -> str:
    return "(" + " | ".join(" & ".join(map(_quoted, phrase)) for phrase in phrases) + ")"
