"""The database of schema 0011 in ``stored/``: its rows, what it served and what its publishers answered.

``stored/README.md`` says what is in it and how it was made.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
import tarfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic import command
from sqlalchemy import JSON, Boolean, Connection, DateTime, MetaData, Table, text

from aggregator.store.schema.migrate import alembic_config
from aggregator.store.sql.dialect import open_engine, write_transaction
from tests.aggregator.store.replay import HANGING, Answer, Correction, Round

FOLDER = Path(__file__).parent / "stored"
UNAVAILABLE = Answer(503, {}, b"")  # instead of no response at all, which would cost a timeout each time


@dataclass(frozen=True)
class Served:
    """A request, and the response of the version that made the database."""

    path: str
    sent: Mapping[str, str]
    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def files() -> Mapping[str, bytes]:
    """Return name -> content of the archive's members."""
    with tarfile.open(FOLDER / "stored.tar.xz") as archive:
        members = {member.name: archive.extractfile(member) for member in archive}
        return {name: member.read() for name, member in members.items() if member is not None}


@cache
def manifest() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
    return found


def served_at() -> datetime:
    return datetime.fromisoformat(manifest()["served_at"])


def config_text() -> str:
    return files()[manifest()["config"]].decode()


@cache
def served() -> Sequence[Served]:
    """Return every recorded request with its response."""
    return [_served(each) for each in manifest()["requests"]]


def _served(each: Mapping[str, Any]) -> Served:
    body = files()[f"answers/{each['sha256'][:16]}"]
    assert hashlib.sha256(body).hexdigest() == each["sha256"]
    return Served(each["path"], each.get("headers", {}), each["status"], each["answer"], body)


# ---------------------------------------------------------------- polls
Results = Mapping[str, tuple[object, ...]]  # by slug: outcome, entries, new, skipped, filtered, error kind


@cache
def rounds() -> Sequence[tuple[Round, Results]]:
    """Return the rounds that filled the database and, last, one after it, with their results."""
    return [_round(each) for each in json.loads(files()["rounds.json"])]


def _round(each: Mapping[str, Any]) -> tuple[Round, Results]:
    answers = {url: _answer(answer) for url, answer in each["answers"].items()}
    hanging = {url.split("/")[2].partition(".")[0] for url, answer in answers.items() if answer.status == HANGING}
    found = Round(
        at=datetime.fromisoformat(each["at"]),
        config=files()[each["config"]].decode().replace('timeout = "2s"', 'timeout = "30s"'),
        sources=each["sources"],
        answers={url: UNAVAILABLE if answer.status == HANGING else answer for url, answer in answers.items()},
        corrections=[Correction(**correction) for correction in each["corrections"]],
        unreachable=each["unreachable"],
    )
    apart = hanging.union(found.unreachable)
    return found, {slug: tuple(result) for slug, result in each["results"].items() if slug not in apart}


def _answer(each: Mapping[str, Any]) -> Answer:
    return Answer(each["status"], each["headers"], files()[each["body"]] if each["body"] else b"")


# ---------------------------------------------------------------- databases
def make_sqlite(path: Path) -> None:
    """Write the database, with the two index tables that the archive leaves out."""
    path.write_bytes(_complete_sqlite())


@cache
def _complete_sqlite() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "gedi.db"
        path.write_bytes(files()["gedi.db"])
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executemany("INSERT INTO marks (mark, item_id) VALUES (?, ?)", _marks(connection))
            insert = "INSERT INTO search (rowid, title, body, tags) VALUES (?, ?, ?, ?)"
            connection.executemany(insert, json.loads(files()["search.json"]))
        return path.read_bytes()


def make_postgres(url: str, folder: Path) -> None:
    """Fill an empty PostgreSQL database with the same rows, at the same revision of the schema."""
    make_sqlite(folder / "rows.db")
    rows = sqlite3.connect(folder / "rows.db")
    engine = open_engine(url)
    with write_transaction(engine) as connection:
        command.upgrade(alembic_config(connection), manifest()["schema"])
        metadata = MetaData()
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            if table.name not in ("alembic_version", "search"):
                _copy(rows, connection, table)
        connection.execute(
            text("INSERT INTO search (place, words) VALUES (:place, CAST(:words AS tsvector))"),
            [{"place": place, "words": _vector(place, *words)} for place, *words in json.loads(files()["search.json"])],
        )
    engine.dispose()
    rows.close()


def _marks(connection: sqlite3.Connection) -> set[tuple[int, int]]:
    """Return (mark, item) of every fingerprint and key term of the items' texts."""
    return {
        (value, item)
        for item, *packed in connection.execute("SELECT item_id, marks, topics FROM texts")
        for part in packed
        for value in struct.unpack(f"<{len(part) // 8}q", part)
    }


def _copy(rows: sqlite3.Connection, connection: Connection, table: Table) -> None:
    for column in table.columns:
        if isinstance(column.type, JSON):
            column.type = JSON(none_as_null=True)
    names = [column.name for column in table.columns]
    convert = [_converter(column.type) for column in table.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    found = [
        {
            name: value if value is None else change(value)
            for name, change, value in zip(names, convert, row, strict=True)
        }
        for row in rows.execute(f"SELECT {columns} FROM {table.name}")
    ]
    if not found:
        return
    connection.execute(table.insert(), found)
    for name in names:
        sequence = connection.execute(text(f"SELECT pg_get_serial_sequence('{table.name}', '{name}')")).scalar()
        if sequence is not None:
            connection.execute(text(f"SELECT setval('{sequence}', (SELECT max({name}) FROM {table.name}))"))


def _converter(kind: object) -> Callable[[Any], Any]:
    """Return the conversion of a SQLite value to this PostgreSQL type."""
    if isinstance(kind, DateTime):
        return lambda value: datetime.fromisoformat(value).replace(tzinfo=UTC)
    if isinstance(kind, Boolean):
        return bool
    if isinstance(kind, JSON):
        return json.loads
    return lambda value: value


def _vector(place: int, title: str, body: str, tags: str) -> str:
    """Return the row of the search table as revision 0011 writes it: positions, tags and stretches of time."""
    first, rest = title.split(), body.split()
    words = [f"'{word}':{at}" for at, word in enumerate(first, 1)]
    words += [f"'{word}':{at}" for at, word in enumerate(rest, len(first) + 2)]
    words += [f"'#{tag}'" for tag in tags.split()]
    return " ".join([*words, *(f"'@{bits}:{place >> 28 + bits}'" for bits in (12, 16, 20))])
