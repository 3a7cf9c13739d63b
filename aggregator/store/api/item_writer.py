"""Store API: writing of new and edited items."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select, update

from aggregator.messages import decisions
from aggregator.model import Draft, LockedFields, Relation
from aggregator.steps.stories.series import series_key
from aggregator.store import daily_stats, filtered_entries, journal, poll_results, search_index, story_writes
from aggregator.store.api.connection import WriterMixin
from aggregator.store.item_texts import add_texts, delete_texts
from aggregator.store.rows import category_columns, content_columns, place_columns
from aggregator.store.schema.tables import forgotten, items, sources, withdrawn
from aggregator.store.sql.dialect import AnyRow, key_value_dict, reserve_item_ids
from aggregator.store.sql.statements import in_batches, in_list, upsert

_FORGOTTEN = select(forgotten.c.uid).where(
    forgotten.c.source_id == bindparam("source"), in_list(forgotten.c.uid, "uids")
)
_INSERTED = select(items.c.uid, items.c.id).where(in_list(items.c.id, "ids"))
_WITHDRAWN = select(withdrawn.c.url).where(in_list(withdrawn.c.url, "urls"))
_MINE: BindParameter[int] = bindparam("source")
_SUCCEEDED = select(sources.c.id).where(sources.c.id == bindparam("source"), sources.c.last_success.is_not(None))
_SUBJECT = (items.c.category, items.c.province, items.c.city, items.c.county)
_CONTENTS = select(items.c.uid, items.c.content_hash).where(
    items.c.source_id == _MINE, in_list(items.c.uid, "uids"), items.c.removed.is_(None)
)


class ItemWriter(WriterMixin):
    """Insert and update items within a write transaction."""

    def insert_items(self, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
        """Store new items with text, fingerprints and search entry. Returns uid -> id of those that were new.

        ``published`` is stored in whole seconds. Pruned and withdrawn items are skipped.
        """
        drafts = list({draft.uid: draft for draft in drafts}.values())
        pruned = _forgotten(self._connection, source_id, [draft.uid for draft in drafts])
        withdrawn_urls = _withdrawn(self._connection, {draft.url for draft in drafts})
        drafts = [draft for draft in drafts if draft.uid not in pruned and draft.url not in withdrawn_urls]
        rows = [_new_row(source_id, draft, now) for draft in drafts]
        if not rows:
            return {}
        ids = self._insert(rows)
        added = [draft for draft in drafts if draft.uid in ids]
        if added:
            filtered_entries.delete_records(self._connection, source_id, [draft.uid for draft in added])
            add_texts(self._connection, ids, added)
            self._search_entries += search_index.entries_of(source_id, ids, added)
            newest = max(_whole_second(draft.published) for draft in added)
            poll_results.count_items(self._connection, source_id, now, len(added), newest)
            if self._connection.execute(_SUCCEEDED, {"source": source_id}).first():  # its first document is a backlog
                dated = [draft.published for draft in added if draft.dated]
                daily_stats.count_delays(self._connection, source_id, now, dated)
            journal.append_events(self._connection, {journal.source_listing_key(source_id): sorted(ids.values())}, now)
        return ids

    def finish(self) -> None:
        """Write what was collected until the end of the transaction."""
        super().finish()
        self._insert_search_entries()

    def _insert_search_entries(self) -> None:
        search_index.insert_entries(self._connection, self._search_entries)
        self._search_entries = []

    def _insert(self, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
        """Insert rows of items, except those whose item is stored. Returns uid -> id.

        The ids are reserved first: one prepared statement for all rows is much cheaper than one that returns ids.
        """
        reserved = reserve_item_ids(self._connection, len(rows))
        numbered = [row | {"id": item_id} for row, item_id in zip(rows, reserved, strict=True)]
        self._connection.execute(upsert(self._connection, items, ""), numbered)
        return key_value_dict(self._connection, _INSERTED, {"ids": reserved})

    def filter_edited(self, source_id: int, drafts: Sequence[Draft]) -> list[Draft]:
        """Return the drafts whose item is stored with different content; a poll knows only the newest items."""
        if not drafts:
            return []
        stored = key_value_dict(
            self._connection, _CONTENTS, {"source": source_id, "uids": [draft.uid for draft in drafts]}
        )
        return [draft for draft in drafts if stored.get(draft.uid, draft.content_hash) != draft.content_hash]

    def update_items(self, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
        """Store edits of existing items. Returns uid -> id.

        Text, fingerprints and search entry are replaced and ``changed`` is set to ``now``; ``published``,
        ``first_seen`` and locked category and region are kept.
        """
        drafts_by_uid = {draft.uid: draft for draft in drafts}
        rows = [] if not drafts_by_uid else _existing_items(self._connection, source_id, list(drafts_by_uid))
        if not rows:
            return {}
        ids = {row.uid: row.id for row in rows}
        self._insert_search_entries()  # one of the items may be among them
        search_index.remove_from_index(self._connection, list(ids.values()))
        delete_texts(self._connection, list(ids.values()))
        for row in rows:
            values = _edit_values(drafts_by_uid[row.uid], row, now)
            self._connection.execute(update(items).where(items.c.id == row.id).values(**values))
        add_texts(self._connection, ids, [draft for uid, draft in drafts_by_uid.items() if uid in ids])
        search_index.add_to_index(self._connection, list(ids.values()))
        story_ids = {row.story_id for row in rows if row.story_id is not None}
        moved = frozenset(row.id for row in rows if _is_moved(row, drafts_by_uid[row.uid]))
        edits = story_writes.Edits(frozenset(ids.values()), moved)
        story_writes.refresh_stories(self._connection, story_ids, now, edits)
        journal.append_to_sources(self._connection, list(ids.values()), now)
        return ids


def _new_row(source_id: int, draft: Draft, now: datetime) -> dict[str, Any]:
    return (
        content_columns(draft)
        | category_columns(draft.decision)
        | place_columns(draft.place)
        | {
            "source_id": source_id,
            "uid": draft.uid,
            "published": _whole_second(draft.published),
            "first_seen": now,
            "changed": now,
            "dated": draft.dated,
            "story_id": None,
            "represents": 0,
            "many": False,
            "relation": Relation.ORIGINAL,
            "reprint_of": None,
            "similarity": 0.0,
            "story_why": decisions.ALONE(),
            "pinned": LockedFields.NONE.value,
            "series": series_key(source_id, draft.title),
        }
    )


def _whole_second(time: datetime) -> datetime:
    return time.replace(microsecond=0)  # the precision of feeds; cursors and the search index depend on it


def _edit_values(draft: Draft, row: AnyRow, now: datetime) -> dict[str, Any]:
    values = content_columns(draft) | {"changed": now, "series": series_key(row.source_id, draft.title)}
    if not row.pinned & LockedFields.CATEGORY:
        values |= category_columns(draft.decision)
    if not row.pinned & LockedFields.REGION:
        values |= place_columns(draft.place)
    return values


def _is_moved(row: AnyRow, draft: Draft) -> bool:
    """Return whether an edit gives an item another category or region."""
    category, *codes = (getattr(row, column.name) for column in _SUBJECT)
    place = draft.place
    is_moved = not row.pinned & LockedFields.CATEGORY and category != draft.decision.category
    return is_moved or (not row.pinned & LockedFields.REGION and codes != [place.province, place.city, place.county])


def _existing_items(connection: Connection, source_id: int, uids: Sequence[str]) -> list[AnyRow]:
    rows: list[AnyRow] = []
    query = select(items.c.id, items.c.source_id, items.c.uid, items.c.pinned, items.c.story_id, *_SUBJECT)
    for chunk in in_batches(uids):
        conditions = (items.c.source_id == source_id, items.c.uid.in_(chunk), items.c.removed.is_(None))
        rows += connection.execute(query.where(*conditions)).all()
    return rows


def _forgotten(connection: Connection, source_id: int, uids: Sequence[str]) -> set[str]:
    return set(connection.execute(_FORGOTTEN, {"source": source_id, "uids": uids}).scalars())


def _withdrawn(connection: Connection, urls: Collection[str]) -> set[str]:
    """Return those of the URLs that were withdrawn, under any uid and from any source."""
    return set(connection.execute(_WITHDRAWN, {"urls": urls}).scalars())
