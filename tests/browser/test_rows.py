"""A series and a story in lists, in a real browser: one row each, with links that lead on, in each language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from tests.browser.browser_helpers import Running, Visitor, open_context
from tests.web import fixture_site
from tests.web.fixture_site import NOW

TITLES = [f"枣庄今日{hour}时天气：最高{hour}度" for hour in range(1, 9)]


@pytest.fixture(scope="module")
def site_with_series(new_site: Callable[[], Running]) -> Running:
    site = new_site()
    source = site.world.store.sync_sources(fixture_site.sources(), NOW, timedelta(0))["shiqiao"]
    drafts = [
        fixture_site.draft("shiqiao", title, minutes=60 * hour, category="society", region="370400")
        for hour, title in enumerate(TITLES)
    ]
    fixture_site.insert(site.world.store, source, drafts)
    return site


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "往期"), ("zh-TW", "往期"), ("en", "Earlier issues")])
def test_a_reader_goes_from_a_list_to_the_earlier_issues(
    browser: Browser, site_with_series: Running, language: str, words: str
) -> None:
    with open_context(browser, "desktop", "light", script=False) as context:
        visitor = Visitor(context, site_with_series.url)
        for path in ("/category/society", "/region/370400", "/source/shiqiao", "/search?q=天气"):
            page = visitor.open_page(f"{path}{'&' if '?' in path else '?'}lang={language}")
            assert page.locator("main").get_by_role("link", name="枣庄今日").count() == 1
            link = page.locator("main ul.stream").get_by_role("link", name=words)
            assert link.count() == 1
            for _ in each_screen(visitor, path):
                assert link.is_visible()
        link.click()
        page.wait_for_url("**/series/1")
        for _ in each_screen(visitor, "series"):
            assert page.locator("ul.stream h3").all_inner_texts() == TITLES
            visitor.check_visible("series", ("h1", "details.why summary", "#feed"))
        visitor.open_page(f"/?lang={language}")
        for _ in each_screen(visitor, "/"):
            visitor.check_visible("/", ("section.lead h2 a", ".also li.same a"))
        visitor.open_page(f"/story/{site_with_series.world.story}?lang={language}")
        for _ in each_screen(visitor, "story"):
            visitor.check_visible("story", ("ol.timeline .same a",))


def each_screen(visitor: Visitor, path: str) -> Iterator[None]:
    """Show the open page on each screen, which it must fit."""
    for screen in ("desktop", "laptop", "phone"):
        visitor.set_screen(screen, "light")
        visitor.check_width(path)
        yield
