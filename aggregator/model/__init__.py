"""The service's values, one frozen type for each role. All times are aware UTC."""

from aggregator.model.examples import Example, Undecided
from aggregator.model.history import HistoryEvent, HistoryPage
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
from aggregator.model.push import Delivery, HubRequest, Mode, Push, Standing, Subscriber, Subscription
from aggregator.model.stories import Candidate, Pin, Placement, RelatedItem, Relation
from aggregator.model.views import Cursor, Document, Health, ItemCard, ItemDetail, Listing, Story

__all__ = [
    "Candidate",
    "ContentTerms",
    "Cursor",
    "Decision",
    "Delivery",
    "Digest",
    "Document",
    "Draft",
    "Example",
    "Failed",
    "Fetched",
    "Health",
    "HistoryEvent",
    "HistoryPage",
    "HostShare",
    "HubRequest",
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
    "Subscriber",
    "Subscription",
    "Undecided",
    "Validators",
]
