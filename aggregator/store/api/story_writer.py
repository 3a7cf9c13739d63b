"""Store API: writing of stories."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from aggregator.model import Placement
from aggregator.store.api.connection import WriterMixin
from aggregator.store.item_lists import listings_of_stories
from aggregator.store.schema.tables import items
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.statements import in_list
from aggregator.store.story_writes import load_membership, save_membership

_STORIES = select(items.c.id, items.c.story_id).where(in_list(items.c.id, "ids"))


class StoryWriter(WriterMixin):
    """Write stories within a write transaction."""

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
