"""/robots.txt, /sitemap.xml and the sitemaps it names: the pages that search engines may show, and no others.

An item's page asks not to be shown (its publisher's should be), so events of several outlets stand for the news. They
are listed by number, so many numbers a sitemap: none ever moves to another one, and each costs one reading of an index.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, Response, abort

from web.site import Site
from web.views import sitemap_xml
from web.views.sitemap_xml import Entry, News

PAGE = sitemap_xml.MOST
NEWS_AGE = timedelta(days=2)
FRESH = 300.0  # seconds
SETTLED = 3600.0  # ... for what hardly changes any more
CLOSED = ("/search", "/status", "/widget", "/admin", "/prefs", "/oembed")

_CACHING = "public, max-age=300"


def routes(site: Site) -> Blueprint:
    pages = Blueprint("sitemap", __name__)
    pages.add_url_rule("/robots.txt", "robots", partial(robots, site))
    pages.add_url_rule("/sitemap.xml", "index", partial(index, site))
    pages.add_url_rule("/sitemap/news.xml", "news", partial(news, site))
    pages.add_url_rule("/sitemap/pages-<int:number>.xml", "pages", partial(of_pages, site))
    pages.add_url_rule("/sitemap/stories-<int:number>.xml", "stories", partial(of_stories, site))
    return pages


def robots(site: Site) -> Response:
    """What is not worth a crawler's time, and where the sitemaps are. Feeds stay open to every reader."""
    maps = ["/sitemap.xml", *(["/sitemap/news.xml"] if _news(site) else [])]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED), "Allow: /", ""]
    lines += [f"Sitemap: {site.url}{path}" for path in maps]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def index(site: Site) -> Response:
    """Every sitemap that has anything in it."""
    listed = _pages(site)
    entries = [
        Entry(f"/sitemap/pages-{at // PAGE}.xml", _latest(listed[at : at + PAGE])) for at in range(0, len(listed), PAGE)
    ]
    span = site.store.story_span()
    if span:
        first, last = span[0] // PAGE, span[1] // PAGE
        for number in range(first, last + 1):
            count, changed = _summary(site, number, settled=number < last)
            if count:
                entries.append(Entry(f"/sitemap/stories-{number}.xml", changed))
    return _xml(sitemap_xml.index(site.url, entries[: sitemap_xml.MOST]))


def of_pages(site: Site, number: int) -> Response:
    part = _pages(site)[number * PAGE : (number + 1) * PAGE]
    return _xml(sitemap_xml.urlset(site.url, part)) if part else abort(404)


def of_stories(site: Site, number: int) -> Response:
    """Events that several outlets report, by their numbers."""
    found = site.store.story_changes(number * PAGE, (number + 1) * PAGE) if number * PAGE < 2**62 else []
    if not found:
        abort(404)
    return _xml(sitemap_xml.urlset(site.url, (Entry(f"/story/{story}", changed) for story, changed in found)))


def news(site: Site) -> Response:
    """Events of the last two days, the newest thousand."""
    found = _news(site)
    return _xml(sitemap_xml.news(site.url, site.title, found)) if found else abort(404)


def _news(site: Site) -> list[News]:
    def make() -> list[News]:
        found = site.store.fresh_stories(site.now() - NEWS_AGE, sitemap_xml.MOST_NEWS)
        return [News(f"/story/{each.id}", each.title, each.language, each.first_published) for each in found]

    return site.cache.get("sitemap-news", 60, make)


def _summary(site: Site, number: int, *, settled: bool) -> tuple[int, datetime | None]:
    make = partial(site.store.story_summary, number * PAGE, (number + 1) * PAGE)
    return site.cache.get(("sitemap-stories", number), SETTLED if settled else 60, make)


def _latest(entries: list[Entry]) -> datetime | None:
    return max((entry.changed for entry in entries if entry.changed), default=None)


def _pages(site: Site) -> list[Entry]:
    """All but stories: the site's own pages, categories and regions that have items, sources."""
    return site.cache.get("sitemap-pages", FRESH, partial(_listed, site))


def _listed(site: Site) -> list[Entry]:
    tops = site.tree.top()
    categories = [each.path for top in tops for each in (top, *site.tree.children(top.path))]
    regions = [division.code for division in site.gazetteer.divisions if not division.placeholder]
    seen = site.store.filled([*categories, *(f"all/{code}" for code in regions)])
    held = site.store.occupied([*seen & {*categories}, *(code for code in regions if f"all/{code}" in seen)])
    sources = site.store.sources_with_items()
    names = {"/": "all", "/latest": "all", "/hot": "hot"}
    names |= {f"/category/{path}": path for path in categories if path in held}
    names |= {f"/region/{code}": f"all/{code}" for code in regions if code in held}
    names |= {f"/source/{slug}": f"source/{number}" for number, slug in sources}
    appeared = site.store.last_appearances(set(names.values()))
    own = [Entry(path) for path in ("/region", "/sources", "/feeds", "/about", "/corrections", "/api")]
    return own + [Entry(path, appeared.get(name)) for path, name in names.items()]


def _xml(body: bytes) -> Response:
    answer = Response(body, content_type="application/xml; charset=utf-8")
    answer.headers["Cache-Control"] = _CACHING
    answer.add_etag()
    return answer
