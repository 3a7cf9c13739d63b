"""Store API: writing of new and edited items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from aggregator.model import CategoryDecision, Draft, LockedFields
from aggregator.steps.stories.series import series_key
from aggregator.store import (
    filtered_entries,
    journal,
    poll_results,
    rendered_feeds,
    search_index,
    settlements,
    story_writes,
)
from aggregator.store.api.connection import WriterMixin
from aggregator.store.item_texts import add_texts, delete_texts
from aggregator.store.open_changes import Basis, SnapshotOutdated, open_changes
from aggregator.store.placement_plan import PlacementPlan, PlannedDocument
from aggregator.store.region_rows import add_further_regions, renew_further_regions
from aggregator.store.rows import category_columns, content_columns, place_columns
from aggregator.store.schema.tables import items, sources, stories
from aggregator.store.series_rows import PossibleIssue, record_issues
from aggregator.store.sql import locks
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.search_entry import TagChange
from aggregator.store.sql.statements import execute_rows, in_batches, in_list
from aggregator.store.story_writes import member_columns

_INSERT = insert(items)
_LOCK_STORIES, _LOCK_ITEMS = (
    select(table.c.id).where(in_list(table.c.id, "ids")).order_by(table.c.id).with_for_update(key_share=True)
    for table in (stories, items)
)
_UPDATE_CATEGORY = update(items).where(items.c.id == bindparam("this"))
_HAS_SUCCEEDED = sources.c.last_success.is_not(None).label("has_succeeded")
_KNOWN = select(sources.c.id, _HAS_SUCCEEDED, filtered_entries.HAS_RECORDS).where(in_list(sources.c.id, "sources"))


class ItemWriter(WriterMixin):
    """Insert and update items within a write transaction."""

    def store_plan(self, plan: PlacementPlan, now: datetime) -> None:
        """Store the items of a plan and the stories that they change, and mark their feeds stale.

        Raises SnapshotOutdated if others have stored something since that may change the plan.
        """
        basis = Basis(plan.snapshot, plan.membership.story_ids, plan.sketches)
        if self._lock_rows(plan) and settlements.concerns(self._connection, basis):
            raise SnapshotOutdated
        open_changes(self._connection).basis = basis
        self._add_items(plan, now)
        edits = {document.source_id: document.edited for document in plan.documents if document.edited}
        left_keys: set[int] = set()
        for source_id, drafts in edits.items():
            left_keys |= self._edit_items(source_id, drafts, now)
        if plan.inherited_categories:
            self._set_categories(plan.inherited_categories, now)
        arrivals = {
            journal.source_listing_key(document.source_id): sorted(document.new_ids.values())
            for document in plan.documents
            if document.new
        }
        changes = replace(plan.changes, events=plan.changes.events | arrivals)
        story_writes.write_changes(self._connection, plan.membership, changes, now)
        self._record_issues(plan, left_keys, now)
        rendered_feeds.mark_stale(self._connection, plan.stale_listings)

    def _lock_rows(self, plan: PlacementPlan) -> bool:
        """Lock the stories and items that the plan changes, in the order of their ids, so that two plans that share
        some wait for each other at the beginning only. Returns whether others may have changed them meanwhile.
        """
        if locks.has_one_writer(self._connection):
            return True
        edited = {document.ids[draft.uid] for document in plan.documents for draft in document.edited}
        edited |= plan.inherited_categories.keys()
        changed = edited | {item.id for item in plan.changes.items if not item.is_new}
        for query, ids in ((_LOCK_STORIES, plan.changes.former_stories), (_LOCK_ITEMS, changed)):
            if ids:
                self._connection.execute(query, {"ids": ids}).all()
        return bool(plan.changes.former_stories or changed)

    def _add_items(self, plan: PlacementPlan, now: datetime) -> None:
        """Insert the new items of all documents, with text, fingerprints and search entry, in few statements."""
        members = plan.membership.items_by_id
        rows: list[dict[str, Any]] = []
        added: list[tuple[int, Draft]] = []
        for document in plan.documents:
            source_id, new_ids = document.source_id, document.new_ids
            for draft in document.new:
                member = members[new_ids[draft.uid]]
                rows.append(_new_row(source_id, draft, now) | member_columns(member) | {"id": member.id})
            if document.new:
                self._search_entries += search_index.entries_of(source_id, new_ids, document.new)
                added += [(new_ids[draft.uid], draft) for draft in document.new]
        if rows:
            try:
                execute_rows(self._connection, _INSERT, rows)
            except IntegrityError as error:  # another worker has stored one of them
                raise SnapshotOutdated from error
            add_texts(self._connection, added)
            add_further_regions(self._connection, added)
            self._record_arrivals(plan.documents, now)

    def _record_arrivals(self, documents: Sequence[PlannedDocument], now: datetime) -> None:
        drafts: dict[int, list[Draft]] = {}
        for document in documents:
            if document.new:
                drafts.setdefault(document.source_id, []).extend(document.new)
        known = self._connection.execute(_KNOWN, {"sources": drafts}).all()
        for source_id in [row.id for row in known if row.has_records]:
            filtered_entries.delete_records(self._connection, source_id, [draft.uid for draft in drafts[source_id]])
        succeeded = {row.id for row in known if row.has_succeeded}
        arrivals = {
            source_id: poll_results.Arrivals(
                len(new),
                max(_whole_second(draft.published) for draft in new),
                # the first document of a source is a backlog
                [draft.published for draft in new if draft.dated and source_id in succeeded],
            )
            for source_id, new in drafts.items()
        }
        poll_results.count_items(self._connection, arrivals, now)

    def finish(self) -> None:
        """Write what was collected until the end of the transaction."""
        super().finish()
        self._write_search_entries()

    def _write_search_entries(self) -> None:
        search_index.write_entries(self._connection, self._search_entries, self._tag_changes)
        self._search_entries, self._tag_changes = [], []

    def _record_issues(self, plan: PlacementPlan, left_keys: Collection[int], now: datetime) -> None:
        found = []
        for document in plan.documents:
            for draft in (*document.new, *document.edited):
                key = series_key(document.source_id, draft.title)
                if key is not None:
                    found.append(PossibleIssue(key, document.source_id, draft.title, draft.published))
        record_issues(self._connection, found, now, left_keys)

    def _edit_items(self, source_id: int, drafts: Sequence[Draft], now: datetime) -> set[int]:
        """Replace text, fingerprints and search entry of existing items and set ``changed``.

        ``published``, ``first_seen`` and locked category and region are kept. Returns the keys of series they had.
        """
        drafts_by_uid = {draft.uid: draft for draft in drafts}
        rows = _existing_items(self._connection, source_id, list(drafts_by_uid))
        ids = [row.id for row in rows]
        self._write_search_entries()  # one of the items may be among them
        search_index.remove_from_index(self._connection, ids)
        delete_texts(self._connection, ids)
        for row in rows:
            values = _edit_values(drafts_by_uid[row.uid], row, now)
            self._connection.execute(update(items).where(items.c.id == row.id).values(**values))
        add_texts(self._connection, [(row.id, drafts_by_uid[row.uid]) for row in rows])
        had = [row.id for row in rows if row.further_regions or drafts_by_uid[row.uid].place.further]
        renew_further_regions(self._connection, had)
        search_index.add_to_index(self._connection, ids)
        journal.append_to_sources(self._connection, ids, now)
        return {row.series for row in rows if row.series is not None}

    def _set_categories(self, decisions: Mapping[int, CategoryDecision], now: datetime) -> None:
        """Set the category of stored items, in the search index as well."""
        ids = sorted(decisions)
        changes = search_index.category_changes(
            self._connection, {item_id: decision.category for item_id, decision in decisions.items()}
        )
        rows = [{"this": item_id, "changed": now, **category_columns(decisions[item_id])} for item_id in ids]
        execute_rows(self._connection, _UPDATE_CATEGORY, rows)
        self._change_tags(changes)
        journal.append_to_sources(self._connection, ids, now)

    def _change_tags(self, changes: Sequence[TagChange]) -> None:
        """Change tags at the end of the transaction, unless it has already written to these entries."""
        pending = {entry[0] for entry in self._search_entries} | {change[0] for change in self._tag_changes}
        if any(change[0] in pending for change in changes):
            self._write_search_entries()
        self._tag_changes += changes


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
            "pinned": LockedFields.NONE.value,
            "series": series_key(source_id, draft.title),
        }
    )


def _whole_second(time: datetime) -> datetime:
    return time.replace(microsecond=0)  # the precision of feeds; cursors and the search index depend on it


def _edit_values(draft: Draft, row: AnyRow, now: datetime) -> dict[str, Any]:
    values = content_columns(draft) | {"changed": now}
    if not row.pinned & LockedFields.SERIES:
        values["series"] = series_key(row.source_id, draft.title)
    if not row.pinned & LockedFields.CATEGORY:
        values |= category_columns(draft.decision)
    if not row.pinned & LockedFields.REGION:
        values |= place_columns(draft.place)
    return values


def _existing_items(connection: Connection, source_id: int, uids: Sequence[str]) -> list[AnyRow]:
    rows: list[AnyRow] = []
    query = select(items.c.id, items.c.source_id, items.c.uid, items.c.pinned, items.c.series, items.c.further_regions)
    for chunk in in_batches(uids):
        conditions = (items.c.source_id == source_id, items.c.uid.in_(chunk), items.c.removed.is_(None))
        rows += connection.execute(query.where(*conditions)).all()
    return rows
