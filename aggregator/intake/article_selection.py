"""Select the new items whose full article should be fetched. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.model import Draft, Source
from aggregator.steps.entries.truncation import is_truncated

OF_ONE_POLL = 30  # at most; the newest first
ACCEPT = "text/html, application/xhtml+xml, */*;q=0.1"  # Accept header of a request for an article or a list page
ACCEPT_BY_KIND = {  # of the documents of sources that are not feeds
    "html": ACCEPT,
    "json": "application/json, text/javascript;q=0.8, */*;q=0.1",
}


def awaited(source: Source, drafts: Sequence[Draft]) -> list[str]:
    """Return the uids of the drafts whose article should be fetched, newest first."""
    if not source.articles:
        return []
    lacking = [draft for draft in drafts if is_truncated(draft)]
    return [draft.uid for draft in sorted(lacking, key=lambda draft: draft.published, reverse=True)[:OF_ONE_POLL]]
