"""Training examples of the category model, and items to be reclassified."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A text whose category is certain; ``corrected`` by an admin, which has a higher weight."""

    category: str
    text: str
    corrected: bool = False


class UncategorizedItem(NamedTuple):
    """An item without a category; ``source_category`` is what its source publishes according to the config."""

    item_id: int
    title: str
    text: str
    terms: tuple[str, ...]
    source_category: str | None
