"""Reasons, errors and evidence become messages (a code with parameters, as compact JSON) in the columns that held
sentences.

A sentence that is not recognized becomes the message "text".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from aggregator.store.migrations import sentences

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COLUMNS = {  # table -> key, columns needed for the conversion, and columns to rewrite
    "sources": (("id",), ("error_kind",), ("error", "next_why")),
    "polls": (("id",), ("error_kind",), ("error",)),
    "items": (("id",), (), ("category_why", "region_why", "story_why", "advertorial")),
    "articles": (("item_id",), (), ("reason",)),
    "subscriptions": (("id",), (), ("reason",)),
    "troubles": (("id",), ("subject", "kind"), ("detail",)),
    "kept_out": (("source_id", "uid"), ("rule",), ("evidence",)),
}
_CONVERTED: dict[str, Callable[[str, Any], sentences.Value]] = {
    "sources.error": lambda text, row: sentences.fetch_error(text, row.error_kind),
    "sources.next_why": lambda text, _: sentences.poll_reason(text),
    "polls.error": lambda text, row: sentences.fetch_error(text, row.error_kind),
    "items.category_why": lambda text, _: sentences.category(text),
    "items.region_why": lambda text, _: sentences.region(text),
    "items.story_why": lambda text, _: sentences.story(text),
    "items.advertorial": lambda text, _: sentences.advert(text),
    "articles.reason": lambda text, _: sentences.fetch_error(text),
    "subscriptions.reason": lambda text, _: sentences.push_error(text),
    "troubles.detail": lambda text, row: sentences.incident(text, row.subject, row.kind),
    "kept_out.evidence": lambda text, row: sentences.evidence(text, row.rule),
}


def upgrade() -> None:
    _rewrite(lambda name, text, row: sentences.packed(_CONVERTED[name](text, row)))


def downgrade() -> None:
    _rewrite(lambda _name, text, _row: sentences.sentence(text))


def _rewrite(convert: Callable[[str, str, Any], str]) -> None:
    """Convert the text in every column of ``_COLUMNS``; ``convert`` takes "table.column", the text and its row."""
    for name, (keys, known, columns) in _COLUMNS.items():
        table = sa.table(name, *(sa.column(each) for each in (*keys, *known, *columns)))
        same = sa.and_(*(table.c[key] == sa.bindparam(f"_{key}") for key in keys))
        statement = table.update().where(same).values({column: sa.bindparam(f"_{column}") for column in columns})
        for rows in _batches(table, keys, columns):
            changes = [
                {f"_{key}": getattr(row, key) for key in keys}
                | {
                    f"_{column}": None if text is None else convert(f"{name}.{column}", text, row)
                    for column in columns
                    for text in (getattr(row, column),)
                }
                for row in rows
            ]
            op.get_bind().execute(statement, changes)


def _batches(table: sa.TableClause, keys: Sequence[str], columns: Sequence[str]) -> Iterator[Sequence[Any]]:
    """Yield the rows with a value in any of these columns, in order of their key."""
    order = [table.c[key] for key in keys]
    filled = sa.or_(*(table.c[column].is_not(None) for column in columns))
    query = sa.select(table).where(filled).order_by(*order).limit(sentences.BATCH)
    rows = op.get_bind().execute(query).all()
    while rows:
        yield rows
        last = [sa.literal(getattr(rows[-1], key)) for key in keys]
        rows = op.get_bind().execute(query.where(sa.tuple_(*order) > sa.tuple_(*last))).all()
