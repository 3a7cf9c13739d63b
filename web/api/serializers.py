"""What the store keeps, as the API says it. The names are those of ``gedi items --json`` where that has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregator.model import Health, ItemCard, ItemDetail, Story
from aggregator.reference.categories import Category
from aggregator.reference.gazetteer import Division
from web.site import Site

FORMATS = ("atom", "rss", "json")
_LEVELS = {1: "province", 2: "city", 3: "county"}


def items(site: Site, cards: Sequence[ItemCard]) -> list[dict[str, Any]]:
    """In the order given, from two reads. What was withdrawn a moment ago is left out."""
    details = site.store.details([card.id for card in cards])
    shown = [details[card.id] for card in cards if card.id in details and details[card.id].removed is None]
    originals = site.store.cards([detail.card.reprint_of for detail in shown if detail.card.reprint_of])
    return [item(site, detail, originals.get(detail.card.reprint_of or 0)) for detail in shown]


def item(site: Site, detail: ItemDetail, original: ItemCard | None) -> dict[str, Any]:
    """``html`` only where the source lets its full text be shown."""
    card = detail.card
    return {
        "id": card.id,
        "url": card.url,
        "title": card.title,
        "source": card.source,
        "published": moment(card.published),
        "first_seen": moment(card.first_seen),
        "story": card.story_id,
        "reprint_of": original.url if original else None,
        "category": card.category,
        "province": card.place.province,
        "city": card.place.city,
        "county": card.place.county,
        "page": f"{site.url}/item/{card.id}",
        "excerpt": card.excerpt,
        "content": detail.content,
        "html": detail.html if detail.content == "full" else None,
        "updated": moment(card.updated),
        "source_title": card.source_title,
        "source_url": card.source_url,
        "author": card.author,
        "editor": detail.editor,
        "origin": detail.origin,
        "rights": detail.rights,
        "language": detail.language,
        "lead": card.lead,
        "relation": card.relation.value,
        "story_items": card.story_items,
        "story_outlets": card.story_outlets,
        "place": _place(site, card.place.region),
        "advertorial": card.promoted,
        "terms": list(detail.terms),
        "media": [{"url": file.url, "type": file.type, "length": file.length} for file in detail.media],
    }


def story(site: Site, found: Story, lead: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": found.id,
        "title": found.lead.title,
        "page": f"{site.url}/story/{found.id}",
        "items": found.items,
        "outlets": found.outlets,
        "first_published": moment(found.first_published),
        "last_published": moment(found.last_published),
        "lead": lead,
        "feeds": feeds(site, f"story/{found.id}"),
    }


def category(site: Site, found: Category) -> dict[str, Any]:
    return {
        "path": found.path,
        "name": found.name,
        "name_en": found.name_en or None,
        "parent": found.parent,
        "description": found.description,
        "page": f"{site.url}/category/{found.path}",
        "feeds": feeds(site, found.path),
    }


def region(site: Site, found: Division) -> dict[str, Any]:
    chain = site.gazetteer.chain(found.code)
    return {
        "code": found.code,
        "name": found.name,
        "short": found.short,
        "level": _LEVELS[found.level],
        "parent": chain[-2].code if len(chain) > 1 else None,
        "place": "".join(each.name for each in chain),
        "page": f"{site.url}/region/{found.code}",
        "feeds": feeds(site, f"all/{found.code}"),
    }


def source(site: Site, health: Health) -> dict[str, Any]:
    return {
        "slug": health.slug,
        "title": health.title or health.feed_title or health.slug,
        "url": health.feed_link,
        "feed": site.config.hide(health.url),
        "category": health.category,
        "region": health.region,
        "content": health.content,
        "state": health.state.value,
        "items": health.items,
        "day_items": health.day_items,
        "newest": moment(health.newest),
        "last_success": moment(health.last_success),
        "page": f"{site.url}/source/{health.slug}",
        "feeds": feeds(site, f"source/{health.slug}"),
    }


def feeds(site: Site, name: str) -> dict[str, str]:
    return {format: f"{site.url}/feeds/{name}.{format}" for format in FORMATS}


def moment(at: datetime | None) -> str | None:
    """As ``gedi items --json`` writes times: ISO 8601 in UTC."""
    return at.isoformat() if at else None


def _place(site: Site, code: str | None) -> str | None:
    return "".join(division.name for division in site.gazetteer.chain(code)) or None if code else None
