"""/search: search of titles and texts, with filters, highlighting and a feed of the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, request

from aggregator.model import Cursor, ItemPage, SourceFilter
from aggregator.steps.text.search_query import parse_query
from web.i18n.display_names import display_name as name_in
from web.i18n.display_names import list_separator
from web.i18n.language import nt, t
from web.site import Site
from web.views import paging, shared_lists
from web.views.cards import card_views
from web.views.filters import build_url, region_choices
from web.views.highlight import make_highlighter
from web.views.layout import Crumb, FeedLink, Head, render
from web.views.search_places import outlets_named, regions_named
from web.views.search_relaxation import relax
from web.views.search_request import PERIODS, SearchBudget, SearchRequest, search_items
from web.views.search_suggestions import suggest_corrections, suggest_searches
from web.views.text import clean_input

PAGE_SIZE = 20
SIDEBAR_ITEMS = 6
MAX_RANKED_PAGES = 5  # pages of the best matches; later ones are hardly relevant
MAX_QUERY_LENGTH = 100
MAX_SEARCHES = 8  # further searches made for a page without results


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the search page."""
    pages = Blueprint("search", __name__)
    pages.add_url_rule("/search", "search", partial(search, site))
    return pages


@dataclass(frozen=True, slots=True)
class _Results:
    """What a page shows: the items of the request, or of a wider one, or suggestions."""

    request: SearchRequest
    page: ItemPage
    changes: tuple[str, ...] = ()  # what makes the request wider than what was asked for
    corrections: Sequence[tuple[str, str]] = ()
    suggestions: Sequence[tuple[str, str]] = ()


def search(site: Site) -> str:
    """Return the search page with its results or suggestions."""
    asked, source = _parse_request(site)
    before = paging.resolve_cursor(site.store, request.args.get("before")) if asked.sort == "time" else None
    page_number = _page_number() if asked.sort == "rel" else 1
    is_later_page = before is not None or page_number > 1
    results = _results(site, asked, before, page_number)
    page = paging.page_before(results.page, before)
    clock = site.clock()
    heading = t("搜索：%(words)s", words=asked.words)
    feed = FeedLink(heading, "/feeds/search", f"?{urlencode(asked.filter_pairs)}") if asked.words else None
    named = asked.words and not is_later_page
    return render(
        site,
        "search.html",
        Head(
            title=t("“%(words)s”的搜索结果", words=asked.words) + f"_{site.title}"
            if asked.words
            else t("搜索") + f"_{site.title}",
            robots="noindex, follow",
            feeds=(feed,) if feed else (),
        ),
        clock=clock,
        crumbs=[Crumb(t("搜索"), "/search")],
        query=asked.words,
        found=card_views(site, clock, page.cards, make_highlighter(results.request.words)),
        summary=_summary(page, is_later_page),
        asked=asked,
        source_title=source,
        categories=(("", t("全部")), *((top.path, name_in(top)) for top in site.tree.top_level())),
        regions=region_choices(site, asked.region),
        withins=(("", t("不限")), ("1d", t("24小时")), ("7d", t("一周")), ("30d", t("一月"))),
        sorts=(("time", t("最新在前")), ("rel", t("最相关"))),
        older=_older_url(results.request, page, page_number),
        newer=build_url("/search", asked.query_pairs) if is_later_page else None,
        named_regions=regions_named(site, asked.words, guess=not page.cards or bool(results.changes)) if named else [],
        named_outlets=outlets_named(site, asked.words) if named else [],
        wider=list_separator().join(results.changes),
        wider_words=results.request.words,
        wider_path=results.request.path,
        corrections=results.corrections,
        hints=results.suggestions,
        only_unwanted=bool(parse_query(asked.words).excluded) and not parse_query(asked.words).required,
        feed=feed,
        hot=shared_lists.hot_stories(site, limit=SIDEBAR_ITEMS),
        reason=shared_lists.empty_reason(site),
    )


def _results(site: Site, asked: SearchRequest, before: Cursor | None, page_number: int) -> _Results:
    """Return this page of the results; else that of a wider search, or suggestions."""
    nothing = ItemPage([], None)
    if not asked.words:
        return _Results(asked, nothing)
    page = (
        _ranked_page(site, asked, page_number) if asked.sort == "rel" else search_items(site, asked, PAGE_SIZE, before)
    )
    if page.cards or before is not None or page_number > 1:
        return _Results(asked, page)
    budget = SearchBudget(site, MAX_SEARCHES)
    corrected = suggest_corrections(site, asked, budget)
    wider = relax(site, asked, PAGE_SIZE, budget)
    if wider:
        return _Results(wider.request, wider.page, wider.changes, corrected)
    return _Results(asked, nothing, (), corrected, suggest_searches(asked, budget))


def _ranked_page(site: Site, asked: SearchRequest, number: int) -> ItemPage:
    """Return a page of the best results; ``end`` is set if there is a next one."""
    cards = search_items(site, asked, PAGE_SIZE * number + 1).cards[PAGE_SIZE * (number - 1) :]
    return ItemPage(cards[:PAGE_SIZE], cards[PAGE_SIZE - 1].cursor if len(cards) > PAGE_SIZE else None)


def _parse_request(site: Site) -> tuple[SearchRequest, str]:
    """Return the validated search request and the title of the source that it names."""
    category = site.category(request.args.get("category"))
    place = site.gazetteer.get(request.args.get("region", ""))
    slug = clean_input(request.args.get("source"), MAX_QUERY_LENGTH)
    sources = site.store.source_health(site.now(), filters=SourceFilter(slug=slug), limit=1) if slug else []
    within = request.args.get("within", "")
    search_request = SearchRequest(
        clean_input(request.args.get("q"), MAX_QUERY_LENGTH),
        category.path if category else "",
        place.code if place else "",
        sources[0].slug if sources else "",
        within if within in PERIODS else "",
        "rel" if request.args.get("sort") == "rel" else "time",
    )
    return search_request, sources[0].title if sources else ""


def _page_number() -> int:
    text = request.args.get("page", "")
    return min(max(int(text), 1), MAX_RANKED_PAGES) if text.isascii() and text.isdigit() and len(text) < 4 else 1


def _older_url(query: SearchRequest, page: paging.Page, page_number: int) -> str | None:
    if page.older is None:
        return None
    if query.sort == "time":
        return build_url("/search", [*query.query_pairs, ("before", page.older)])
    return (
        build_url("/search", [*query.query_pairs, ("page", str(page_number + 1))])
        if page_number < MAX_RANKED_PAGES
        else None
    )


def _summary(page: paging.Page, later: bool) -> str:
    count = len(page.cards)
    if page.older or later:
        return nt("这一页%(n)s条，同一事件只列一条", count)
    return nt("找到%(n)s条，同一事件只列一条", count)
