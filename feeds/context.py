"""What is known of a document beside its text: where it came from, how it came, whose it is and when it was fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import TypedDict

from feeds.dates.parse import parse_date
from feeds.links import document_base

ReadDate = Callable[[str, str | None], datetime | None]  # text, language -> aware UTC


class ReadOptions(TypedDict, total=False):
    """The keyword arguments of whatever reads a fetched document, as ``feeds.read.read`` explains them."""

    url: str | None
    media_type: str | None
    charset: str | None
    zone: tzinfo | None
    language: str | None
    now: datetime | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What a reader of decoded text needs. ``url`` is the final address; ``zone`` and ``language`` are the source's."""

    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None
    language: str | None = None
    now: datetime | None = None

    @classmethod
    def from_options(cls, options: ReadOptions) -> ReadContext:
        return cls(
            options.get("url"),
            options.get("headers", {}),
            options.get("zone"),
            options.get("language"),
            options.get("now"),
        )

    @property
    def base(self) -> str | None:
        """What relative addresses are against, as far as the document itself says nothing."""
        return document_base(self.url, self.headers)

    def read_date(self, text: str, language: str | None = None) -> datetime | None:
        """A date as the document writes it; ``language``: of the part it stands in, where that is known."""
        return parse_date(text, zone=self.zone, language=language or self.language, now=self.now)

    def with_language(self, language: str | None) -> ReadContext:
        """The same for a document that names its own language."""
        return replace(self, language=language or self.language)
