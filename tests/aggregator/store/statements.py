"""Recording of the SQL statements of this process, and of their query plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event


@dataclass(frozen=True)
class Statement:
    """A statement as passed to the driver."""

    engine: Engine
    text: str
    parameters: Any

    @property
    def reads(self) -> bool:
        return self.text.lstrip().upper().startswith(("SELECT", "WITH"))


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """Yield a list to which every executed statement is appended."""
    found: list[Statement] = []

    def note(connection: Connection, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        found.append(Statement(connection.engine, statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def plans(call: Callable[[], object]) -> list[tuple[str, str]]:
    """Return each query of ``call`` with its query plan; fail if there was none."""
    with recorded() as found:
        call()
    queries = [statement for statement in found if statement.reads]
    assert queries
    return [(query.text, _plan(query)) for query in queries]


def _plan(query: Statement) -> str:
    explain = "EXPLAIN QUERY PLAN " if query.engine.dialect.name == "sqlite" else "EXPLAIN "
    with query.engine.connect() as connection:
        rows = connection.exec_driver_sql(explain + query.text, query.parameters).all()
    return "\n".join(str(row[-1]) for row in rows)
