"""Structured data of an item: schema.org JSON-LD in the page and the JSON version of the item page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregator.messages import decisions, render
from aggregator.messages.short_form import short_form
from aggregator.model import ItemCard, ItemDetail
from aggregator.publishing.pictures import published_html, published_picture
from web.i18n.language import DEFAULT, LANGUAGE_NAMES
from web.site import Site


def article_json_ld(site: Site, detail: ItemDetail) -> dict[str, Any]:
    """Return a schema.org NewsArticle, credited to its publisher."""
    card = detail.card
    names = [category.name for category in category_chain(site, card.category)]
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": card.title,
        "inLanguage": detail.language or site.config.site.language,
        "datePublished": _local_time(site, card.published),
        "dateModified": _local_time(site, card.updated or card.published),
        "author": _authors(card) or None,
        "publisher": {"@type": "NewsMediaOrganization", "name": card.source_title, "url": card.source_url},
        "isBasedOn": card.url,
        "url": f"{site.url}/item/{card.id}",
        "articleSection": names or None,
        "contentLocation": _locations(site, card),
    }
    return {name: value for name, value in data.items() if value is not None}


def _authors(card: ItemCard) -> list[dict[str, str]]:
    """Return the authors as schema.org persons, or the outlet as an organization if it is named as the author."""
    if card.author == card.source_title:
        return [{"@type": "Organization", "name": card.author}]
    names = [name.strip() for name in re.split("[、，,;；]", card.author or "")]
    return [{"@type": "Person", "name": name} for name in names if name]


def website_json_ld(site: Site) -> dict[str, Any]:
    """Return a schema.org WebSite with its search URL."""
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": site.title,
        "url": f"{site.url}/",
        "inLanguage": list(LANGUAGE_NAMES),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{site.url}/search?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def item_json(
    site: Site, detail: ItemDetail, reports: Sequence[ItemCard], related: Sequence[ItemCard]
) -> dict[str, Any]:
    """Return everything that the item page shows; ``html`` only if the source permits the full text."""
    card = detail.card
    return {
        "id": card.id,
        "url": card.url,
        "page": f"{site.url}/item/{card.id}",
        "title": card.title,
        "excerpt": card.excerpt,
        "html": published_html(detail),
        "content": detail.content,
        "source": {"slug": card.source, "title": card.source_title, "url": card.source_url},
        "author": card.author,
        "editor": detail.editor,
        "origin": detail.origin,
        "rights": detail.rights,
        "language": detail.language,
        "published": _local_time(site, card.published),
        "updated": _local_time(site, card.updated) if card.updated else None,
        "first_seen": _local_time(site, card.first_seen),
        "category": card.category,
        "category_why": short_form(detail.decision.why),
        "province": card.place.province,
        "city": card.place.city,
        "county": card.place.county,
        "region_why": short_form(card.place.why),
        "regions": list(card.place.regions),
        "terms": list(detail.terms),
        "story": {"id": card.story_id, "items": card.story_items, "outlets": card.story_outlets},
        "relation": card.relation.value,
        "reprint_of": card.reprint_of,
        "similarity": card.similarity,
        "story_why": render(detail.story_why),
        "reports": [_item_summary(site, report) for report in reports if report.id != card.id],
        "related": [_item_summary(site, report) for report in related],
        "media": [{"url": file.url, "type": file.type, "length": file.length} for file in detail.media],
        "image": image_json(detail),
    }


def image_json(detail: ItemDetail) -> dict[str, Any] | None:
    """Return the picture that represents an item, at its publisher's address, or None."""
    picture = published_picture(detail)
    if picture is None:
        return None
    return {"url": picture.url, "width": picture.width, "height": picture.height, "alt": picture.alt}


def _item_summary(site: Site, card: ItemCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "url": card.url,
        "title": card.title,
        "source": card.source,
        "published": _local_time(site, card.published),
        "relation": card.relation.value,
        "relation_name": render(decisions.RELATIONS[card.relation](), DEFAULT),
    }


def category_chain(site: Site, path: str | None) -> list[Any]:
    """Return the category with its parent first; empty if there is none."""
    category = site.category(path)
    parent = site.category(category.parent) if category else None
    return [node for node in (parent, category) if node]


def _locations(site: Site, card: ItemCard) -> dict[str, str] | list[dict[str, str]] | None:
    """Return the region as a schema.org place, several as a list, None without any."""
    names = ["".join(division.name for division in site.gazetteer.chain(code)) for code in card.place.regions]
    places = [{"@type": "AdministrativeArea", "name": name} for name in names]
    return places if len(places) > 1 else places[0] if places else None


def _local_time(site: Site, at: datetime) -> str:
    return at.astimezone(site.zone).isoformat(timespec="seconds")
