"""What a reader has to know about a document besides its text: address, headers, time zone, language, fetch time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import TypedDict

from feeds.dates.parse import parse_date
from feeds.links import document_base

ReadDate = Callable[[str, str | None], datetime | None]  # text, language -> aware UTC


class ReadOptions(TypedDict, total=False):
    """Keyword arguments of the functions that read a fetched document; all are optional.

    ``url`` is the final address. ``charset`` and ``media_type`` come from Content-Type (``media_type`` may be the whole
    field value). ``zone`` and ``language`` are the source's, for dates that lack them; ``now`` (aware) resolves dates
    like "3小时前".
    """

    url: str | None
    media_type: str | None
    charset: str | None
    zone: tzinfo | None
    language: str | None
    now: datetime | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReadContext:
    """Context of one decoded document. ``url`` is its final address; ``zone`` and ``language`` are the source's."""

    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None
    language: str | None = None
    now: datetime | None = None

    @classmethod
    def from_options(cls, options: ReadOptions) -> ReadContext:
        """Return the context that the keyword arguments of a reader describe."""
        return cls(
            options.get("url"),
            options.get("headers", {}),
            options.get("zone"),
            options.get("language"),
            options.get("now"),
        )

    @property
    def base(self) -> str | None:
        """Return the base URL of relative references that the document does not set itself (RFC 3986 5.1)."""
        return document_base(self.url, self.headers)

    def read_date(self, text: str, language: str | None = None) -> datetime | None:
        """Return the time that a date text names, in UTC, or None.

        ``language`` is that of the surrounding element, if known; otherwise the document's language applies.
        """
        return parse_date(text, zone=self.zone, language=language or self.language, now=self.now)

    def with_language(self, language: str | None) -> ReadContext:
        """Return the same context with the language that the document declares, if any."""
        return replace(self, language=language or self.language)
