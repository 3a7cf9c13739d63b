"""The table of further regions, by which lists of a region find the items that are also about it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, SmallInteger, Table, Text

from aggregator.store.schema.columns import metadata, partial_index
from aggregator.store.sql.dialect import BigId, UTC_Second

item_regions = Table(  # a row for each code of ``items.further_regions``
    "item_regions",
    metadata,
    Column("item_id", BigId, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("region", Text, primary_key=True),
    Column("shift", SmallInteger, nullable=False),  # the place of its bits in ``items.represents``
    Column("published", UTC_Second, nullable=False),  # of the item, which never moves
    sqlite_with_rowid=False,
)
partial_index("item_regions_region", item_regions, "region published item_id")
partial_index("item_regions_published", item_regions, "published region item_id")
