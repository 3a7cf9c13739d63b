"""Propose a source of kind "html" with guessed selectors for a page without a feed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from aggregator.model import Fetched, Source
from feeds.listings.guess_selectors import guess_selectors
from feeds.selectors import Selectors


def guess_source(source: Source, page: Fetched, now: datetime) -> Source | None:
    """Return the source with guessed selectors; None if the page has no list."""
    found = guess_selectors(
        page.body,
        url=page.url,
        media_type=page.headers.get("content-type"),
        charset=source.encoding,
        zone=ZoneInfo(source.timezone),
        language=source.language,
        now=now,
        headers=page.headers,
    )
    return replace(source, kind="html", select=found.select) if found else None


def selector_lines(source: Source) -> str:
    """Return the lines of a [[sources]] block with kind and selectors; "" for a feed."""
    if source.kind == "feed":
        return ""
    parts = ", ".join(
        f"{name} = {_quoted(value)}" for name, value in _selector_keys(source.kind, source.select).items()
    )
    return f'kind = "{source.kind}"\nselect = {{ {parts} }}\n'


def _selector_keys(kind: str, select: Selectors) -> dict[str, str]:
    said = select.as_dict()
    return {"items": said.pop("item", ""), **said} if kind == "json" else said


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
