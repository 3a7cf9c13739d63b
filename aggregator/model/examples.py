"""What the classifier learns from."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A text whose category is certain. ``corrected``: an admin's word, which counts more than the stream's."""

    category: str
    text: str
    corrected: bool = False
