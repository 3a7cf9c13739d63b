"""Store API: writing of stories and related items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select

from aggregator.model import Placement, RelatedItem
from aggregator.store.api.connection import WriterMixin
from aggregator.store.item_lists import listings_of_stories
from aggregator.store.schema.tables import items, related
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.statements import in_list
from aggregator.store.story_writes import load_membership, save_membership

_STORIES = select(items.c.id, items.c.story_id).where(in_list(items.c.id, "ids"))
_NO_MORE = delete(related).where(in_list(related.c.item_id, "ids"))
_EXISTING = select(related.c.item_id, related.c.rank, related.c.other_id).where(in_list(related.c.item_id, "ids"))
_ADDED = insert(related)


class StoryWriter(WriterMixin):
    """Write stories and related items within a write transaction."""

    def apply_placements(self, placements: Sequence[Placement], now: datetime) -> set[int]:
        """Assign items to stories, create and merge stories, and update them (counts, outlets, lead item, times,
        hotness).

        A story keeps its lead item while that exists. The id of a merged story redirects to the remaining one. Returns
        the ids of all changed stories, including those merged away.
        """
        item_ids = {placement.item_id for placement in placements}
        item_ids |= {item_id for placement in placements for item_id in placement.split_out_items}
        originals = {placement.reprint_of for placement in placements if placement.reprint_of is not None}
        story_ids = {placement.story_id for placement in placements if placement.story_id is not None}
        story_ids |= {story for placement in placements for story in placement.merged_stories}
        membership = load_membership(self._connection, item_ids | originals, story_ids)
        for placement in placements:
            membership.split_out(placement.split_out_items)
        for placement in placements:
            membership.apply(placement)
        return save_membership(self._connection, membership, now)

    def detach_founders(self, item_ids: Collection[int], now: datetime) -> set[int]:
        """Move items that founded a story of several out of it before they are placed again, because their text has
        changed.

        Returns the ids of the changed stories.
        """
        membership = load_membership(self._connection, item_ids, ())
        for item in (membership.items_by_id[item_id] for item_id in item_ids if item_id in membership.items_by_id):
            if item.story == item.id and len(membership.members[item.id]) > 1:
                membership.detach(item)
        return save_membership(self._connection, membership, now)

    def stories_of(self, item_ids: Sequence[int]) -> dict[int, int]:
        """Return item -> its story."""
        return key_value_dict(self._connection, _STORIES, {"ids": item_ids}) if item_ids else {}

    def listings_of_stories(self, story_ids: Collection[int]) -> set[str]:
        """Return the keys of the listings that have an entry for one of these stories."""
        return listings_of_stories(self._connection, story_ids)

    def replace_related(self, related: Mapping[int, Sequence[RelatedItem]]) -> None:
        """Replace the related items of each given item."""
        if related:
            self._connection.execute(_NO_MORE, {"ids": related})
        rows = [
            {"item_id": item_id, "rank": rank, "other_id": other.item_id, "score": other.score}
            for item_id, others in related.items()
            for rank, other in enumerate(others)
        ]
        if rows:
            self._connection.execute(_ADDED, rows)

    def add_related_backlinks(self, related: Mapping[int, Sequence[RelatedItem]], limit: int) -> None:
        """Add the reverse relation to each related item that has fewer than ``limit``, so that early items get some as
        well."""
        backward: dict[int, list[tuple[int, float]]] = {}
        for item_id, others in related.items():
            for other in others:
                backward.setdefault(other.item_id, []).append((item_id, other.score))
        if not backward:
            return
        rows: list[dict[str, float]] = []
        ranks: dict[int, dict[int, int]] = {}
        for item_id, rank, other_id in self._connection.execute(_EXISTING, {"ids": backward}).all():
            ranks.setdefault(item_id, {})[other_id] = rank
        for item_id in sorted(backward):
            existing = ranks.get(item_id, {})
            missing = [pair for pair in sorted(backward[item_id], key=lambda pair: -pair[1]) if pair[0] not in existing]
            rank = max(existing.values(), default=-1) + 1
            for other_id, score in missing[: max(0, limit - len(existing))]:
                rows.append({"item_id": item_id, "rank": rank, "other_id": other_id, "score": score})
                rank += 1
        if rows:
            self._connection.execute(_ADDED, rows)
