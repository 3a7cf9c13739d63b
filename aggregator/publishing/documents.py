"""Turn entries into a feed document with ETag and compressed forms; the same entries give the same bytes."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Literal

import brotli
import zstandard

from aggregator.config.load import Config
from aggregator.model import RenderedDocument
from aggregator.publishing.channels import Channel
from aggregator.publishing.entries import EPOCH, tag_uri
from feeds.model import Entry, Feed, Link, Person, Tombstone
from feeds.write.atom import write_atom
from feeds.write.escaping import escape_lookalike_markup
from feeds.write.jsonfeed import write_json
from feeds.write.rss import write_rss

FeedFormat = Literal["atom", "rss", "json"]

MEDIA_TYPES: dict[FeedFormat, str] = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
_WRITERS = {"atom": write_atom, "rss": write_rss, "json": write_json}


@dataclass(frozen=True, slots=True)
class DocumentAddress:
    """Which document: of a feed, in a format, at a path."""

    channel: Channel
    format: FeedFormat
    path: str  # with the query string, if there is one


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """What a document of a feed says."""

    entries: Sequence[Entry]
    links: Sequence[Link] = ()  # in addition to self and hub
    deleted: Sequence[Tombstone] = ()
    position: int | None = None  # number of events of its listing that it includes


def build_document(
    config: Config,
    address: DocumentAddress,
    content: DocumentContent,
    now: datetime,
    *,
    archive: bool = False,
    hub: bool = True,
) -> RenderedDocument:
    """Render one document of a feed.

    ``now`` is its Last-Modified. ``archive``: it is final; ``hub``: name the WebSub hub of this site, if there is one.
    """
    base = config.site.url or ""
    channel, media_type = address.channel, MEDIA_TYPES[address.format]
    own = [Link(base + address.path, "self", media_type.partition(";")[0])]
    if config.hub_url and hub and not archive:
        own.append(Link(config.hub_url, "hub"))
    unique = {
        entry.id: entry for entry in reversed(content.entries)
    }  # RFC 4287 4.1.1 requires a date; the newest entry comes first
    shown = tuple(entry for entry in content.entries if unique[entry.id] is entry)
    stones = tuple(stone for stone in dict.fromkeys(content.deleted) if stone.ref not in unique)
    moments = [entry.updated for entry in shown if entry.updated] + [stone.when for stone in stones]
    feed = Feed(
        id=tag_uri(base, f"feed/{channel.listing_key}"),
        title=escape_lookalike_markup(channel.title),
        link=base + channel.page,
        description=escape(channel.description, quote=False),
        language=config.site.language,
        updated=max(moments, default=EPOCH),
        authors=(Person(config.site.title, uri=base),),
        icon=f"{base}/static/icon.png",
        generator="Gedi",
        links=(*own, *content.links),
        entries=shown,
        deleted=stones,
        archive=archive,
    )
    key = f"archive/{channel.history_key}" if archive else channel.listing_key
    body = _WRITERS[address.format](feed)
    return compressed_document(address.path, key, media_type, body, now, content.position)


def compressed_document(
    path: str, listing: str, type: str, body: bytes, modified: datetime, position: int | None = None
) -> RenderedDocument:
    """Return a document with its ETag and its compressed forms."""
    return RenderedDocument(
        path=path,
        listing_key=listing,
        type=type,
        body=body,
        etag=hashlib.blake2b(body, digest_size=12).hexdigest(),
        modified=modified.astimezone(UTC).replace(microsecond=0),
        gzip=gzip.compress(body, 6, mtime=0),  # no time of day in the bytes
        br=brotli.compress(body, quality=5),
        zstd=zstandard.ZstdCompressor(level=6).compress(body),
        history_position=position,
    )
