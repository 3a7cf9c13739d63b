"""Items that wait for the text of their article."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.model.items import Draft
from aggregator.model.polls import Source


@dataclass(frozen=True, slots=True)
class ArticleJob:
    """A stored item whose feed gave only an excerpt, and whose turn it is; handed out by ``Store.claim_articles``."""

    item_id: int
    source: Source
    draft: Draft  # as it is stored
    attempts: int  # this one included
