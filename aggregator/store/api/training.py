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
from aggregator.store.sql.dialect import insert_for
from aggregator.store.sql.statements import in_batches

_CORRECTED = items.c.pinned.bitwise_and(LockedFields.CATEGORY.value) != 0


class TrainingApi(ConnectionMixin):
    """Training data and reclassification."""

    def training_examples(self, limit: int) -> Iterator[Example]:
        """Title and text of items whose category is certain: set by an admin (these first), by the source, by the
        publisher's term or by a config's pattern."""
        with self._read_transaction() as connection:
            certain = has_code(items.c.category_why, decisions.SOURCE, decisions.TERM, decisions.PATTERN)
            for category, words in correction_log.lessons(connection, limit):
                limit -= 1
                yield Example(category, words, corrected=True)
            query = (
                select(items.c.category, items.c.title, texts.c.text)
                .join(texts, texts.c.item_id == items.c.id)
                .where(items.c.removed.is_(None), items.c.category.is_not(None), ~_CORRECTED & certain)
                .order_by(items.c.published.desc(), items.c.id.desc())
                .limit(limit)
            )
            for category, title, words in connection.execution_options(yield_per=1000).execute(query):
                yield Example(category, f"{title}\n{words}")

    def category_corrections(self, limit: int) -> Iterator[tuple[str, str]]:
        """(category, title + text) of every move to a category that still holds, the latest first; also of items that
        have been pruned since."""
        with self._read_transaction() as connection:
            yield from correction_log.lessons(connection, limit)

    def claim_retraining(self, place: str, now: datetime, every: timedelta) -> bool:
        """May this worker let the model in ``place`` learn? One of them may, once in ``every``."""
        with self._write_transaction() as connection:
            first = insert_for(connection, counters).values(name=f"learning {place}", value=int(now.timestamp()))
            taken = first.on_conflict_do_update(
                index_elements=["name"],
                set_={"value": first.excluded.value},
                where=counters.c.value <= int((now - every).timestamp()),
            )
            return connection.execute(taken.returning(counters.c.name)).scalar() is not None

    def uncategorized_items(self, since: datetime, limit: int) -> list[UncategorizedItem]:
        """Items published since then that have no category, newest first; none about which an admin decided."""
        with self._read_transaction() as connection:
            query = (
                select(items.c.id, items.c.title, texts.c.text, items.c.terms, sources.c.category)
                .join(texts, texts.c.item_id == items.c.id)
                .join(sources, sources.c.id == items.c.source_id)
                .where(_is_uncategorized(), items.c.published >= since)
                .order_by(items.c.published.desc(), items.c.id.desc())
                .limit(limit)
            )
            return [
                UncategorizedItem(number, title, words, tuple(terms), category)
                for number, title, words, terms, category in connection.execute(query)
            ]

    def set_categories(self, decisions: Mapping[int, CategoryDecision], now: datetime) -> list[int]:
        """Give items that still have no category one; what was decided meanwhile stays. Returns which got it."""
        with self._write_transaction() as connection:
            ids: list[int] = []
            for batch in in_batches(decisions):
                ids += connection.execute(
                    select(items.c.id).where(items.c.id.in_(batch), _is_uncategorized())
                ).scalars()
            search_index.remove_from_index(connection, ids)
            for number in ids:
                values = category_columns(decisions[number]) | {"changed": now}
                connection.execute(update(items).where(items.c.id == number).values(**values))
            search_index.add_to_index(connection, ids)
            story_writes.refresh_stories(connection, story_writes.story_ids_of(connection, ids), now)
            journal.append_events(connection, journal.listings_of_items(connection, ids), now)
            return ids


def _is_uncategorized() -> ColumnElement[bool]:
    undecided: ColumnElement[bool] = items.c.top.is_(None)
    pinned = items.c.pinned.bitwise_and(LockedFields.CATEGORY.value) != 0
    return undecided & items.c.removed.is_(None) & ~pinned
