"""New and edited items: their rows, texts, marks and search entries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select, update

from aggregator.messages import decisions
from aggregator.model import Draft, KnownItems, LockedFields, Relation
from aggregator.steps.entries.seen_entries import count_entries
from aggregator.store import filtered_entries, journal, poll_results, search_index, story_writes
from aggregator.store.item_texts import add_texts, delete_texts
from aggregator.store.rows import category_columns, content_columns, place_columns
from aggregator.store.schema.tables import forgotten, items, seen_entries, withdrawn
from aggregator.store.sql.dialect import AnyRow, key_value_dict
from aggregator.store.sql.statements import in_batches, in_list, upsert

MIN_KNOWN, KNOWN_PER_ENTRY = 500, 10  # items that a visit knows at least, and for each entry of the last document
_FORGOTTEN = select(forgotten.c.uid).where(
    forgotten.c.source_id == bindparam("source"), in_list(forgotten.c.uid, "uids")
)
_WITHDRAWN = select(withdrawn.c.url).where(in_list(withdrawn.c.url, "urls"))


def insert_items(connection: Connection, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
    drafts = list({draft.uid: draft for draft in drafts}.values())
    barred = _forgotten(connection, source_id, [draft.uid for draft in drafts])
    gone = _withdrawn(connection, {draft.url for draft in drafts})
    drafts = [draft for draft in drafts if draft.uid not in barred and draft.url not in gone]
    rows = [_new_row(source_id, draft, now) for draft in drafts]
    if not rows:
        return {}
    statement = upsert(connection, items, "").returning(items.c.uid, items.c.id)
    ids = {row.uid: row.id for row in connection.execute(statement, rows)}
    added = [draft for draft in drafts if draft.uid in ids]
    if added:
        filtered_entries.delete_records(connection, source_id, [draft.uid for draft in added])
        add_texts(connection, ids, added)
        search_index.add_to_index(connection, list(ids.values()))
        newest = max(_whole_second(draft.published) for draft in added)
        poll_results.count_items(connection, source_id, now, len(added), newest)
        journal.append_events(connection, {journal.source_listing_key(source_id): sorted(ids.values())}, now)
    return ids


def update_items(connection: Connection, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
    wanted = {draft.uid: draft for draft in drafts}
    rows = [] if not wanted else _existing_items(connection, source_id, list(wanted))
    if not rows:
        return {}
    ids = {row.uid: row.id for row in rows}
    search_index.remove_from_index(connection, list(ids.values()))
    delete_texts(connection, list(ids.values()))
    for row in rows:
        values = _edit_values(wanted[row.uid], row, now)
        connection.execute(update(items).where(items.c.id == row.id).values(**values))
    add_texts(connection, ids, [draft for uid, draft in wanted.items() if uid in ids])
    search_index.add_to_index(connection, list(ids.values()))
    story_writes.refresh_stories(connection, {row.story_id for row in rows if row.story_id is not None}, now)
    journal.append_events(
        connection, journal.listings_of_items(connection, list(ids.values())), now
    )  # readers see edits
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
            "lead": False,
            "many": False,
            "relation": Relation.ORIGINAL,
            "reprint_of": None,
            "similarity": 0.0,
            "story_why": decisions.ALONE(),
            "pinned": LockedFields.NONE.value,
        }
    )


def _whole_second(time: datetime) -> datetime:
    return time.replace(microsecond=0)  # what feeds can say; cursors and the search index count on it


def _edit_values(draft: Draft, row: AnyRow, now: datetime) -> dict[str, Any]:
    values = content_columns(draft) | {"changed": now}
    if not row.pinned & LockedFields.CATEGORY:
        values |= category_columns(draft.decision)
    if not row.pinned & LockedFields.REGION:
        values |= place_columns(draft.place)
    return values


def _existing_items(connection: Connection, source_id: int, uids: Sequence[str]) -> list[AnyRow]:
    found: list[AnyRow] = []
    query = select(items.c.id, items.c.uid, items.c.pinned, items.c.story_id)
    for chunk in in_batches(uids):
        here = (items.c.source_id == source_id, items.c.uid.in_(chunk), items.c.removed.is_(None))
        found += connection.execute(query.where(*here)).all()
    return found


_MINE: BindParameter[int] = bindparam("source")
_SEEN = select(seen_entries.c.packed).where(seen_entries.c.source_id == _MINE)
_PAST = select(forgotten.c.uid, forgotten.c.content_hash).where(forgotten.c.source_id == _MINE).limit(bindparam("most"))
_NEWEST = (
    select(items.c.uid, items.c.content_hash, items.c.url)
    .where(items.c.source_id == _MINE, items.c.removed.is_(None))
    .order_by(items.c.published.desc(), items.c.id.desc())
    .limit(bindparam("most"))
)
_CONTENTS = select(items.c.uid, items.c.content_hash).where(
    items.c.source_id == _MINE, in_list(items.c.uid, "uids"), items.c.removed.is_(None)
)


def known_items(connection: Connection, source_id: int, limit: int) -> KnownItems:
    seen = connection.execute(_SEEN, {"source": source_id}).scalar() or b""
    wanted = {"source": source_id, "most": min(limit, max(MIN_KNOWN, KNOWN_PER_ENTRY * count_entries(seen)))}
    hashes = key_value_dict(connection, _PAST, wanted)
    addresses: dict[str, str] = {}
    shared: set[str] = set()
    for uid, content, url in connection.execute(_NEWEST, wanted).all():
        hashes[uid] = content
        if addresses.setdefault(url, uid) != uid:
            shared.add(url)
    return KnownItems(hashes, {url: uid for url, uid in addresses.items() if url not in shared}, seen)


def filter_edited(connection: Connection, source_id: int, drafts: Sequence[Draft]) -> list[Draft]:
    if not drafts:
        return []
    stored = key_value_dict(connection, _CONTENTS, {"source": source_id, "uids": [draft.uid for draft in drafts]})
    return [draft for draft in drafts if stored.get(draft.uid, draft.content_hash) != draft.content_hash]


def _forgotten(connection: Connection, source_id: int, uids: Sequence[str]) -> set[str]:
    return set(connection.execute(_FORGOTTEN, {"source": source_id, "uids": uids}).scalars())


def _withdrawn(connection: Connection, urls: Collection[str]) -> set[str]:
    """Which of these addresses were withdrawn, under whatever id and from whatever source they come."""
    return set(connection.execute(_WITHDRAWN, {"urls": urls}).scalars())
