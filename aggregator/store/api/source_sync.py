"""Store API: synchronization of the sources table with config.toml.

A source keeps its items when it is renamed or moves:

    same slug                         the same source; a different URL means that it moved
    different slug, same URL          renamed; the old slug redirects to the new one
    both differ, named in ``former``  the same source
    both differ, both slugs derived   moved, if exactly one source of the same title left the file: only
    from the URLs                     the URL was edited
    otherwise                         a new source
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, or_, select, update

from aggregator.fetching.urls import host_key
from aggregator.model import Source, SourceState
from aggregator.model.listing_keys import listing_keys_of
from aggregator.model.slugs import slug_of
from aggregator.store import rendered_feeds
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.rows import to_place
from aggregator.store.schema.tables import counters, former_slugs, items, series, sources
from aggregator.store.schema.tables import documents as rendered
from aggregator.store.sql.dialect import AnyRow, insert_for, key_value_dict
from aggregator.store.sql.statements import in_batches

DEFAULT_INTERVAL = timedelta(minutes=30)
_SHOWN_COLUMNS = ("slug", "title", "content", "language", "pictures")  # shown in documents
_READING_COLUMNS = ("kind", "selectors", "encoding")  # decide how a document is read
_FILTER_COLUMNS = ("include", "exclude", "advertorial")  # decide which entries are accepted
_RENDER_FINGERPRINT = "appearance"


class SourceSyncApi(ConnectionMixin):
    """Synchronize the stored sources with the config."""

    def sync_sources(
        self, configured: Sequence[Source], now: datetime, spread: timedelta, before: Sequence[Source] = ()
    ) -> dict[str, int]:
        """Insert and update the stored sources to match the config. Returns slug -> id, in the
        order of ``configured``, whose ``Source.id`` is ignored.

        A new URL keeps the history and clears the validators; a source that left the config is kept with its items but
        not polled. New sources are due at once, spread evenly over ``spread``. Feeds that show a changed property
        become stale.

        ``before``: sources with which the stored ones agree. Only rows that the differences concern are read then, and
        only ids of differing sources are returned.
        """
        same = set(before).intersection(configured)
        with self._write_transaction() as connection:
            query = select(sources).order_by(sources.c.listed.desc(), sources.c.id)
            if same:
                differing = [source for source in configured if source not in same]
                gone = [source for source in before if source not in same]
                rows = _rows_about(connection, query, [*differing, *gone], same)
                matcher = _RowMatcher(differing, rows, configured)
                configured = differing
            else:
                rows = list(connection.execute(query))
                matcher = _RowMatcher(configured, rows, configured)
            row_of_slug = matcher.matches
            new_sources = [source for source in configured if source.slug not in row_of_slug]
            kept = {row.id for row in row_of_slug.values()}
            displaced = [row for row in rows if row.id not in kept and row.slug in row_of_slug]
            renamed = [(row, slug) for slug, row in row_of_slug.items() if row.slug != slug]
            _rename_all(connection, [*renamed, *((row, f"{row.slug[:50]}-{row.id}") for row in displaced)])
            unlisted = [row.id for row in rows if row.listed and row.id not in kept]
            for batch in in_batches(unlisted):
                connection.execute(update(sources).where(sources.c.id.in_(batch)).values(listed=False))
            relisted = [
                source for source in configured if source.slug in row_of_slug and not row_of_slug[source.slug].listed
            ]
            step = spread / max(len(new_sources) + len(relisted), 1)
            new = [_new_row(source, now + position * step) for position, source in enumerate(new_sources)]
            if new:
                connection.execute(insert(sources), new)
            first_polls = {
                source.slug: now + (len(new_sources) + position) * step for position, source in enumerate(relisted)
            }
            for source in configured:
                if source.slug in row_of_slug:
                    _update_source(connection, row_of_slug[source.slug], source, first_polls.get(source.slug, now))
            if not same or configured:
                connection.execute(delete(former_slugs).where(former_slugs.c.slug.in_(select(sources.c.slug))))
            slugs = {source.slug for source in configured}
            ids = select(sources.c.slug, sources.c.id)
            id_of_slug: dict[str, int] = {}
            if same:
                for batch in in_batches(slugs):
                    id_of_slug |= key_value_dict(connection, ids.where(sources.c.slug.in_(batch)))
            else:
                id_of_slug = key_value_dict(connection, ids)
            return {source.slug: id_of_slug[source.slug] for source in configured}

    def current_slug(self, slug: str) -> str | None:
        """Return the current slug of the source that once had this one; None if there is none."""
        with self._read_transaction() as connection:
            query = select(sources.c.slug).join(former_slugs, former_slugs.c.source_id == sources.c.id)
            current: str | None = connection.execute(query.where(former_slugs.c.slug == slug)).scalar()
            return current

    def apply_render_fingerprint(self, fingerprint: int) -> bool:
        """Mark every document stale if it was rendered with a different configuration. Returns whether that was so.

        ``fingerprint``: 63 bits of the title, language, category names and so on.
        """
        with self._write_transaction() as connection:
            insert_statement = insert_for(connection, counters).values(name=_RENDER_FINGERPRINT, value=fingerprint)
            is_different = or_(counters.c.value != fingerprint, counters.c.value.is_(None))
            statement = insert_statement.on_conflict_do_update(
                index_elements=["name"], set_={"value": fingerprint}, where=is_different
            )
            if connection.execute(statement.returning(counters.c.value)).scalar() is None:
                return False
            rendered_feeds.mark_stale(connection, _rendered(connection))
            return True


def _new_row(source: Source, first_poll: datetime) -> dict[str, Any]:
    interval = (source.interval or DEFAULT_INTERVAL).total_seconds()
    return _config_columns(source) | {"next_poll": first_poll, "interval": interval, "state": SourceState.NEW}


def _rows_about(
    connection: Connection, query: Select[Any], differing: Sequence[Source], same: Collection[Source]
) -> list[AnyRow]:
    """Return the rows that sources may be matched with which are new, changed or gone; those of ``same`` are taken."""
    slugs = {slug for source in differing for slug in (source.slug, *source.former_slugs)}
    urls = {source.url for source in differing}
    found: dict[int, AnyRow] = {}
    for column, values in ((sources.c.slug, slugs), (sources.c.url, urls)):
        for batch in in_batches(sorted(values)):
            found |= {row.id: row for row in connection.execute(query.where(column.in_(batch)))}
    taken = {source.slug for source in same}
    rows = [row for row in found.values() if row.slug not in taken]
    return sorted(rows, key=lambda row: (not row.listed, row.id))


class _RowMatcher:
    """Match sources to rows, the most certain criteria first. ``rows`` has the listed ones first.

    ``everything``: all configured sources, also those that need no match.
    """

    def __init__(self, configured: Sequence[Source], rows: Sequence[AnyRow], everything: Sequence[Source]) -> None:
        self._by_slug = {row.slug: row for row in rows}
        self._by_url = {row.url: row for row in reversed(rows)}
        self._urls = {source.url for source in everything}
        self._titles = Counter(source.title for source in everything)
        self._taken: set[int] = set()
        self.matches: dict[str, AnyRow] = {}
        for criterion in (self._unchanged, self._swapped, self._same_slug, self._former_slug, self._same_url):
            self._assign(configured, criterion)
        self._left = Counter(row.title for row in rows if row.listed and row.id not in self._taken)
        self._by_title = {row.title: row for row in rows if row.listed and row.id not in self._taken}
        self._assign(configured, self._moved)

    def _assign(self, configured: Sequence[Source], criterion: Callable[[Source], AnyRow | None]) -> None:
        for source in configured:
            row = criterion(source) if source.slug not in self.matches else None
            if row is not None and row.id not in self._taken:
                self.matches[source.slug] = row
                self._taken.add(row.id)

    def _unchanged(self, source: Source) -> AnyRow | None:
        row = self._by_slug.get(source.slug)
        return row if row is not None and row.url == source.url else None

    def _swapped(self, source: Source) -> AnyRow | None:
        """Return the row of this URL if the slug belonged to a different source that is still configured."""
        other = self._by_slug.get(source.slug)
        return self._by_url.get(source.url) if other is not None and other.url in self._urls else None

    def _same_slug(self, source: Source) -> AnyRow | None:
        return self._by_slug.get(source.slug)

    def _former_slug(self, source: Source) -> AnyRow | None:
        return next((self._by_slug[slug] for slug in source.former_slugs if slug in self._by_slug), None)

    def _same_url(self, source: Source) -> AnyRow | None:
        return self._by_url.get(source.url)

    def _moved(self, source: Source) -> AnyRow | None:
        if not source.title or self._titles[source.title] != 1 or self._left[source.title] != 1:
            return None
        row = self._by_title[source.title]
        derived = source.slug == slug_of(source.url) and row.slug == slug_of(row.url)
        return row if derived else None


def _rename_all(connection: Connection, renamed: Sequence[tuple[AnyRow, str]]) -> None:
    for row, _ in renamed:  # slugs may be swapped in a cycle: first make all of them free
        rendered_feeds.delete_listings(connection, [f"source/{row.slug}"])
        connection.execute(update(sources).where(sources.c.id == row.id).values(slug=f"~{row.id}"))
    for row, slug in renamed:
        _rename(connection, row, slug)


def _rename(connection: Connection, row: AnyRow, slug: str) -> None:
    insert_statement = insert_for(connection, former_slugs).values(slug=row.slug, source_id=row.id)
    statement = insert_statement.on_conflict_do_update(index_elements=["slug"], set_={"source_id": row.id})
    connection.execute(statement)
    connection.execute(update(sources).where(sources.c.id == row.id).values(slug=slug))


def _config_columns(source: Source, url_now: str | None = None) -> dict[str, Any]:
    return {
        "slug": source.slug,
        "url": source.url,
        "title": source.title,
        "category": source.category,
        "region": source.region,
        "language": source.language,
        "timezone": source.timezone,
        "encoding": source.encoding,
        "every": source.interval.total_seconds() if source.interval else None,
        "content": source.content,
        "pictures": source.pictures,
        "include": list(source.include),
        "exclude": list(source.exclude),
        "advertorial": source.advertorial,
        "enabled": source.enabled,
        "listed": True,
        "kind": source.kind,
        "selectors": source.select.as_dict() or None,
        "articles": source.articles,
        "request": source.request,
        "host": host_key(url_now or source.url),
    }


def _update_source(connection: Connection, row: AnyRow, source: Source, first_poll: datetime) -> None:
    values = _config_columns(source, row.url_now)
    if row.url != source.url:  # a different document: the validators and errors of the old one do not apply
        forget = ("etag", "last_modified", "body_hash", "url_now", "moved_to", "error", "error_kind", "hub", "topic")
        values |= dict.fromkeys(forget) | {
            "moved_count": 0,
            "failures": 0,
            "state": SourceState.NEW,
            "next_poll": first_poll,
        }
        values["host"] = host_key(source.url)
    elif row.request != source.request:  # perhaps another document, and no longer refused
        values |= dict.fromkeys(("etag", "last_modified", "body_hash", "url_now", "moved_to"))
        values |= {"moved_count": 0, "failures": 0, "next_poll": first_poll, "host": host_key(source.url)}
        if row.state == SourceState.GONE:
            values["state"] = SourceState.NEW
    elif any(
        getattr(row, name) != values[name] for name in _READING_COLUMNS
    ):  # the same document is read differently: its validators do not apply
        values |= dict.fromkeys(("etag", "last_modified", "body_hash")) | {"next_poll": first_poll}
    elif not row.listed and row.state != SourceState.GONE:
        values["next_poll"] = max(first_poll, row.next_poll or first_poll)
    elif source.enabled and row.next_poll is None and row.state != SourceState.GONE:
        values["next_poll"] = first_poll
    # entries filtered out before may be accepted now
    if any(getattr(row, name) != values[name] for name in _FILTER_COLUMNS):
        values |= dict.fromkeys(("etag", "last_modified", "body_hash"))
    if values["every"] != row.every and values["every"] is not None:
        values["interval"] = values["every"]
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        connection.execute(update(sources).where(sources.c.id == row.id).values(**changed))
    if changed.keys() & set(_SHOWN_COLUMNS):
        rendered_feeds.mark_stale(connection, {"hot", f"source/{source.slug}", *_listings(connection, row.id)})


def _listings(connection: Connection, source_id: int) -> set[str]:
    """Return the listings that contain items of the source."""
    of_source = (items.c.source_id == source_id) & items.c.removed.is_(None)
    columns = ("category", "province", "city", "county", "further_regions")
    query = select(*(items.c[name] for name in columns)).where(of_source).distinct()
    listings: set[str] = set()
    for row in connection.execute(query):
        listings |= listing_keys_of(row.category, to_place((row.province, row.city, row.county), row.further_regions))
    story_listings = select(rendered.c.listing).where(rendered.c.listing.startswith("story/")).distinct()
    story_ids = [int(name.removeprefix("story/")) for name in connection.execute(story_listings).scalars()]
    for batch in in_batches(story_ids):
        query = select(items.c.story_id).where(of_source, items.c.story_id.in_(batch)).distinct()
        listings |= {f"story/{story_id}" for story_id in connection.execute(query).scalars()}
    of_its_series = select(series.c.id).where(series.c.source_id == source_id)
    listings |= {f"series/{series_id}" for series_id in connection.execute(of_its_series).scalars()}
    return listings


def _rendered(connection: Connection) -> Collection[str]:
    return set(connection.execute(select(rendered.c.listing).distinct()).scalars())
