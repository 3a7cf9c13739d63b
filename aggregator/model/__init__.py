"""The service's values, one frozen type for each role. All times are aware UTC."""

from aggregator.model.items import Decision, Digest, Draft, Known, MediaFile, Place, Sketch
from aggregator.model.polls import (
    ContentTerms,
    Failed,
    Fetched,
    NotModified,
    Poll,
    PollResult,
    Posted,
    Source,
    State,
    Validators,
)
from aggregator.model.stories import Candidate, Pin, Placement, RelatedItem, Relation
from aggregator.model.views import Cursor, Document, Health, ItemCard, ItemDetail, Listing, Story

__all__ = [
    "Candidate",
    "ContentTerms",
    "Cursor",
    "Decision",
    "Digest",
    "Document",
    "Draft",
    "Failed",
    "Fetched",
    "Health",
    "ItemCard",
    "ItemDetail",
    "Known",
    "Listing",
    "MediaFile",
    "NotModified",
    "Pin",
    "Place",
    "Placement",
    "Poll",
    "PollResult",
    "Posted",
    "RelatedItem",
    "Relation",
    "Sketch",
    "Source",
    "State",
    "Story",
    "Validators",
]
