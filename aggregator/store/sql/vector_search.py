"""The search index on PostgreSQL: tsvector with GIN, without positions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from aggregator.store.sql.search_entry import (
    SEARCH_ITEM_BITS,
    Phrase,
    SearchMatch,
    SearchRow,
    TagChange,
    item_of_search_key,
    second_of_search_key,
    stretch_numbers,
    stretches_before,
)

_FORMER_ITEM_BITS = 28  # of the keys of the first schema
_INSERT = "INSERT INTO search (second, item_id, words) VALUES (%s, %s, CAST(%s AS tsvector))"
_LISTED = "unnest(CAST(:seconds AS bigint[]), CAST(:ids AS bigint[])) AS listed(second, item_id)"
# The second line names the partitions: joined rows alone would let the planner look at all of them.
_IS_LISTED = """search.second = listed.second AND search.item_id = listed.item_id
    AND search.second BETWEEN :first_second AND :last_second"""
_DELETE = text(f"DELETE FROM search USING {_LISTED} WHERE {_IS_LISTED}")
_CHANGE = """
    UPDATE search SET words = ts_delete(words, CAST(%s AS text[])) || array_to_tsvector(CAST(%s AS text[]))
    WHERE second = %s AND item_id = %s"""
_STRIP = text(f"UPDATE search SET words = strip(words) FROM {_LISTED} WHERE {_IS_LISTED}")
_AMONG_KEYS = text(f"""
    SELECT search.second, search.item_id FROM {_LISTED} JOIN search ON {_IS_LISTED}
    WHERE words @@ CAST(:words AS tsquery)""")
_NEWEST = text("""
    SELECT CAST(trunc(extract(epoch FROM published)) AS bigint), id FROM items
    WHERE removed IS NULL AND published < to_timestamp(:before + 1) ORDER BY published DESC, id DESC LIMIT 1""")
_BY_WORD = text("""
    WITH found AS MATERIALIZED (
        SELECT second, item_id FROM search
        WHERE words @@ CAST(:words AS tsquery) AND second BETWEEN :after AND :before)
    SELECT second, item_id FROM found
    WHERE (second, item_id) < (:before, :item) AND (second, item_id) >= (:after, :first)
    ORDER BY second DESC, item_id DESC LIMIT :limit""")


def create_table(connection: Connection) -> None:
    """Create the index of the first schema, with keys in one column."""
    connection.execute(text("CREATE TABLE search (place BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)"))
    create_word_index(connection)


def create_word_index(connection: Connection) -> None:
    """Create the index of the words, if it is missing."""
    connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    connection.execute(text("CREATE INDEX IF NOT EXISTS search_words ON search USING gin (words)"))


def drop_word_index(connection: Connection) -> None:
    """Drop the index of the words: adding it to many entries at once takes a fraction of adding each entry to it."""
    connection.execute(text("DROP INDEX IF EXISTS search_words"))


def split_keys(connection: Connection) -> None:
    """Copy the index of the first schema to the present one.

    An id that did not fit into its key has changed the key's time. So keys are computed from the items.
    """
    second = "CAST(trunc(extract(epoch FROM items.published)) AS bigint)"
    for statement in (
        "ALTER TABLE search RENAME TO former_search",
        "CREATE TABLE search (second BIGINT NOT NULL, item_id BIGINT NOT NULL, words TSVECTOR NOT NULL)",
        f"INSERT INTO search SELECT {second}, items.id, words FROM items "
        f"JOIN former_search ON place = ({second} << {_FORMER_ITEM_BITS}) + items.id",
        "DROP TABLE former_search",
        "ALTER TABLE search ADD PRIMARY KEY (second, item_id)",
        "CREATE INDEX search_words ON search USING gin (words)",
    ):
        connection.execute(text(statement))


def join_keys(connection: Connection) -> None:
    """Undo ``split_keys``."""
    for statement in (
        "ALTER TABLE search RENAME TO wide_search",
        "CREATE TABLE search (place BIGINT NOT NULL, words TSVECTOR NOT NULL)",
        f"INSERT INTO search SELECT (second << {_FORMER_ITEM_BITS}) + item_id, words FROM wide_search",
        "DROP TABLE wide_search",
        "ALTER TABLE search ADD PRIMARY KEY (place)",
        "CREATE INDEX search_words ON search USING gin (words)",
    ):
        connection.execute(text(statement))


def insert_entries(connection: Connection, rows: Sequence[SearchRow], changes: Sequence[TagChange] = ()) -> None:
    """Insert entries, and change the tags of others."""
    if rows:
        connection.exec_driver_sql(_INSERT, [(*_columns(row[0]), _vector_literal(row)) for row in rows])
    if changes:
        updates = [(_tags(lost), _tags(added), *_columns(key)) for key, lost, added in changes]
        connection.exec_driver_sql(_CHANGE, updates)


def delete_entries(connection: Connection, rows: Sequence[SearchRow]) -> None:
    """Delete entries."""
    connection.execute(_DELETE, _listed([row[0] for row in rows]))


def strip_positions(connection: Connection, keys: Sequence[int]) -> None:
    """Remove the positions that entries of schema 0013 and older have."""
    connection.execute(_STRIP, _listed(keys))


def _vector_literal(row: SearchRow) -> str:
    """Return a tsvector literal, so the server does not tokenize again."""
    tags = _tags(row[2]) + [_stretch(*stretch) for stretch in stretch_numbers(row[0])]
    return " ".join(map(_quoted, [*row[1].split(), *tags]))


def _tags(tags: Sequence[str]) -> list[str]:
    return [f"#{tag}" for tag in tags]


def _stretch(bits: int, number: int) -> str:
    return f"@{bits}:{number}"


def _quoted(token: str) -> str:
    return f"'{token}'"


def find_entries(connection: Connection, match: SearchMatch, before: int, after: int, limit: int) -> list[int]:
    """Return the keys of matching entries, newest first, with after <= key < before; the newest periods come first."""
    row = connection.execute(_NEWEST, {"before": second_of_search_key(before)}).one_or_none()
    if row is None or (newest := min(_key(*row), before - 1)) < after:
        return []
    # The planner underestimates a sequential scan: it ignores the cost of decompressing each row's words.
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    query, upper, keys = _query(match), newest + 1, list[int]()
    for lower, stretches in [*stretches_before(newest), (after, [])]:
        in_time = " | ".join(_quoted(_stretch(*stretch)) for stretch in stretches)
        parameters = {
            "words": f"{query} & ({in_time})" if in_time else query,
            "limit": limit - len(keys),
        }
        bounds = _before(upper) | _after(max(lower, after))
        keys += [_key(*row) for row in connection.execute(_BY_WORD, parameters | bounds)]
        if len(keys) >= limit or lower <= after:
            break
        upper = lower
    return keys


def match_keys(connection: Connection, match: SearchMatch, keys: Sequence[int]) -> list[int]:
    """Return those of the keys whose entries match."""
    rows = connection.execute(_AMONG_KEYS, {"words": _query(match)} | _listed(keys))
    return [_key(*row) for row in rows]


def _key(second: int, item_id: int) -> int:
    return (second << SEARCH_ITEM_BITS) + item_id


def _columns(key: int) -> tuple[int, int]:
    return second_of_search_key(key), item_of_search_key(key)


def _listed(keys: Sequence[int]) -> dict[str, object]:
    seconds = list(map(second_of_search_key, keys))
    bounds = {"first_second": min(seconds, default=0), "last_second": max(seconds, default=0)}
    return {"seconds": seconds, "ids": list(map(item_of_search_key, keys)), **bounds}


def _before(key: int) -> dict[str, int]:
    return {"before": second_of_search_key(key), "item": item_of_search_key(key)}


def _after(key: int) -> dict[str, int]:
    return {"after": second_of_search_key(key), "first": item_of_search_key(key)}


def _query(match: SearchMatch) -> str:
    required = [*map(_alternatives, match.phrases), *(f"'#{tag}'" for tag in match.tags)]
    excluded = [*map(_alternatives, match.excluded_phrases), *(f"'#{tag}'" for tag in match.excluded_tags)]
    return " & ".join([*required, *(f"!{part}" for part in excluded)])


def _alternatives(phrases: tuple[Phrase, ...]) -> str:
    return "(" + " | ".join(" & ".join(map(_quoted, phrase)) for phrase in phrases) + ")"
