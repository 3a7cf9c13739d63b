"""/search: titles and texts, with filters, highlights and "subscribe to this search"."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, request

from aggregator.model import Cursor, ItemCard
from aggregator.steps.text.search_query import understand
from web.i18n.display_names import name as name_in
from web.i18n.language import t
from web.site import Site
from web.views import paging, shared_lists
from web.views.cards import card_views
from web.views.filters import address, region_choices
from web.views.highlight import marker_of
from web.views.layout import Crumb, FeedLink, Head, render
from web.views.search_suggestions import WITHIN, Asked, hints
from web.views.text import typed

SIZE = 20
SIDE = 6
RANKED_PAGES = 5  # of the best; what comes after them is hardly what was meant
LONGEST = 100


def routes(site: Site) -> Blueprint:
    pages = Blueprint("search", __name__)
    pages.add_url_rule("/search", "search", partial(search, site))
    return pages


def search(site: Site) -> str:
    asked, source = _asked(site)
    before = paging.resolve(site.store, request.args.get("before")) if asked.sort == "time" else None
    number = _page_number() if asked.sort == "rel" else 1
    cards = _found(site, asked, before, number)
    page = paging.first_or_older(cards, SIZE, before)
    later = before is not None or number > 1
    clock = site.clock()
    name = t("搜索：%(words)s", words=asked.words)
    feed = FeedLink(name, "/feeds/search", f"?{urlencode(asked.filters)}") if asked.words else None
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
        found=card_views(site, clock, page.cards, marker_of(asked.words)),
        summary=_summary(page, later),
        asked=asked,
        source_title=source,
        categories=(("", t("全部")), *((top.path, name_in(top)) for top in site.tree.top())),
        regions=region_choices(site, asked.region),
        withins=(("", t("不限")), ("1d", t("24小时")), ("7d", t("一周")), ("30d", t("一月"))),
        sorts=(("time", t("最新在前")), ("rel", t("最相关"))),
        older=_older(asked, page, number),
        newer=address("/search", asked.query) if later else None,
        hints=hints(site, asked) if asked.words and not cards and not later else [],
        only_unwanted=bool(understand(asked.words).unwanted) and not understand(asked.words).wanted,
        feed=feed,
        hot=shared_lists.hot(site, limit=SIDE),
        reason=shared_lists.reason_for_emptiness(site),
    )


def _asked(site: Site) -> tuple[Asked, str]:
    """What the address asks for, and the title of the source that it names."""
    category = site.category(request.args.get("category"))
    place = site.gazetteer.get(request.args.get("region", ""))
    slug = typed(request.args.get("source"), LONGEST)
    known = site.store.health(site.now(), slug=slug, limit=1) if slug else []
    within = request.args.get("within", "")
    asked = Asked(
        typed(request.args.get("q"), LONGEST),
        category.path if category else "",
        place.code if place else "",
        known[0].slug if known else "",
        within if within in WITHIN else "",
        "rel" if request.args.get("sort") == "rel" else "time",
    )
    return asked, known[0].title if known else ""


def _page_number() -> int:
    text = request.args.get("page", "")
    return min(max(int(text), 1), RANKED_PAGES) if text.isascii() and text.isdigit() and len(text) < 4 else 1


def _found(site: Site, asked: Asked, before: Cursor | None, number: int) -> list[ItemCard]:
    """The items of this page and one more, where there is one."""
    if not asked.words:
        return []
    cards = site.store.search(
        asked.words, SIZE * number + 1, category=asked.category or None, region=asked.region or None,
        source=asked.source or None, since=site.now() - WITHIN[asked.within] if asked.within else None,
        sort=asked.sort, before=before,
    )  # fmt: skip
    return cards[SIZE * (number - 1) :]


def _older(asked: Asked, page: paging.Page, number: int) -> str | None:
    if page.older is None:
        return None
    if asked.sort == "time":
        return address("/search", [*asked.query, ("before", page.older)])
    return address("/search", [*asked.query, ("page", str(number + 1))]) if number < RANKED_PAGES else None


def _summary(page: paging.Page, later: bool) -> str:
    count = len(page.cards)
    stories = len({card.story_id for card in page.cards})
    if page.older or later:
        return t("这一页%(items)s条，属于%(stories)s个事件", items=count, stories=stories)
    return t("找到%(items)s条，归并为%(stories)s个事件", items=count, stories=stories)
