"""Move a store to another database while it is in use.

    copy       append each table in batches, each of a snapshot of its own      others write
    catch up   compare both and transfer what changed, until little did         others write
    finish     the same once more, with counts and digests of all rows          others wait
    freeze     refuse writes to the original, in the transaction of ``finish``
    complete   sequences, leases, and the copy is a store of its own

Every step finds by itself what is left to do, so a move that was killed is started again. The search index of the copy
is made while items and texts are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Engine, make_url, update
from sqlalchemy.exc import DBAPIError

from aggregator.store import conversion, partition_plan
from aggregator.store.schema.tables import index_services, notify_targets, pushes, source_lists, sources, subscribers
from aggregator.store.sql import dialect
from aggregator.store.sql.database_clock import database_time
from aggregator.store.sql.dialect import NO_LIMIT
from aggregator.store.sql.dialect_search import begin_bulk_insert, end_bulk_insert
from aggregator.store.transfer import freeze, sequences
from aggregator.store.transfer import move_facts as facts
from aggregator.store.transfer.table_rows import TableRows, moved_tables
from aggregator.store.transfer.table_sync import Opener, TableResult, append_rows, synchronize
from aggregator.texts import Phrase

FEW_CHANGES = 500  # rows that the last pass, in which others wait, may have to write
MAX_PASSES = 4  # before it


class MoveError(Exception):
    """A move that cannot be made; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a phase (copy, catch up, finish) has come with a table."""

    phase: str
    table: str
    done: int  # rows
    total: int  # rows, when the move began
    result: TableResult | None = None  # at the end of a table, except when copying


Report = Callable[[Progress], None]


def move_store(original: Engine, copy: Engine, report: Report) -> list[TableResult]:
    """Make ``copy`` equal to ``original`` and freeze the original. Returns what each table has. Raises MoveError.

    Both databases must have the newest schema.
    """
    try:
        return _move(original, copy, report)
    except DBAPIError as error:
        raise MoveError(
            Phrase(
                "the move was interrupted: {reason}; start the command again, it goes on",
                reason=dialect.driver_message(error),
            )
        ) from error


def _move(original: Engine, copy: Engine, report: Report) -> list[TableResult]:
    _begin(original, copy)
    tables = moved_tables()
    read = partial(dialect.read_transaction, original, NO_LIMIT)
    write = partial(_open_writer, copy)
    totals = copy_rows(tables, read, write, report)
    for _ in range(MAX_PASSES):
        results = synchronize_tables("catch up", tables, read, write, totals, report)
        if sum(result.changed for result in results) <= FEW_CHANGES:
            break
    with _open_writer(original) as connection:
        freeze.lock_tables(connection)
        results = synchronize_tables("finish", tables, _reuse(connection), write, totals, report)
        different = [result.name for result in results if not result.is_equal]
        if different:
            raise MoveError(
                Phrase("the copy differs in {tables}; start the command again", tables=", ".join(different))
            )
        numbers = sequences.read(connection)
        freeze.freeze(connection)
        facts.put(connection, facts.MOVED_TO, make_url(copy.url).render_as_string(hide_password=True))
    with _open_writer(copy) as connection:
        complete_copy(connection, numbers, facts.get(connection, facts.COPY_OF))
    return results


def cancel_move(engine: Engine) -> bool:
    """Take writes to the original again. Returns whether it was frozen."""
    with _open_writer(engine) as connection:
        if facts.get(connection, facts.MOVED_TO) is None:
            return False
        freeze.thaw(connection)
        facts.drop(connection, facts.MOVED_TO)
        return True


def _begin(original: Engine, copy: Engine) -> None:
    """Check that the copy is empty or a part of this original, and mark it as such."""
    with _open_writer(original) as connection:
        if conversion.last_unconverted(connection) is not None:
            raise MoveError(
                Phrase("items of an older version are still being converted; wait for it, or run gedi prune")
            )
        identity = facts.identify(connection)
    with _open_writer(copy) as connection:
        known, copied = facts.get(connection, facts.COPY_OF), facts.get(connection, facts.ID)
        if known == identity:
            return
        if known is not None:
            raise MoveError(Phrase("the target is a half-finished copy of another store; name an empty database"))
        if copied == identity:
            raise MoveError(
                Phrase("the target is a finished copy of this store, or the store itself; name an empty database")
            )
        if not facts.is_empty(connection):
            raise MoveError(Phrase("the target holds another store; name an empty database"))
        facts.put(connection, facts.COPY_OF, identity)
        with dialect.read_transaction(original) as source:
            partition_plan.lay_out(connection, source, database_time(connection))
        begin_bulk_insert(connection)


def copy_rows(tables: Sequence[TableRows], read: Opener, write: Opener, report: Report) -> dict[str, int]:
    """Append the rows that the copy does not have yet. Returns the number of rows of each table of the original."""
    with read() as connection:
        totals = {table.name: table.count(connection) for table in tables}
    for table in tables:
        done = 0
        for count in append_rows(table, read, write):
            done += count
            report(Progress("copy", table.name, done, totals[table.name]))
    with write() as connection:
        end_bulk_insert(connection)
        dialect.analyze(connection)
    return totals


def synchronize_tables(
    phase: str,
    tables: Sequence[TableRows],
    read: Opener,
    write: Opener,
    totals: dict[str, int],
    report: Report,
) -> list[TableResult]:
    """Make the copy equal to the original. Returns what each table has."""
    results = []
    for table in tables:
        result = TableResult(table.name)
        for _ in synchronize(table, read, write, result):
            report(Progress(phase, table.name, result.rows, totals[table.name]))
        report(Progress(phase, table.name, result.rows, totals[table.name], result))
        results.append(result)
    return results


def _open_writer(engine: Engine) -> AbstractContextManager[Connection]:
    """Open a write transaction whose statements take as long as they need."""
    return dialect.write_transaction(engine, timeout=NO_LIMIT)


def _reuse(connection: Connection) -> Callable[[], AbstractContextManager[Connection]]:
    @contextmanager
    def opened() -> Iterator[Connection]:
        yield connection

    return opened


def complete_copy(connection: Connection, numbers: dict[str, int], identity: str | None) -> None:
    """Make the copy a store of its own: what the original's workers hold is free, and ids go on where they were."""
    sequences.write(connection, numbers)
    connection.execute(update(sources).values(leased_until=None, lease_owner=None))
    for table in (pushes, subscribers, source_lists, notify_targets, index_services):
        connection.execute(update(table).values(leased_until=None))
    if identity is not None:
        facts.put(connection, facts.ID, identity)
    facts.drop(connection, facts.COPY_OF)
