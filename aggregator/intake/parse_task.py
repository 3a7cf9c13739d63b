"""A document to read, and how a process names its reading without importing what reading needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.model import KnownItems, ParsedDocument, Source
from feeds.model import NotAFeed

if TYPE_CHECKING:  # reading processes do without pydantic, which takes 7 MB and 0.15 s
    from aggregator.config.settings import CategoryConfig


@dataclass(frozen=True, slots=True)
class ParseTask:
    """Input of a worker process for one document."""

    source: Source
    url: str  # final address after redirects
    headers: Mapping[str, str]
    body: bytes
    known: KnownItems
    now: datetime
    categories: tuple[CategoryConfig, ...] = ()  # additions of the config to the built-in tree
    model: str | None = None  # path of the trained category model


def run_parse_task(task: ParseTask) -> ParsedDocument | NotAFeed:
    """Read a document (``digest.parse_document``)."""
    from aggregator.intake.digest import parse_document

    return parse_document(task)


def load_reading_data() -> None:
    """Import the modules and load the data that reading a document needs."""
    from aggregator.intake.digest import preload

    preload()
