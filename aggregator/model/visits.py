"""What a request to a source brought, on its way into the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.model.items import Draft, ParsedDocument
from aggregator.model.polls import Failed, Fetched, NotModified, Poll


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
