"""/robots.txt, /sitemap.xml and its sitemaps, which list exactly the pages that search engines may index, and the key
of IndexNow.

Item pages are noindex, because the publisher's page should be indexed; stories with several outlets are listed instead.
A sitemap holds a fixed range of story ids, so that no story ever moves to another sitemap and each costs one index
range read.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from flask import Blueprint, Response, abort

from aggregator.publishing.daily_selection import latest_day, oldest_day
from web.site import Site
from web.views import sitemap_xml
from web.views.sitemap_xml import NewsEntry, SitemapEntry

PAGE_SIZE = sitemap_xml.MAX_URLS
NEWS_AGE = timedelta(days=2)
TTL = 300.0  # seconds
STABLE_TTL = 3600.0  # seconds, for sitemaps that hardly change any more
DISALLOWED = ("/search", "/status", "/widget", "/admin", "/prefs", "/oembed")

MAX_SERIES = 5000
_CACHING = "public, max-age=300"


def routes(site: Site) -> Blueprint:
    """Return the blueprint of robots.txt, the sitemaps and the key of IndexNow."""
    pages = Blueprint("sitemap", __name__)
    pages.add_url_rule("/robots.txt", "robots", partial(robots, site))
    pages.add_url_rule("/sitemap.xml", "index", partial(index, site))
    pages.add_url_rule("/sitemap/news.xml", "news", partial(news, site))
    pages.add_url_rule("/sitemap/pages-<int:number>.xml", "pages", partial(pages_sitemap, site))
    pages.add_url_rule("/sitemap/stories-<int:number>.xml", "stories", partial(stories_sitemap, site))
    if key := site.config.publishing.indexnow_key:
        pages.add_url_rule(
            f"/{key}.txt", "indexnow_key", lambda: Response(key, content_type="text/plain; charset=utf-8")
        )
    return pages


def robots(site: Site) -> Response:
    """Return robots.txt: the paths not worth crawling, and the sitemaps. Feeds stay open to all."""
    maps = ["/sitemap.xml", *(["/sitemap/news.xml"] if _news(site) else [])]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in DISALLOWED), "Allow: /", ""]
    lines += [f"Sitemap: {site.url}{path}" for path in maps]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def index(site: Site) -> Response:
    """Return the index of all nonempty sitemaps."""
    page_entries = _pages(site)
    entries = [
        SitemapEntry(f"/sitemap/pages-{offset // PAGE_SIZE}.xml", _latest(page_entries[offset : offset + PAGE_SIZE]))
        for offset in range(0, len(page_entries), PAGE_SIZE)
    ]
    span = site.store.story_id_range()
    if span:
        first, last = span[0] // PAGE_SIZE, span[1] // PAGE_SIZE
        for number in range(first, last + 1):
            count, changed = _summary(site, number, stable=number < last)
            if count:
                entries.append(SitemapEntry(f"/sitemap/stories-{number}.xml", changed))
    return _xml(sitemap_xml.sitemap_index(site.url, entries[: sitemap_xml.MAX_URLS]))


def pages_sitemap(site: Site, number: int) -> Response:
    """Return one sitemap of the pages other than stories; aborts with 404 if it is empty."""
    part = _pages(site)[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
    return _xml(sitemap_xml.urlset(site.url, part)) if part else abort(404)


def stories_sitemap(site: Site, number: int) -> Response:
    """Return the sitemap of the stories with several outlets in one range of ids."""
    stories = (
        site.store.story_changes(number * PAGE_SIZE, (number + 1) * PAGE_SIZE) if number * PAGE_SIZE < 2**62 else []
    )
    if not stories:
        abort(404)
    return _xml(sitemap_xml.urlset(site.url, (SitemapEntry(f"/story/{story}", changed) for story, changed in stories)))


def news(site: Site) -> Response:
    """Return the news sitemap: the newest stories of the last two days, at most one thousand."""
    entries = _news(site)
    return _xml(sitemap_xml.news_sitemap(site.url, site.title, entries)) if entries else abort(404)


def _news(site: Site) -> list[NewsEntry]:
    def make() -> list[NewsEntry]:
        stories = site.store.recent_stories(site.now() - NEWS_AGE, sitemap_xml.MAX_NEWS)
        return [
            NewsEntry(f"/story/{story.id}", story.title, story.language, story.first_published) for story in stories
        ]

    return site.cache.get("sitemap-news", 60, make)


def _summary(site: Site, number: int, *, stable: bool) -> tuple[int, datetime | None]:
    make = partial(site.store.story_change_summary, number * PAGE_SIZE, (number + 1) * PAGE_SIZE)
    return site.cache.get(("sitemap-stories", number), STABLE_TTL if stable else 60, make)


def _latest(entries: list[SitemapEntry]) -> datetime | None:
    return max((entry.last_modified for entry in entries if entry.last_modified), default=None)


def _pages(site: Site) -> list[SitemapEntry]:
    """Return all pages except stories: fixed ones, nonempty categories and regions, sources, digests, series."""
    return site.cache.get("sitemap-pages", TTL, partial(_page_entries, site))


def _page_entries(site: Site) -> list[SitemapEntry]:
    top_categories = site.tree.top_level()
    categories = [node.path for top in top_categories for node in (top, *site.tree.children(top.path))]
    regions = [division.code for division in site.gazetteer.divisions if not division.is_placeholder]
    nonempty = site.store.non_empty_listings([*categories, *(f"all/{code}" for code in regions)])
    named = site.store.names_with_items(
        [*nonempty & {*categories}, *(code for code in regions if f"all/{code}" in nonempty)]
    )
    sources = site.store.sources_with_items()
    names = {"/": "all", "/latest": "all", "/hot": "hot"}
    names |= {f"/category/{path}": path for path in categories if path in named}
    names |= {f"/region/{code}": f"all/{code}" for code in regions if code in named}
    names |= {f"/source/{slug}": f"source/{number}" for number, slug in sources}
    event_times = site.store.last_event_times(set(names.values()))
    fixed_pages = [SitemapEntry(path) for path in ("/region", "/sources", "/feeds", "/about", "/corrections", "/api")]
    digests = [SitemapEntry(f"/daily/{day}", changed) for day, changed in _digests(site)]
    series = [SitemapEntry(f"/series/{number}", latest) for number, latest in site.store.series_with_issues(MAX_SERIES)]
    return fixed_pages + [SitemapEntry(path, event_times.get(name)) for path, name in names.items()] + digests + series


def _digests(site: Site) -> list[tuple[date, datetime]]:
    """Return (day, last change) of the digests that are published and kept."""
    first, last = oldest_day(site.config, site.now()), latest_day(site.config, site.now())
    return [(day, changed) for day, changed in site.store.digest_days("all") if first <= day <= last]


def _xml(body: bytes) -> Response:
    response = Response(body, content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = _CACHING
    response.add_etag()
    return response
