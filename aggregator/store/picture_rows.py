"""Delete the pictures of items that are withdrawn or pruned."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from aggregator.store.schema.tables import item_pictures, items, pictures, thumbnails
from aggregator.store.sql.statements import in_batches


def delete_pictures(connection: Connection, item_ids: Sequence[int]) -> None:
    """Delete the pictures of these items, with their thumbnails, except those that other items show as well."""
    found: set[int] = set()
    for batch in in_batches(item_ids):
        links = item_pictures.c.item_id.in_(batch)
        found |= set(connection.execute(select(item_pictures.c.picture_id).where(links)).scalars())
        connection.execute(delete(item_pictures).where(links))
        connection.execute(update(items).where(items.c.id.in_(batch)).values(picture=None, thumbnail=None))
    for batch in in_batches(found):
        used = select(item_pictures.c.picture_id).where(item_pictures.c.picture_id.in_(batch))
        gone = sorted(set(batch) - set(connection.execute(used).scalars()))
        connection.execute(delete(thumbnails).where(thumbnails.c.picture_id.in_(gone)))
        connection.execute(delete(pictures).where(pictures.c.id.in_(gone)))
