"""What a request to a source brought, on its way into the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.model.items import Draft, ParsedDocument
from aggregator.model.polls import Failed, Fetched, NotModified, Poll, Source


@dataclass(frozen=True, slots=True)
class Document:
    """Drafts of a source that are stored together. ``is_full_text``: they complete stored items, which are then placed
    again."""

    source: Source
    drafts: tuple[Draft, ...]
    is_full_text: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """What one request to a source brought.

    ``parsed`` is None if nothing was read; ``stored`` are new drafts stored in earlier transactions, ``remaining``
    those still to store; ``arrived_at`` is the time of the response.
    """

    poll: Poll
    outcome: Fetched | NotModified | Failed
    parsed: ParsedDocument | None
    arrived_at: datetime
    stored: tuple[Draft, ...] = ()
    remaining: tuple[Draft, ...] = ()
