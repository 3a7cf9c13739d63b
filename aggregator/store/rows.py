"""Conversion between table rows and the frozen values of ``aggregator.model``."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import FromClause, and_, case, func, select

from aggregator.messages import Message
from aggregator.model import (
    FIRST_KEY_TERM,
    CategoryDecision,
    Draft,
    ItemCard,
    ItemDetail,
    LockedFields,
    MediaFile,
    Place,
    Relation,
    Source,
)
from aggregator.model.listing_keys import join_codes, split_codes
from aggregator.model.polls import document_key
from aggregator.reference.categories import top_category
from aggregator.store.schema.series_columns import SERIES_ID
from aggregator.store.schema.tables import item_regions, items, sources, stories, texts
from aggregator.store.schema.text_columns import HTML, PLAIN_TEXT
from aggregator.store.sql.dialect import AnyRow, storable
from aggregator.store.sql.statements import in_partitions
from feeds.model import Picture
from feeds.selectors import Selectors

# The name of an outlet: as configured, of its feed, or the slug.
SOURCE_TITLE = func.coalesce(func.nullif(sources.c.title, ""), func.nullif(sources.c.feed_title, ""), sources.c.slug)
_CARD_COLUMNS = (
    items.c.id,
    items.c.url,
    items.c.title,
    items.c.excerpt,
    items.c.published,
    items.c.first_seen,
    items.c.updated,
    items.c.changed,
    sources.c.slug.label("source"),
    SOURCE_TITLE.label("source_title"),
    sources.c.feed_link.label("source_url"),
    items.c.author,
    items.c.category,
    items.c.province,
    items.c.city,
    items.c.county,
    items.c.region_why,
    items.c.story_id,
    items.c.represents,
    items.c.relation,
    items.c.reprint_of,
    items.c.similarity,
    func.coalesce(stories.c.item_count, 1).label("story_items"),
    func.coalesce(stories.c.outlets, 1).label("story_outlets"),
    items.c.advertorial.is_not(None).label("promoted"),
    SERIES_ID.label("series"),
    case((sources.c.pictures == "thumbnail", items.c.thumbnail)).label("thumbnail"),
    items.c.dated,
    items.c.further_regions,
    items.c.further_why,
)
_DETAIL_COLUMNS = (
    items.c.guid,
    HTML,
    PLAIN_TEXT,
    items.c.length,
    items.c.editor,
    items.c.origin,
    items.c.language,
    items.c.rights,
    items.c.terms,
    items.c.media,
    items.c.picture,
    sources.c.pictures,
    items.c.category_score,
    items.c.category_why,
    items.c.story_why,
    items.c.pinned,
    items.c.advertorial,
    sources.c.content,
    sources.c.url.label("feed_url"),
    sources.c.feed_id,
    sources.c.feed_title,
    sources.c.region.label("source_region"),
    items.c.removed,
)


def _joined(start: FromClause = items) -> FromClause:
    """Return the joined tables; outer joins keep the order of the first, from whose index a listing is read."""
    return start.outerjoin(sources, items.c.source_id == sources.c.id).outerjoin(
        stories, items.c.story_id == stories.c.id
    )


# Built once: combining so many columns costs more than reading a row.
SELECT_CARDS = select(*_CARD_COLUMNS).select_from(_joined())
SELECT_FURTHER_CARDS = select(*_CARD_COLUMNS).select_from(
    _joined(item_regions.join(items, items.c.id == item_regions.c.item_id))
)
SELECT_DETAILS = select(*_CARD_COLUMNS, *_DETAIL_COLUMNS).select_from(  # of items in the list parameter "ids"
    _joined().outerjoin(texts, and_(texts.c.item_id == items.c.id, in_partitions(texts.c.item_id, "ids")))
)


def to_card(row: AnyRow) -> ItemCard:
    """Convert a row of SELECT_CARDS by position, in the order of ``_CARD_COLUMNS``, which is faster than by name."""
    place = to_place(row[13:17], row[28], row[29])
    story = (row[17] or row[0], row[18], Relation(row[19]), *row[20:24])
    return ItemCard(*row[:13], place, *story, bool(row[24]), row[25], False, *row[26:28])  # type: ignore[call-arg]


def to_place(primary: Sequence[Any], further: str | None, further_why: Message | None = None) -> Place:
    """Return a place from its columns; ``primary``: province, city, county and perhaps the reason."""
    place = Place(*primary)
    return place if further is None else replace(place, further=split_codes(further), further_why=further_why)


def to_detail(row: AnyRow) -> ItemDetail:
    """Convert a row of SELECT_DETAILS."""
    card = to_card(row)
    return ItemDetail(
        card=card,
        guid=guid_of(row),
        html=row.html,
        text=row.text or "",
        length=row.length,
        editor=row.editor,
        origin=row.origin,
        language=row.language,
        rights=row.rights,
        terms=tuple(row.terms),
        media=tuple(MediaFile(**media) for media in row.media),
        picture=to_picture(row.picture),
        pictures=row.pictures,
        dated=row.dated,
        decision=CategoryDecision(row.category, row.category_score, row.category_why),
        story_why=row.story_why,
        locked=LockedFields(row.pinned),
        content=row.content,
        feed_url=row.feed_url,
        feed_id=row.feed_id,
        feed_title=row.feed_title,
        source_region=row.source_region,
        advertorial=row.advertorial,
        removed=row.removed,
    )


def to_source(row: AnyRow) -> Source:
    """Convert a row of ``sources``."""
    return Source(
        id=row.id,
        slug=row.slug,
        url=row.url,
        title=row.title,
        category=row.category,
        region=row.region,
        language=row.language,
        timezone=row.timezone,
        encoding=row.encoding,
        interval=None if row.every is None else timedelta(seconds=row.every),
        content=row.content,
        pictures=row.pictures,
        enabled=row.enabled,
        include=tuple(row.include),
        exclude=tuple(row.exclude),
        advertorial=row.advertorial,
        kind=row.kind,
        select=Selectors(**(row.selectors or {})),
        articles=row.articles,
        request=row.request,
    )


def document_key_of(row: AnyRow) -> str:
    """Return ``Source.document_key`` of a row with what it is made of."""
    return document_key(
        row.url,
        row.kind,
        row.encoding,
        Selectors(**(row.selectors or {})),
        (tuple(row.include), tuple(row.exclude), row.advertorial),
        row.request,
    )


# ---------------------------------------------------------------- drafts to columns
def content_columns(draft: Draft) -> dict[str, Any]:
    """Return the columns of an item that an edit may change."""
    return {
        "guid": SAME_AS_URL if draft.guid == draft.url else storable(draft.guid),
        "url": storable(draft.url),
        "title": storable(draft.title),
        "excerpt": storable(draft.excerpt),
        "author": storable(draft.author),
        "editor": storable(draft.editor),
        "origin": storable(draft.origin),
        "language": storable(draft.language),
        "rights": storable(draft.rights),
        "length": draft.length,
        "updated": draft.updated,
        "content_hash": draft.content_hash,
        "advertorial": draft.advertorial,
        "terms": [storable(term) for term in draft.terms],
        "media": [
            {"url": storable(file.url), "type": storable(file.type), "length": file.length} for file in draft.media
        ],
        "picture": _picture_column(draft.picture),
    }


def to_picture(stored: dict[str, Any] | None) -> Picture | None:
    """Return a stored picture."""
    return Picture(**stored) if stored else None


def _picture_column(picture: Picture | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    alt = storable(picture.alt)
    return {"url": storable(picture.url), "width": picture.width, "height": picture.height, "alt": alt}


def category_columns(decision: CategoryDecision) -> dict[str, Any]:
    """Return the columns of an item that hold its category."""
    top = top_category(decision.category) if decision.category else None
    return {
        "category": decision.category,
        "top": top,
        "category_score": decision.score,
        "category_why": decision.why,
    }


def place_columns(place: Place) -> dict[str, Any]:
    """Return the columns of an item that hold its place."""
    return {
        "province": place.province,
        "city": place.city,
        "county": place.county,
        "region_why": place.why,
        "further_regions": join_codes(place.further),
        "further_why": place.further_why,
    }


def pack_int64s(numbers: tuple[int, ...]) -> bytes:
    """Return the numbers as native 64-bit integers, 8 bytes each."""
    return array("q", numbers).tobytes()


def unpack_int64s(blob: bytes) -> list[int]:
    """Return the numbers packed by ``pack_int64s``."""
    numbers = array("q")
    numbers.frombytes(blob)
    return numbers.tolist()


SAME_AS_URL = ""  # stored instead of a guid that is the URL, as most are


def guid_of(row: AnyRow) -> str | None:
    """Return the guid of a row of ``items``."""
    guid: str | None = row.url if row.guid == SAME_AS_URL else row.guid
    return guid


_HASHES = b"\x01"  # before hashes of 32 bits; earlier versions stored signed ones of 64 bits, and nothing before them


def pack_hashes(hashes: tuple[int, ...]) -> bytes:
    """Return fingerprints or key terms as bytes, 4 each."""
    return _HASHES + array("I", hashes).tobytes()


def unpack_fingerprints(blob: bytes) -> list[int]:
    """Return the fingerprints of ``Sketch`` that were stored."""
    return _unpack_hashes(blob) if len(blob) % 8 else [number % FIRST_KEY_TERM for number in unpack_int64s(blob)]


def unpack_key_terms(blob: bytes) -> list[int]:
    """Return the key terms of ``Sketch`` that were stored."""
    if len(blob) % 8:
        return _unpack_hashes(blob)
    return [number % FIRST_KEY_TERM + FIRST_KEY_TERM for number in unpack_int64s(blob)]


def _unpack_hashes(blob: bytes) -> list[int]:
    numbers = array("I")
    numbers.frombytes(blob[1:])
    return numbers.tolist()
