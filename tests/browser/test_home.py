"""The home page: a region in one tap, local news first, five screens on a phone, even blocks on a desktop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from aggregator.reference.categories import CategoryTree
from tests.browser.browser_helpers import SCREENS, Running, Scheme, Visitor, layout_shift, open_context
from tests.browser.test_every_page import SEEN, axe_errors
from tests.web import fixture_site
from tests.web.fixture_site import NOW

LANGUAGES = ("zh-CN", "zh-TW", "en")
MOST_SCREENS = 5
LONG = "一条相当长的地方新闻标题，在手机上要占两行才能完整显示"
BOTTOMS = "[...document.querySelectorAll('.cats > .block:not(.strip)')].map(each => [each.getBoundingClientRect().left,"
BOTTOMS += " each.getBoundingClientRect().top, each.getBoundingClientRect().bottom].map(Math.round))"


@pytest.fixture(scope="module")
def busy_site(new_site: Callable[[], Running]) -> Running:
    """Yield a site in which every category has more than enough items, all with long titles."""
    site = new_site()
    sources = site.world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))
    for number, category in enumerate(CategoryTree.default().top_level()):
        slug, source = list(sources.items())[number % len(sources)]
        drafts = [
            fixture_site.draft(
                slug, f"{category.name}{n}：{LONG}", LONG * 3, minutes=60 + n, category=category.path, region="370400"
            )
            for n in range(6)
        ]
        fixture_site.insert(site.world.store, source, drafts)
    return site


def height(page: Page) -> float:
    measured: float = page.evaluate("document.documentElement.scrollHeight")
    return measured


@pytest.mark.parametrize("region", ["", "370400", "370000"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_page_of_a_phone_is_five_screens(
    browser: Browser, busy_site: Running, region: str, language: str
) -> None:
    with open_context(browser, "phone", "dark", script=False) as context:
        context.add_cookies([{"name": "prefs", "value": f"auto.normal..{region}", "url": busy_site.url}])
        page = context.pages[0]
        page.goto(f"{busy_site.url}/?lang={language}", wait_until="load")
        assert height(page) <= MOST_SCREENS * SCREENS["phone"][1]
        assert page.locator(".cats > .block li:visible").count() == len(CategoryTree.default().top_level())


@pytest.mark.parametrize("screen", ["desktop", "phone", "narrow"])
def test_one_tap_puts_the_region_first(browser: Browser, busy_site: Running, screen: str) -> None:
    above = "first => document.querySelector(first).getBoundingClientRect().top"
    with open_context(browser, screen, "light", script=False) as context:
        page = context.pages[0]
        page.goto(busy_site.url, wait_until="load")
        assert page.evaluate(above, ".local") < page.evaluate(above, ".cats")
        page.locator(".choose").get_by_role("button", name="山东").click()
        page.wait_for_selector("section[aria-labelledby=mine]")
        assert page.url == f"{busy_site.url}/"
        assert page.evaluate(above, ".local") < page.evaluate(above, ".a-lead")
        assert page.locator(".local .titles li").first.is_visible()
        page.locator(".local").get_by_role("button", name="换一个地区").click()
        page.get_by_label("输入省、市、县的名称").fill("滕州")
        page.get_by_role("button", name="前往").click()
        page.locator("#mine").get_by_role("link", name="滕州").wait_for()
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_blocks_of_a_row_end_at_one_height_and_every_row_is_full(
    browser: Browser, busy_site: Running, language: str
) -> None:
    with open_context(browser, "desktop", "light") as context:
        page = context.pages[0]
        page.goto(f"{busy_site.url}/?lang={language}", wait_until="load")
        columns: dict[int, list[tuple[int, int]]] = {}
        for left, top, bottom in page.evaluate(BOTTOMS):
            columns.setdefault(left, []).append((top, bottom))
        assert len(columns) == 3
        assert {min(rows)[0] for rows in columns.values()} == {min(min(rows) for rows in columns.values())[0]}
        assert len({max(rows)[1] for rows in columns.values()}) == 1
        ends = "s => document.querySelector(s).getBoundingClientRect().bottom"
        assert abs(page.evaluate(ends, ".a-hot") - page.evaluate(ends, ".a-lead")) <= 2
        last = ".latest li:last-child"
        assert abs(page.evaluate(ends, last) - page.evaluate(ends, ".latest")) <= 2


def test_the_local_home_page_is_accessible_and_does_not_shift(browser: Browser, busy_site: Running) -> None:
    with open_context(browser, "desktop", "light") as context:
        context.add_cookies([{"name": "prefs", "value": "auto.normal..370400", "url": busy_site.url}])
        visitor = Visitor(context, busy_site.url)
        page = visitor.open_page("/")
        assert layout_shift(page) == 0
        assert axe_errors(page) == []
        looks: tuple[tuple[str, Scheme], ...] = (("phone", "dark"), ("narrow", "light"))
        for screen, scheme in looks:
            visitor.set_screen(screen, scheme)
            visitor.open_page("/")
            assert layout_shift(page) == 0, screen
            assert axe_errors(page, SEEN) == [], screen
