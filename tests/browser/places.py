"""Every kind of page, and what must be visible on it with and without scripts, on any screen."""

from __future__ import annotations

from dataclasses import dataclass

from tests.web import reports
from tests.web.fixture_site import World

FRAME = ("header.site a.brand", "nav.main a[href='/hot']", "footer.site form.prefs button", "h1")


@dataclass(frozen=True)
class Place:
    """A page; ``path`` may contain names of fixture items in braces."""

    name: str
    path: str
    shows: tuple[str, ...]  # selectors
    status: int = 200
    framed: bool = True  # has the header and footer of the site
    main: bool = False  # checked by more rules on the phone
    variant: bool = False  # a variant of a page that axe checks already

    def of(self, world: World) -> str:
        return self.path.format(
            full=world[reports.REPORTS[1][4]],
            reported=world["event0"],
            hostile=world["hostile"],
            gone=world["gone"],
            story=world.story,
        )


_LISTED = ("h2.day", "ul.stream li a", "ul.stream li .meta", ".feedbar code", "form.filter button", "ol.rank li a")
_ITEM = ("nav.crumbs a", "p.byline time", "#attribution dl a", "ul.related li a", "ol.rank li", ".lines li", ".feedbar")

PLACES = (
    Place("home", "/", ("section.lead h2 a", ".also a", ".cats section li a", "#regions", ".choose button"),
          main=True),
    Place("category", "/category/society", ("ul.tabs a", *_LISTED), main=True),
    Place("category without news", "/category/military", ("section.empty p a", ".feedbar code"), variant=True),
    Place("latest", "/latest", _LISTED, variant=True),
    Place("hot", "/hot?window=7d", ("ul.tabs a", "ul.stream li a", ".feedbar code")),
    Place("daily digest", "/daily/2026-05-19", ("ol.digest li h2 a", "ol.digest .meta a", "form.filter button",
          "nav.pager a", ".feedbar code", "ol.rank li a")),
    Place("daily digest without news", "/daily/2026-05-19?category=military", ("section.empty p a",), variant=True),
    Place("regions", "/region", ("main input[name=q]", "main a[href='/region/370000']")),
    Place("regions by name", "/region?q=鼓楼", ("main a[href='/region/320106']",), variant=True),
    Place("region", "/region/370400", ("nav.crumbs a", "nav.places a", "ul.stream li a", ".feedbar code")),
    Place("region without news", "/region/370406", ("section.empty p", "ul.stream li a"), variant=True),
    Place("item in full", "/item/{full}", (*_ITEM, ".prose p", "p.actions a"), main=True),
    Place("item of a story", "/item/{reported}", (*_ITEM, ".readon a", "ol.timeline li .tag")),
    Place("item of hostile words", "/item/{hostile}", _ITEM, variant=True),
    Place("story", "/story/{story}", ("ol.timeline li.first", "table.spread svg", "ol.timeline .tag", ".feedbar code"),
          main=True),
    Place("reasons", "/item/{reported}/why", ("dl.reasons dd", ".compare blockquote mark", ".compare h3 a")),
    Place("sources", "/sources", ("main a[href='/source/shiqiao']",)),
    Place("source", "/source/shiqiao", ("dl.facts dd", "ul.stream li a", ".feedbar code")),
    Place("ill source", "/source/jiuzhan", ("dl.facts dd",), variant=True),
    Place("search", "/search?q=运河", ("mark", "p.found", "form.searchbox select", ".feedbar code"), main=True),
    Place("search for nothing", "/search?q=不存在的词", ("section.empty a",)),
    Place("subscribe", "/feeds?category=livelihood&region=枣庄", (".result code", "table.feeds code", "#embed"),
          main=True),
    Place("status", "/status", ("dl.tiles dd", "table.status:not(.month) tr", "section.alert", ".plot svg",
          "#outfeeds"), main=True),
    Place("status of a source", "/status?source=shiqiao", ("table.status:not(.month) tr", ".plot svg"), variant=True),
    Place("english status", "/status?lang=en", (".plot svg", "#outfeeds"), variant=True),
    Place("traditional status", "/status?lang=zh-TW", (".plot svg", "#outfeeds"), variant=True),
    Place("about", "/about", ("main h2",)),
    Place("corrections", "/corrections?item={full}", ("#about", "#text", "#email", "main form button", "main a")),
    Place("corrections sent", "/corrections/sent?item={full}", ("main a[href='/']",)),
    Place("api", "/api", ("main code",)),
    Place("login", "/admin/login", ("main input[type=password]", "main form button")),
    Place("login by a link", "/admin/login?token=abc", ("main input[type=password]",), variant=True),
    Place("widget", "/widget?n=3", ("li a",), framed=False),
    Place("no such page", "/nothing", ("main a[href='/']",), 404),
    Place("withdrawn item", "/item/{gone}", ("main a",), 410),
    Place("english home", "/?lang=en", ("section.lead h2 a", ".cats section li a")),
    Place("english item", "/item/{full}?lang=en", _ITEM, variant=True),
    Place("traditional subscribe", "/feeds?lang=zh-TW", ("table.feeds code",), variant=True),
)  # fmt: skip
