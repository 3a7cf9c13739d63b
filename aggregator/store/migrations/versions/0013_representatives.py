"""Which report represents a story in each listing of a category or region, instead of one lead item for all of them.

Items that begin to represent their story by this step are added to the journals of the listings, so that archives and
deltas have them; every feed is rendered again.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from aggregator.store.sql.dialect import UTC_DateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BATCH = 2000  # stories read at once
_PAGE_BYTES = 50 * 16  # of a full page of a journal
_SUBJECTS = ("top", "category", "province", "city", "county")
_LISTED = ("", "province", "city", "county")
_items = sa.table(
    "items",
    *(sa.column(name) for name in ("id", "story_id", "category", "province", "city", "county")),
    *(sa.column(name) for name in ("relation", "removed", "many", "represents")),
)
_stories = sa.table(
    "stories", *(sa.column(name) for name in ("id", "lead_id", "item_count", "outlets", "heat_day", "heat_week"))
)


def upgrade() -> None:
    for name, _, _ in _OLD_INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.add_column("items", sa.Column("represents", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "story_listings",
        sa.Column("story_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("listing", sa.Text, primary_key=True),
        sa.Column("item_id", sa.BigInteger, nullable=False),
        sa.Column("heat_day", sa.Float, nullable=False),
        sa.Column("heat_week", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    _represent_single_items()
    appeared: defaultdict[str, list[int]] = defaultdict(list)
    for reports in _stories_of_several():
        _represent(reports, appeared)
    _append_to_journals(appeared)
    op.drop_column("items", "lead")
    for name in _SUBJECTS:
        op.drop_column("stories", name)
    for name, columns, condition in _NEW_INDEXES:
        _create_index(name, columns, condition)
    op.execute("UPDATE documents SET stale = TRUE WHERE listing NOT LIKE 'archive/%'")


def downgrade() -> None:
    for name, _, _ in _NEW_INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.add_column("items", sa.Column("lead", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE items SET lead = TRUE WHERE represents & 1 <> 0")
    op.execute("UPDATE items SET many = FALSE WHERE represents & 1 = 0")
    for name in _SUBJECTS:
        op.add_column("stories", sa.Column(name, sa.Text))
        op.execute(f"UPDATE stories SET {name} = (SELECT {name} FROM items WHERE items.id = stories.lead_id)")
    op.drop_table("story_listings")
    op.drop_column("items", "represents")
    for name, columns, condition in _OLD_INDEXES:
        _create_index(name, columns, condition)
    op.execute("UPDATE documents SET stale = TRUE WHERE listing NOT LIKE 'archive/%'")


# ---------------------------------------------------------------- items
def _represent_single_items() -> None:
    """Let lead items represent their stories in all their listings; correct for stories of one item."""
    op.execute(
        "UPDATE items SET represents ="
        " (1 + CASE WHEN province IS NULL THEN 0 ELSE 2 END + CASE WHEN city IS NULL THEN 0 ELSE 4 END"
        " + CASE WHEN county IS NULL THEN 0 ELSE 8 END)"
        " * (1 + CASE WHEN category IS NULL THEN 0 ELSE 16 END + CASE WHEN category LIKE '%/%' THEN 256 ELSE 0 END)"
        " WHERE lead"
    )


def _stories_of_several() -> Iterator[list[Any]]:
    """Yield the reports of each story that has several."""
    connection = op.get_bind()
    last = 0
    while True:
        several = sa.select(_stories.c.id).where(_stories.c.item_count > 1, _stories.c.id > last)
        story_ids = list(connection.execute(several.order_by(_stories.c.id).limit(_BATCH)).scalars())
        if not story_ids:
            return
        last = story_ids[-1]
        rows = connection.execute(
            sa.select(*_items.c, _stories.c.lead_id, _stories.c.outlets, _stories.c.heat_day, _stories.c.heat_week)
            .join_from(_items, _stories, _items.c.story_id == _stories.c.id)
            .where(_stories.c.id.between(story_ids[0], last), _stories.c.item_count > 1, _items.c.removed.is_(None))
            .order_by(_items.c.story_id, _items.c.id)
        ).all()
        for _, reports in groupby(rows, key=lambda row: row.story_id):
            yield list(reports)


def _represent(reports: Sequence[Any], appeared: defaultdict[str, list[int]]) -> None:
    """Choose the report that represents the story in each listing, as the program does from this step on."""
    ranked = sorted(reports, key=lambda row: (row.id != row.lead_id, row.relation == "reprint", row.id))
    chosen: dict[str, int] = {}
    bits: defaultdict[int, int] = defaultdict(int)
    for row in ranked:
        for bit, listing in _listings(row).items():
            if listing not in chosen:
                chosen[listing] = row.id
                bits[row.id] |= bit
                if row.id != row.lead_id:
                    appeared[listing].append(row.id)
    story, connection = reports[0], op.get_bind()
    for item_id, represents in bits.items():
        statement = _items.update().where(_items.c.id == item_id)
        connection.execute(statement.values(represents=represents, many=story.outlets >= 2))
    if story.outlets >= 2:
        listed = sa.table(
            "story_listings",
            *(sa.column(name) for name in ("story_id", "listing", "item_id", "heat_day", "heat_week")),
        )
        heat = {"heat_day": story.heat_day, "heat_week": story.heat_week}
        rows = [
            {"story_id": story.story_id, "listing": listing, "item_id": item_id} | heat
            for listing, item_id in chosen.items()
            if listing != "all"
        ]
        if rows:
            connection.execute(listed.insert(), rows)


def _listings(row: Any) -> dict[int, str]:
    names = {1: "all"}
    if row.category:
        names[16] = row.category.partition("/")[0]
        if "/" in row.category:
            names[256] = row.category
    codes = ((1, row.province), (2, row.city), (3, row.county))
    return names | {bit << level: f"{name}/{code}" for level, code in codes if code for bit, name in names.items()}


def _append_to_journals(appeared: defaultdict[str, list[int]]) -> None:
    """Append events to the journals, at the time of the newest arrival."""
    connection = op.get_bind()
    seen = sa.table("items", sa.column("first_seen", UTC_DateTime)).c.first_seen
    at = connection.execute(sa.select(sa.func.max(seen, type_=UTC_DateTime))).scalar()
    if at is None:
        return
    journals = sa.table("feed_journals", *(sa.column(name) for name in ("listing", "closed", "events")))
    pages = sa.table(
        "feed_pages",
        *(sa.column(name) for name in ("listing", "number", "events")),
        sa.column("until", UTC_DateTime),
    )
    for listing, item_ids in sorted(appeared.items()):
        same = journals.c.listing == listing
        row = connection.execute(sa.select(journals).where(same)).first()
        closed, packed = (row.closed, bytes(row.events)) if row else (0, b"")
        packed += b"".join(array("q", (item_id, int(at.timestamp()))).tobytes() for item_id in sorted(item_ids))
        while len(packed) >= _PAGE_BYTES:
            full, packed, closed = packed[:_PAGE_BYTES], packed[_PAGE_BYTES:], closed + 1
            connection.execute(pages.insert().values(listing=listing, number=closed, until=at, events=full))
        values = {"closed": closed, "events": packed}
        if row:
            connection.execute(journals.update().where(same).values(values))
        else:
            connection.execute(journals.insert().values(listing=listing, **values))


# ---------------------------------------------------------------- indexes
def _create_index(name: str, columns: str, condition: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        condition = condition.replace("{true}", " = 1")
    table, _, names = columns.partition(": ")
    where = f" WHERE {condition.replace('{true}', '')}" if condition else ""
    op.execute(f"CREATE INDEX {name} ON {table} ({', '.join(names.split())}){where}")


_LEAD = "lead{true}"
_SEVERAL = "outlets >= 2"
_OLD_INDEXES = [
    *((f"items_lead_{name}", f"items: {name} published id", f"{_LEAD} AND {name} IS NOT NULL") for name in _SUBJECTS),
    *(
        (f"items_lead_top_{name}", f"items: top {name} published id", f"{_LEAD} AND {name} IS NOT NULL")
        for name in ("province", "city", "county")
    ),
    ("items_lead", "items: published id", _LEAD),
    ("items_many", "items: published id", f"{_LEAD} AND many{{true}}"),
    ("items_many_top", "items: top published id", f"{_LEAD} AND many{{true}}"),
    *(
        (f"stories_{heat}_{names.replace(' ', '_')}", f"stories: {names} {heat}", _SEVERAL)
        for heat in ("heat_day", "heat_week")
        for names in ("top", "province", "city", "county", "top province", "top city")
    ),
]
_NEW_INDEXES = [
    *(
        (
            "items_of_" + ("_".join(filter(None, (category, region))) or "all"),
            f"items: {' '.join(filter(None, (category, region, 'published', 'id')))}",
            f"represents & {1 << (shift + level)} <> 0",
        )
        for shift, category in ((0, ""), (4, "top"), (8, "category"))
        for level, region in enumerate(_LISTED)
    ),
    ("items_many", "items: published id", "represents & 1 <> 0 AND many{true}"),
    ("items_many_top", "items: top published id", "represents & 16 <> 0 AND many{true}"),
    ("story_listings_heat_day", "story_listings: listing heat_day", ""),
    ("story_listings_heat_week", "story_listings: listing heat_week", ""),
]
