"""Find related items when they are asked for: those that share key terms with an item, ranked by similarity."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, bindparam, select

from aggregator.model import RelatedItem, Sketch
from aggregator.steps.stories.related import rank_related
from aggregator.store.candidate_search import find_candidates, load_candidates
from aggregator.store.rows import unpack_key_terms
from aggregator.store.schema.tables import texts

WINDOW = timedelta(days=30)  # between the publication of an item and of what is related to it
_KEY_TERMS = select(texts.c.topics).where(texts.c.item_id == bindparam("item"))


def find_related(connection: Connection, item_id: int, limit: int) -> list[RelatedItem]:
    """Return the related items of an item, most similar first; none if there is no such item."""
    item = load_candidates(connection, [item_id]).get(item_id)
    if item is None:
        return []
    key_terms = connection.execute(_KEY_TERMS, {"item": item_id}).scalar_one()
    sketch = Sketch((), tuple(unpack_key_terms(key_terms)))
    found = find_candidates(connection, {item_id: sketch}, {item_id: item.published}, WINDOW)
    return rank_related(item, item.story_id, found[item_id], limit)
