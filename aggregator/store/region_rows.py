"""Rows of further regions, and conditions for the items that are also about a region."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, cast, delete, insert, literal_column, or_, select

from aggregator.model import Draft
from aggregator.model.listing_keys import category_level, further_shift, region_level, split_codes
from aggregator.store.schema.region_tables import item_regions
from aggregator.store.schema.tables import items
from aggregator.store.sql.statements import execute_rows, in_list

_INSERT = insert(item_regions)
_DELETE = delete(item_regions).where(in_list(item_regions.c.item_id, "ids"))
_FURTHER = (
    select(items.c.id, items.c.published, items.c.further_regions)
    .where(in_list(items.c.id, "ids"), items.c.further_regions.is_not(None))
    .order_by(items.c.id)
)


def add_further_regions(connection: Connection, drafts: Iterable[tuple[int, Draft]]) -> None:
    """Insert the further regions of new items."""
    rows: list[dict[str, Any]] = []
    for item_id, draft in drafts:
        if draft.place.further:
            rows += _rows(item_id, draft.published.replace(microsecond=0), draft.place.further)
    execute_rows(connection, _INSERT, rows)


def renew_further_regions(connection: Connection, item_ids: Collection[int]) -> None:
    """Make the rows of these items those of their column ``further_regions``."""
    if item_ids:
        connection.execute(_DELETE, {"ids": item_ids})
        found = connection.execute(_FURTHER, {"ids": item_ids}).all()
        rows = [row for one in found for row in _rows(one.id, one.published, split_codes(one.further_regions))]
        execute_rows(connection, _INSERT, rows)


def _rows(item_id: int, published: object, codes: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"item_id": item_id, "region": code, "shift": further_shift(number), "published": published}
        for number, code in enumerate(codes)
    ]


# ---------------------------------------------------------------- conditions
def is_about(region: str) -> ColumnElement[bool]:
    """Return the condition that items are about a region: it is their primary one, or a further one."""
    return or_(items.c[region_level(region)] == region, items.c.id.in_(_ids_in(region)))


def represents_further(category: str | None) -> ColumnElement[bool]:
    """Return the condition that an item, joined to one of its further regions, represents its story there."""
    bits = items.c.represents.op(">>")(cast(item_regions.c.shift, Integer))
    return bits.op("&")(literal_column(str(1 << category_level(category)))) != literal_column("0")


def represents_in_further(category: str | None, region: str) -> ColumnElement[bool]:
    """Return the condition that items represent their story in the listing of a region that is a further one."""
    here = item_regions.c.item_id == items.c.id
    return (
        select(item_regions.c.item_id)
        .where(here, item_regions.c.region == region, represents_further(category))
        .exists()
    )


def _ids_in(region: str) -> Select[Any]:
    return select(item_regions.c.item_id).where(item_regions.c.region == region)
