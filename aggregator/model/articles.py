"""The job of fetching an item's article page."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.model.items import Draft
from aggregator.model.leases import Lease
from aggregator.model.polls import Source


@dataclass(frozen=True, slots=True)
class ArticleJob:
    """A stored item whose feed gave only an excerpt; claimed by ``Store.claim_articles``."""

    item_id: int
    source: Source
    draft: Draft  # as stored
    attempts: int  # including this one
    lease: Lease | None = None
