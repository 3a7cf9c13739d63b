"""What the classifier learns from, and what it is asked about once more."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A text whose category is certain. ``corrected``: an admin's word, which counts more than the stream's."""

    category: str
    text: str
    corrected: bool = False


class UncategorizedItem(NamedTuple):
    """An item that nothing was sure enough about. ``source_category``: what its source publishes, if config says."""

    item_id: int
    title: str
    text: str
    terms: tuple[str, ...]
    source_category: str | None
