"""Turn an item into the atom:entry that republishes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlsplit

from aggregator.config.load import Config
from aggregator.model import ItemCard, ItemDetail, Relation
from aggregator.publishing.pictures import published_html, published_picture
from aggregator.reference.gazetteer import Gazetteer
from feeds.model import Category, Enclosure, Entry, Link, Origin, Person
from feeds.write.escaping import escape_lookalike_markup
from feeds.write.validate import iri

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # ``updated`` of a feed without entries

PROMOTED_LABEL = "推广"
_RELATIONS = {
    Relation.REPRINT: "转载",
    Relation.REWRITE: "改写",
    Relation.FURTHER: "补充报道",
    Relation.ORIGINAL: "报道",
}


def build_entry(item: ItemDetail, reports: Sequence[ItemCard], config: Config, *, for_archive: bool = False) -> Entry:
    """Return the entry of an item, with the story's other reports as related links.

    ``for_archive``: without the number of outlets, which goes on changing. The publisher's id is kept if it is an
    absolute IRI, because a republished entry must not change it (RFC 4287 4.2.6); ``updated`` changes only when the
    published content of the item has changed.
    """
    card, base = item.card, config.site.url or ""
    return Entry(
        id=entry_id(item, base),
        title=_title(card),
        link=card.url,
        published=card.published,
        updated=updated_time(card),
        authors=(Person(card.author or card.source_title),),
        editor=item.editor,
        summary=_summary(item, for_archive),
        content=published_html(item),
        categories=_categories(item, config),
        enclosures=tuple(Enclosure(file.url, file.type, file.length) for file in item.media),
        picture=published_picture(item),
        links=_links(card, reports),
        language=item.language if item.language != config.site.language else None,
        rights=item.rights,
        origin=Origin(
            id=item.feed_id if item.feed_id and is_absolute_iri(item.feed_id) else item.feed_url,
            title=escape_lookalike_markup(card.source_title),
            link=card.source_url,
            self_link=item.feed_url,
            updated=updated_time(card),
            rights=item.rights,
        ),
        place=_place(card),
    )


def entry_id(item: ItemDetail, base: str) -> str:
    """Return the publisher's id, or a tag: URI (RFC 4151) that never changes."""
    if item.guid and is_absolute_iri(item.guid):
        return item.guid
    return tag_uri(base, f"item/{item.card.id}", item.card.first_seen.year)


def is_absolute_iri(text: str) -> bool:
    """Return whether an id is an absolute ASCII IRI, which is kept literally."""
    return text.isascii() and iri(text) == text


def tag_uri(base: str, name: str, year: int = 2026) -> str:
    """Return "tag:gedi.example,2026:item/12"."""
    return f"tag:{urlsplit(base).hostname or 'localhost'},{year}:{name}"


def updated_time(card: ItemCard) -> datetime:
    """Return when the published content last changed: the publisher's time until we see an edit."""
    own = max(card.published, card.updated or card.published)
    return max(own, card.changed) if card.changed > card.first_seen else own


def _title(card: ItemCard) -> str:
    """Return a title that every reader shows alike; an advertorial is marked in it."""
    label = f"【{PROMOTED_LABEL}】" if card.promoted and PROMOTED_LABEL not in card.title[:8] else ""
    return f"{label}{escape_lookalike_markup(card.title)}"


def _summary(item: ItemDetail, for_archive: bool) -> str | None:
    text = escape(item.card.excerpt, quote=False)  # an excerpt is plain text, a summary is HTML
    if item.card.story_outlets > 1 and not for_archive:
        text = f"{text}（{item.card.story_outlets}家媒体报道）"
    return text or None


def _links(card: ItemCard, reports: Sequence[ItemCard]) -> tuple[Link, ...]:
    links = [Link(card.url, "via", "text/html", title=card.source_title)]
    links += [
        Link(report.url, "related", "text/html", title=f"{report.source_title}（{_RELATIONS[report.relation]}）")
        for report in reports
        if report.id != card.id and report.url != card.url
    ]
    return tuple(links)


def _categories(item: ItemDetail, config: Config) -> tuple[Category, ...]:
    base, found = config.site.url, []
    path = item.card.category
    if path:
        for name in dict.fromkeys((path.split("/")[0], path)):
            category = config.category_tree.get(name)
            if category:
                found.append(Category(name, f"{base}/category", category.name))
    gazetteer = Gazetteer.load()
    divisions = dict.fromkeys(division for code in item.card.place.regions for division in gazetteer.chain(code))
    found += [Category(division.code, f"{base}/region", division.name) for division in divisions]
    if item.card.promoted:
        found.append(Category("advertorial", f"{base}/label", PROMOTED_LABEL))
    found += [Category(term, item.feed_url) for term in item.terms if term]
    return tuple(found)


def _place(card: ItemCard) -> str | None:
    region = card.place.region
    return "".join(division.name for division in Gazetteer.load().chain(region)) if region else None
