"""Frozen value types that the packages exchange, one for each role. All times are aware UTC.

Imports ``aggregator.messages`` and, for CSS selectors, ``feeds``; nothing else of the project. Begin with ``items.py``
and ``polls.py``.
"""

from aggregator.model.examples import Example, UncategorizedItem
from aggregator.model.history import HistoryEvent, HistoryPage
from aggregator.model.items import (
    CategoryDecision,
    Draft,
    KnownItems,
    MediaFile,
    ParsedDocument,
    Place,
    Sketch,
    StoredText,
)
from aggregator.model.polls import (
    ContentPolicy,
    Failed,
    Fetched,
    HostQuota,
    NotModified,
    Poll,
    PollResult,
    PollSelection,
    Posted,
    Source,
    SourceKind,
    SourceState,
    Validators,
)
from aggregator.model.push import (
    DeliveryResult,
    HubMode,
    HubRequest,
    ReceivedPush,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from aggregator.model.stories import Candidate, LockedFields, Placement, RelatedItem, Relation
from aggregator.model.views import (
    Cursor,
    ItemCard,
    ItemDetail,
    ItemPage,
    Listing,
    RenderedDocument,
    SearchFilter,
    SourceFilter,
    SourceHealth,
    Story,
)
from aggregator.model.visits import Document, Visit

__all__ = [
    "Candidate",
    "CategoryDecision",
    "ContentPolicy",
    "Cursor",
    "DeliveryResult",
    "Document",
    "Draft",
    "Example",
    "Failed",
    "Fetched",
    "HistoryEvent",
    "HistoryPage",
    "HostQuota",
    "HubMode",
    "HubRequest",
    "ItemCard",
    "ItemDetail",
    "ItemPage",
    "KnownItems",
    "Listing",
    "LockedFields",
    "MediaFile",
    "NotModified",
    "ParsedDocument",
    "Place",
    "Placement",
    "Poll",
    "PollResult",
    "PollSelection",
    "Posted",
    "ReceivedPush",
    "RelatedItem",
    "Relation",
    "RenderedDocument",
    "SearchFilter",
    "Sketch",
    "Source",
    "SourceFilter",
    "SourceHealth",
    "SourceKind",
    "SourceState",
    "StoredText",
    "Story",
    "Subscriber",
    "Subscription",
    "SubscriptionState",
    "UncategorizedItem",
    "Validators",
    "Visit",
]
