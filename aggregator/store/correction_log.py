"""Log of corrections, and the training texts kept with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from aggregator.model import Place
from aggregator.model.corrections import CorrectionSubject, CorrectionVerb
from aggregator.store.rows import to_place
from aggregator.store.schema.tables import corrections, items, texts
from aggregator.store.schema.text_columns import PLAIN_TEXT
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.statements import in_batches

MAX_TRAINING_TEXT = 2000  # characters of text kept for training
_MAX_OTHERS = 200  # other items that are logged


def load_rows(connection: Connection, ids: Collection[int]) -> dict[int, AnyRow]:
    """Return item -> row in the order of ``ids``, to be read before a correction is applied."""
    columns = ("id", "title", "story_id", "category", "province", "city", "county", "further_regions")
    query = select(*(items.c[name] for name in columns))
    rows: dict[int, AnyRow] = {}
    for batch in in_batches(set(ids)):
        rows |= {row.id: row for row in connection.execute(query.where(items.c.id.in_(batch)))}
    return {item_id: rows[item_id] for item_id in dict.fromkeys(ids) if item_id in rows}


@dataclass(frozen=True, slots=True)
class CorrectionEntry:
    """What an admin did: item -> new value, and for each item the other items concerned."""

    verb: CorrectionVerb
    subject: CorrectionSubject
    after: Mapping[int, str | None]
    others: Mapping[int, Sequence[int]] | None = None
    series_before: Mapping[int, str] | None = None  # which rows of items do not have


def log_corrections(
    connection: Connection, entry: CorrectionEntry, items_before: Mapping[int, AnyRow], now: datetime
) -> None:
    """Log a correction of each item of the entry; it replaces earlier ones of the same subject.

    ``items_before``: the rows returned by ``load_rows``.
    """
    subject, after, others = entry.subject, entry.after, entry.others
    ids = [item_id for item_id in after if item_id in items_before]
    for batch in in_batches(ids):
        earlier = corrections.c.item_id.in_(batch) & (corrections.c.subject == subject)
        connection.execute(update(corrections).where(earlier, corrections.c.holds).values(holds=False))
    training_texts = _texts(connection, ids) if (entry.verb, subject) == ("move", "category") else {}
    rows = [
        {
            "at": now,
            "item_id": item_id,
            "title": items_before[item_id].title,
            "text": training_texts.get(item_id),
            "verb": entry.verb,
            "subject": subject,
            "before": (entry.series_before or {}).get(item_id) or _value(subject, items_before[item_id]),
            "after": after[item_id],
            "others": list(others[item_id])[:_MAX_OTHERS] if others else [],
            "holds": True,
        }
        for item_id in ids
    ]
    if rows:
        connection.execute(insert(corrections), rows)


def _value(subject: CorrectionSubject, row: AnyRow) -> str | None:
    if subject == "story":
        return str(row.story_id or row.id)
    if subject == "category":
        return row.category  # type: ignore[no-any-return]
    codes = (row.province, row.city, row.county)
    return shown_regions(to_place(codes, row.further_regions)) if subject == "region" else None


def shown_regions(place: Place) -> str | None:
    """Return the codes of all regions as one text, the primary one first; None without any."""
    return " ".join(place.regions) or None


def _texts(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    training_texts: dict[int, str] = {}
    for batch in in_batches(ids):
        query = select(texts.c.item_id, PLAIN_TEXT).where(texts.c.item_id.in_(batch))
        training_texts |= {row.item_id: row.text[:MAX_TRAINING_TEXT] for row in connection.execute(query)}
    return training_texts


def delete_texts(connection: Connection, ids: Collection[int]) -> None:
    """Delete the training texts of withdrawn items."""
    for batch in in_batches(set(ids)):
        connection.execute(update(corrections).where(corrections.c.item_id.in_(batch)).values(text=None))


def category_corrections(connection: Connection, limit: int) -> Iterator[tuple[str, str]]:
    """Yield (category, title + text) of corrections of a category that still apply, latest first."""
    query = (
        select(corrections.c.after, corrections.c.title, corrections.c.text)
        .where(corrections.c.holds, corrections.c.text.is_not(None), corrections.c.subject == "category")
        .order_by(corrections.c.id.desc())
        .limit(limit)
    )
    for category, title, text in connection.execution_options(yield_per=1000).execute(query):
        yield category, f"{title}\n{text}"
