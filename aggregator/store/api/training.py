"""Store API: training data of the category model, and items without a category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from aggregator.messages import decisions
from aggregator.model import CategoryDecision, Example, LockedFields, UncategorizedItem
from aggregator.store import correction_log, journal, search_index, story_writes
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.rows import category_columns
from aggregator.store.schema.columns import has_code
from aggregator.store.schema.tables import counters, items, sources, texts
from aggregator.store.schema.text_columns import PLAIN_TEXT
from aggregator.store.sql.dialect import insert_for
from aggregator.store.sql.statements import in_batches
from aggregator.store.story_changes import Edits

_CORRECTED = items.c.pinned.bitwise_and(LockedFields.CATEGORY.value) != 0


class TrainingApi(ConnectionMixin):
    """Read training data and reclassify items."""

    def training_examples(self, limit: int) -> Iterator[Example]:
        """Yield titles and texts whose category is certain, newest first.

        First corrections by admins, also of items pruned since; then categories set by the source, the publisher's term
        or a pattern of the config.
        """
        with self._read_transaction() as connection:
            certain = has_code(items.c.category_why, decisions.SOURCE, decisions.TERM, decisions.PATTERN)
            for category, item_text in correction_log.category_corrections(connection, limit):
                limit -= 1
                yield Example(category, item_text, corrected=True)
            query = (
                select(items.c.category, items.c.title, PLAIN_TEXT)
                .join(texts, texts.c.item_id == items.c.id)
                .where(items.c.removed.is_(None), items.c.category.is_not(None), ~_CORRECTED & certain)
                .order_by(items.c.published.desc(), items.c.id.desc())
                .limit(limit)
            )
            for category, title, item_text in connection.execution_options(yield_per=1000).execute(query):
                yield Example(category, f"{title}\n{item_text}")

    def category_corrections(self, limit: int) -> Iterator[tuple[str, str]]:
        """Yield (category, title + text) of every correction of a category that still applies, latest first; also of
        pruned items."""
        with self._read_transaction() as connection:
            yield from correction_log.category_corrections(connection, limit)

    def claim_retraining(self, place: str, now: datetime, every: timedelta) -> bool:
        """Return whether this worker may retrain the model in ``place``; one of them may, once in ``every``."""
        with self._write_transaction() as connection:
            insert_statement = insert_for(connection, counters).values(
                name=f"learning {place}", value=int(now.timestamp())
            )
            statement = insert_statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"value": insert_statement.excluded.value},
                where=counters.c.value <= int((now - every).timestamp()),
            )
            return connection.execute(statement.returning(counters.c.name)).scalar() is not None

    def uncategorized_items(self, since: datetime, limit: int) -> list[UncategorizedItem]:
        """Return items published since then without a category, newest first, except those corrected by an admin."""
        with self._read_transaction() as connection:
            query = (
                select(items.c.id, items.c.title, PLAIN_TEXT, items.c.terms, sources.c.category)
                .join(texts, texts.c.item_id == items.c.id)
                .join(sources, sources.c.id == items.c.source_id)
                .where(_is_uncategorized(), items.c.published >= since)
                .order_by(items.c.published.desc(), items.c.id.desc())
                .limit(limit)
            )
            return [
                UncategorizedItem(item_id, title, item_text, tuple(terms), category)
                for item_id, title, item_text, terms, category in connection.execute(query)
            ]

    def set_categories(self, decisions: Mapping[int, CategoryDecision], now: datetime) -> list[int]:
        """Set the category of items that still have none. Returns the items that were changed."""
        with self._write_transaction() as connection:
            ids: list[int] = []
            for batch in in_batches(decisions):
                ids += connection.execute(
                    select(items.c.id).where(items.c.id.in_(batch), _is_uncategorized())
                ).scalars()
            changes = search_index.category_changes(
                connection, {item_id: decisions[item_id].category for item_id in ids}
            )
            for item_id in ids:
                values = category_columns(decisions[item_id]) | {"changed": now}
                connection.execute(update(items).where(items.c.id == item_id).values(**values))
            search_index.write_entries(connection, [], changes)
            moved = Edits(moved=frozenset(ids))
            story_writes.refresh_stories(connection, story_writes.story_ids_of(connection, ids), now, moved)
            journal.append_to_sources(connection, ids, now)
            return ids


def _is_uncategorized() -> ColumnElement[bool]:
    undecided: ColumnElement[bool] = items.c.top.is_(None)
    pinned = items.c.pinned.bitwise_and(LockedFields.CATEGORY.value) != 0
    return undecided & items.c.removed.is_(None) & ~pinned
