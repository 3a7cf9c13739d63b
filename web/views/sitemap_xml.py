"""XML of sitemaps (sitemaps.org protocol 0.9) and of news sitemaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from web.i18n.language import match_language

MAX_URLS = 50_000  # URLs per sitemap, and sitemaps per index
MAX_NEWS = 1000

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS_NAMESPACE = "http://www.google.com/schemas/sitemap-news/0.9"


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A path of this site and, if known, the time when its content last changed."""

    path: str
    last_modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewsEntry:
    """One story of a news sitemap."""

    path: str
    title: str
    language: str  # BCP 47
    published: datetime


def urlset(site_url: str, entries: Iterable[SitemapEntry]) -> bytes:
    """Return a sitemap of pages."""
    return _document("urlset", "url", site_url, entries)


def sitemap_index(site_url: str, entries: Iterable[SitemapEntry]) -> bytes:
    """Return a sitemap index of the sitemaps at these paths."""
    return _document("sitemapindex", "sitemap", site_url, entries)


def news_sitemap(site_url: str, publication: str, entries: Iterable[NewsEntry]) -> bytes:
    """Return a news sitemap."""
    lines = [f'<urlset xmlns="{_NAMESPACE}" xmlns:news="{_NEWS_NAMESPACE}">']
    for entry in entries:
        about = (
            f"<news:publication><news:name>{escape(publication)}</news:name>"
            f"<news:language>{news_language(entry.language)}</news:language></news:publication>"
            f"<news:publication_date>{_w3c_datetime(entry.published)}</news:publication_date>"
            f"<news:title>{escape(entry.title)}</news:title>"
        )
        lines.append(f"<url><loc>{escape(site_url + entry.path)}</loc><news:news>{about}</news:news></url>")
    return _bytes([*lines, "</urlset>"])


def news_language(tag: str) -> str:
    """Return the ISO 639 code of a language; zh-cn or zh-tw for Chinese, as the news sitemap format requires."""
    site_language = match_language(tag)
    return site_language.lower() if site_language else tag.partition("-")[0].partition("_")[0].lower()


def _document(root: str, element: str, site_url: str, entries: Iterable[SitemapEntry]) -> bytes:
    lines = [f'<{root} xmlns="{_NAMESPACE}">']
    for entry in entries:
        changed = f"<lastmod>{_w3c_datetime(entry.last_modified)}</lastmod>" if entry.last_modified else ""
        lines.append(f"<{element}><loc>{escape(site_url + entry.path)}</loc>{changed}</{element}>")
    return _bytes([*lines, f"</{root}>"])


def _bytes(lines: list[str]) -> bytes:
    return (_HEAD + "\n".join(lines) + "\n").encode()


def _w3c_datetime(at: datetime) -> str:
    """Return a time as a W3C Datetime."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
