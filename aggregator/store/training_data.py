"""What the category model learns from, and whose turn it is to let it learn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from aggregator.messages import decisions
from aggregator.model import Example, LockedFields
from aggregator.store import correction_log
from aggregator.store.schema.columns import has_code
from aggregator.store.schema.tables import counters, items, texts
from aggregator.store.sql.dialect import insert_for

_CORRECTED = items.c.pinned.bitwise_and(LockedFields.CATEGORY.value) != 0


def training_examples(connection: Connection, limit: int) -> Iterator[Example]:
    """What admins set, whether or not the items are still there, and then what sources, publishers' terms and a
    config's patterns say; newest first."""
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


def claim_retraining(connection: Connection, place: str, now: datetime, every: timedelta) -> bool:
    """Is it this worker's turn? Once in ``every`` for each place where a model lies, whoever asks first."""
    first = insert_for(connection, counters).values(name=f"learning {place}", value=int(now.timestamp()))
    taken = first.on_conflict_do_update(
        index_elements=["name"],
        set_={"value": first.excluded.value},
        where=counters.c.value <= int((now - every).timestamp()),
    )
    return connection.execute(taken.returning(counters.c.name)).scalar() is not None
