"""Drafts and sources for tests of the filters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aggregator.model import Draft, Source
from aggregator.steps.text.normalize import fold

NOW = datetime(2026, 5, 3, 8, tzinfo=UTC)


def draft(title: str, text: str = "", **more: Any) -> Draft:
    values: dict[str, Any] = {"uid": "0" * 32, "guid": None, "url": "https://paper.example/1.html", "excerpt": ""}
    values |= {"published": NOW, "dated": True, "updated": None, "content_hash": "", "html": None}
    return Draft(**values | {"title": title, "text": fold(text), "length": len(text)} | more)


def source(**more: Any) -> Source:
    values: dict[str, Any] = {"id": 1, "slug": "a", "url": "https://paper.example/rss", "title": "甲"}
    return Source(**values | more)
