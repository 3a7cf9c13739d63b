"""The service's values, one frozen type for each role. All times are aware UTC."""

from aggregator.model.items import Decision, Digest, Draft, Known, MediaFile, Place, Sketch
from aggregator.model.polls import (
    ContentTerms,
    Failed,
    Fetched,
    HostShare,
    NotModified,
    Poll,
    PollResult,
    Posted,
    Source,
    SourceKind,
    State,
    Validators,
)
from aggregator.model.push import Mode, Push, Standing, Subscription
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
    "HostShare",
    "ItemCard",
    "ItemDetail",
    "Known",
    "Listing",
    "MediaFile",
    "Mode",
    "NotModified",
    "Pin",
    "Place",
    "Placement",
    "Poll",
    "PollResult",
    "Posted",
    "Push",
    "RelatedItem",
    "Relation",
    "Sketch",
    "Source",
    "SourceKind",
    "Standing",
    "State",
    "Story",
    "Subscription",
    "Validators",
]
