"""Store API: series and their issues, and what admins decide about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from aggregator.model import LockedFields
from aggregator.model.series import Series
from aggregator.steps.stories.series import rhythm_of, series_key
from aggregator.store import correction_log, journal
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.correction_log import CorrectionEntry, log_corrections
from aggregator.store.rows import SOURCE_TITLE
from aggregator.store.schema.series_columns import IS_OPEN, SERIES_ID, key_of
from aggregator.store.schema.tables import items, series, sources
from aggregator.store.sql.dialect import AnyRow

_RECENT = 30  # issues from which the rhythm is known
_NOT_REMOVED = items.c.removed.is_(None)


def _series_query() -> Select[Any]:
    """Return the query of series with their issues; one without issues is not found."""
    ends = (func.min(items.c.published).label("first"), func.max(items.c.published).label("last"))
    return (
        select(*series.c, sources.c.slug, SOURCE_TITLE.label("title"), func.count(items.c.id).label("issues"), *ends)
        .join_from(series, sources, sources.c.id == series.c.source_id)
        .join(items, (items.c.series == series.c.key) & _NOT_REMOVED)
        .where(IS_OPEN)
        .group_by(*series.c, sources.c.slug, SOURCE_TITLE)
    )


class SeriesApi(ConnectionMixin):
    """Read series, and apply corrections to them."""

    def series(self, series_id: int) -> Series | None:
        """Return a series that has issues; None if there is none."""
        with self._read_transaction() as connection:
            row = connection.execute(_series_query().where(series.c.id == series_id)).one_or_none()
            return _to_series(connection, row) if row is not None else None

    def series_list(self, limit: int, *, source: str | None = None) -> list[Series]:
        """Return the series, the one with the latest issue first."""
        with self._read_transaction() as connection:
            query = _series_query().order_by(func.max(items.c.published).desc(), series.c.id.desc()).limit(limit)
            if source is not None:
                query = query.where(sources.c.slug == source)
            return [_to_series(connection, row) for row in connection.execute(query).all()]

    def series_with_issues(self, limit: int) -> list[tuple[int, datetime]]:
        """Return (number, publication of the latest issue) of the series with two issues or more, latest first."""
        with self._read_transaction() as connection:
            latest = func.max(items.c.published)
            query = (
                select(series.c.id, latest)
                .join(items, (items.c.series == series.c.key) & _NOT_REMOVED)
                .where(IS_OPEN)
                .group_by(series.c.id)
                .having(func.count(items.c.id) > 1)
                .order_by(latest.desc(), series.c.id.desc())
            )
            return [(row[0], row[1]) for row in connection.execute(query.limit(limit))]

    def had_series(self, series_id: int) -> bool:
        """Return whether there is or was a series of this number."""
        with self._read_transaction() as connection:
            return series_id <= (connection.execute(select(func.max(series.c.id))).scalar() or 0)

    def withdrawn_issues(self, series_id: int) -> list[int]:
        """Return the withdrawn issues of a series."""
        with self._read_transaction() as connection:
            query = select(items.c.id).where(items.c.series == key_of(series_id), items.c.removed.is_not(None))
            return list(connection.execute(query.order_by(items.c.id)).scalars())

    def take_out_of_series(self, item_id: int, now: datetime) -> int | None:
        """Let an item be of no series, now and after edits; returns the series it was of, None if of none."""
        with self._write_transaction() as connection:
            before = correction_log.load_rows(connection, [item_id])
            left = connection.execute(select(SERIES_ID).where(items.c.id == item_id, _NOT_REMOVED)).scalar()
            if left is None:
                return None
            pinned = items.c.pinned.bitwise_or(LockedFields.SERIES.value)
            _change_item(connection, item_id, {"series": None, "pinned": pinned}, now)
            entry = CorrectionEntry("split", "series", {item_id: None}, series_before={item_id: str(left)})
            log_corrections(connection, entry, before, now)
            return int(left)

    def put_back_into_series(self, item_id: int, now: datetime) -> bool:
        """Undo ``take_out_of_series``; returns False if the item is no longer there."""
        with self._write_transaction() as connection:
            before = correction_log.load_rows(connection, [item_id])
            query = select(items.c.source_id, items.c.title).where(items.c.id == item_id, _NOT_REMOVED)
            row = connection.execute(query).one_or_none()
            if row is None:
                return False
            pinned = items.c.pinned.bitwise_and(~LockedFields.SERIES.value)
            values = {"series": series_key(row.source_id, row.title), "pinned": pinned}
            _change_item(connection, item_id, values, now)
            now_of = connection.execute(select(SERIES_ID).where(items.c.id == item_id)).scalar()
            after = str(now_of) if now_of is not None else None
            log_corrections(connection, CorrectionEntry("reset", "series", {item_id: after}), before, now)
            return True

    def dissolve_series(self, series_id: int, now: datetime | None) -> bool:
        """Let titles of a series be of no series, now and later; ``now`` None undoes that. Returns False if there is no
        such series, or nothing to undo."""
        with self._write_transaction() as connection:
            applies = IS_OPEN if now is not None else series.c.dissolved.is_not(None)
            statement = update(series).where(series.c.id == series_id, applies).values(dissolved=now)
            return bool(connection.execute(statement).rowcount)


def _change_item(connection: Connection, item_id: int, values: dict[str, Any], now: datetime) -> None:
    connection.execute(update(items).where(items.c.id == item_id).values(**values, changed=now))
    journal.append_to_sources(connection, [item_id], now)


def _to_series(connection: Connection, row: AnyRow) -> Series:
    recent = select(items.c.published).where(items.c.series == row.key, _NOT_REMOVED)
    times: Sequence[datetime] = (
        connection.execute(recent.order_by(items.c.published.desc(), items.c.id.desc()).limit(_RECENT)).scalars().all()
    )
    return Series(
        id=row.id,
        name=row.name,
        source=row.slug,
        source_title=row.title,
        skeleton=row.skeleton,
        why=row.why,
        opened=row.opened,
        issues=row.issues,
        first_published=row.first,
        last_published=row.last,
        rhythm=rhythm_of(times),
    )
