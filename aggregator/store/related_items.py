"""Find related items when they are asked for: those that share key terms with an item, ranked by similarity."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from aggregator.model import RelatedItem, Sketch
from aggregator.steps.stories.related import rank_related
from aggregator.store.candidate_search import find_candidates, load_with_key_terms

WINDOW = timedelta(days=30)  # between the publication of an item and of what is related to it


def find_related(connection: Connection, item_id: int, limit: int) -> list[RelatedItem]:
    """Return the related items of an item, most similar first; none if there is no such item."""
    loaded = load_with_key_terms(connection, item_id)
    if loaded is None:
        return []
    item, key_terms = loaded
    sketch = Sketch((), tuple(key_terms))
    found = find_candidates(connection, {item_id: sketch}, {item_id: item.published}, WINDOW)
    return rank_related(item, item.story_id, found[item_id], limit)
