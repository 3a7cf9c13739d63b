"""Serializers from stored values to API objects, with the field names of ``gedi items --json`` where it has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregator.messages import render
from aggregator.model import ItemCard, ItemDetail, SourceHealth, Story
from aggregator.model.series import Series
from aggregator.publishing.pictures import published_html
from aggregator.reference.categories import Category
from aggregator.reference.gazetteer import Division
from aggregator.steps.stories.first_report import FirstReport
from web.site import Site
from web.views.structured_data import image_json

FORMATS = ("atom", "rss", "json")
_LEVELS = {1: "province", 2: "city", 3: "county"}


def items(site: Site, cards: Sequence[ItemCard]) -> list[dict[str, Any]]:
    """Return cards as API objects in their order, with two reads. Items withdrawn in the meantime are left out."""
    details = site.store.item_details([card.id for card in cards])
    shown = [details[card.id] for card in cards if card.id in details and details[card.id].removed is None]
    originals = site.store.item_cards([detail.card.reprint_of for detail in shown if detail.card.reprint_of])
    return [item(site, detail, originals.get(detail.card.reprint_of or 0)) for detail in shown]


def item(site: Site, detail: ItemDetail, original: ItemCard | None) -> dict[str, Any]:
    """Return an item as an API object; ``html`` only if the source permits the full text."""
    card = detail.card
    return {
        "id": card.id,
        "url": card.url,
        "title": card.title,
        "source": card.source,
        "published": iso_time(card.published),
        "first_seen": iso_time(card.first_seen),
        "story": card.story_id,
        "series": card.series,
        "reprint_of": original.url if original else None,
        "category": card.category,
        "province": card.place.province,
        "city": card.place.city,
        "county": card.place.county,
        "regions": list(card.place.regions),
        "page": f"{site.url}/item/{card.id}",
        "excerpt": card.excerpt,
        "content": detail.content,
        "html": published_html(detail),
        "updated": iso_time(card.updated),
        "source_title": card.source_title,
        "source_url": card.source_url,
        "author": card.author,
        "editor": detail.editor,
        "origin": detail.origin,
        "rights": detail.rights,
        "language": detail.language,
        "lead": card.is_lead,
        "relation": card.relation.value,
        "story_items": card.story_items,
        "story_outlets": card.story_outlets,
        "place": _place(site, card.place.region),
        "advertorial": card.promoted,
        "terms": list(detail.terms),
        "media": [{"url": file.url, "type": file.type, "length": file.length} for file in detail.media],
        "image": image_json(detail),
    }


def story(site: Site, story: Story, lead: dict[str, Any]) -> dict[str, Any]:
    """Return a story as an API object; ``lead`` is its serialized lead item."""
    return {
        "id": story.id,
        "title": story.lead.title,
        "page": f"{site.url}/story/{story.id}",
        "items": story.items,
        "outlets": story.outlets,
        "first_published": iso_time(story.first_published),
        "last_published": iso_time(story.last_published),
        "lead": lead,
        "feeds": feeds(site, f"story/{story.id}"),
    }


def series(site: Site, series: Series, latest: dict[str, Any]) -> dict[str, Any]:
    """Return a series as an API object; ``latest`` is its serialized latest issue."""
    return {
        "id": series.id,
        "name": series.name,
        "source": series.source,
        "source_title": series.source_title,
        "page": f"{site.url}/series/{series.id}",
        "issues": series.issues,
        "first_published": iso_time(series.first_published),
        "last_published": iso_time(series.last_published),
        "rhythm": series.rhythm,
        "why": render(series.why),
        "latest": latest,
        "feeds": feeds(site, f"series/{series.id}"),
    }


def first(found: FirstReport | None) -> dict[str, Any] | None:
    """Return who reported a story first as an API object."""
    if found is None:
        return None
    card = found.first.card
    return {
        "item": card.id,
        "source": card.source,
        "published": iso_time(card.published),
        "seen": iso_time(card.first_seen),
        "sure": found.sure.value,
    }


def category(site: Site, category: Category) -> dict[str, Any]:
    """Return a category as an API object."""
    return {
        "path": category.path,
        "name": category.name,
        "name_en": category.name_en or None,
        "parent": category.parent,
        "description": category.description,
        "page": f"{site.url}/category/{category.path}",
        "feeds": feeds(site, category.path),
    }


def region(site: Site, division: Division) -> dict[str, Any]:
    """Return a region as an API object."""
    chain = site.gazetteer.chain(division.code)
    return {
        "code": division.code,
        "name": division.name,
        "short": division.short,
        "level": _LEVELS[division.level],
        "parent": chain[-2].code if len(chain) > 1 else None,
        "place": "".join(each.name for each in chain),
        "page": f"{site.url}/region/{division.code}",
        "feeds": feeds(site, f"all/{division.code}"),
    }


def source(site: Site, health: SourceHealth) -> dict[str, Any]:
    """Return a source as an API object, without secrets."""
    return {
        "slug": health.slug,
        "title": health.name,
        "url": health.feed_link,
        "feed": site.config.redact(health.url),
        "category": health.category,
        "region": health.region,
        "content": health.content,
        "state": health.state.value,
        "items": health.items,
        "day_items": health.day_items,
        "newest": iso_time(health.newest),
        "last_success": iso_time(health.last_success),
        "page": f"{site.url}/source/{health.slug}",
        "feeds": feeds(site, f"source/{health.slug}"),
    }


def feeds(site: Site, name: str) -> dict[str, str]:
    """Return the feed URLs by format."""
    return {format: f"{site.url}/feeds/{name}.{format}" for format in FORMATS}


def iso_time(at: datetime | None) -> str | None:
    """Return a time in ISO 8601, UTC, as in ``gedi items --json``."""
    return at.isoformat() if at else None


def _place(site: Site, code: str | None) -> str | None:
    return "".join(division.name for division in site.gazetteer.chain(code)) or None if code else None
