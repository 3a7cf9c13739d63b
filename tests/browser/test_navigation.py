"""The main navigation: one line on wide screens in every language, and every category reached from every page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from aggregator.reference.categories import CategoryTree
from tests.browser.browser_helpers import SCREENS, Running, Visitor, open_context

LANGUAGES = ("zh-CN", "zh-TW", "en")
TOPS = [f"/category/{category.path}" for category in CategoryTree.default().top_level()]
ROWS = "[...new Set([...document.querySelectorAll('nav.main .wrap > ul > li, nav.main summary')]"
ROWS += ".filter(each => each.checkVisibility()).map(each => Math.round(each.getBoundingClientRect().top)))].length"


def visible(page: Page) -> list[str]:
    """Return the paths of the categories whose links are shown."""
    script = "[...document.querySelectorAll('nav.main a')].filter(a => a.checkVisibility()).map(a => a.pathname)"
    return [path for path in page.evaluate(script) if path.startswith("/category/")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_line_holds_the_navigation(browser: Browser, site: Running, language: str) -> None:
    with open_context(browser, "desktop", "light") as context:
        visitor = Visitor(context, site.url)
        for path in ("/", "/latest", TOPS[0], TOPS[-1]):
            page = visitor.open_page(f"{path}?lang={language}")
            for screen in ("desktop", "laptop", "phone"):
                visitor.set_screen(screen, "light")
                assert page.evaluate(ROWS) == 1, path
                visitor.check_width(path)
        for screen in ("desktop", "laptop", "phone"):
            visitor.set_screen(screen, "light")
            check_entries(page, SCREENS[screen][0])


def check_entries(page: Page, width: int) -> None:
    """Check that the line shows the first categories, and the menu behind it, if there is one, the others."""
    line = visible(page)
    assert line == TOPS[: len(line)]
    menu = page.locator("nav.main summary")
    if not menu.is_visible():
        assert visible(page) == TOPS
        return
    menu.click()
    assert visible(page) == TOPS
    panel = page.locator("nav.main details > ul")
    if panel.is_visible():
        box = panel.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        heights = "[...document.querySelectorAll('nav.main details li')].map(each => each.offsetHeight)"
        assert all(height == 0 or height >= 44 for height in page.evaluate(heights))
    menu.click()


@pytest.mark.parametrize("screen", ["laptop", "phone"])
def test_a_category_behind_more_is_reached_by_keyboard_and_marked(browser: Browser, site: Running, screen: str) -> None:
    with open_context(browser, screen, "light", script=False) as context:
        page = context.pages[0]
        page.goto(f"{site.url}/about", wait_until="load")
        summary = page.locator("nav.main summary")
        summary.focus()
        page.keyboard.press("Enter")
        page.locator("nav.main details").get_by_role("link", name="情感").click()
        page.wait_for_url("**/category/emotion")
        accent = page.evaluate("getComputedStyle(document.querySelector('nav.main details a[aria-current]')).color")
        assert page.evaluate("getComputedStyle(document.querySelector('nav.main summary')).color") == accent


def test_large_text_wraps_the_navigation_and_fits(browser: Browser, site: Running) -> None:
    with open_context(browser, "laptop", "light") as context:
        context.add_cookies([{"name": "prefs", "value": "auto.large", "url": site.url}])
        page = context.pages[0]
        page.goto(f"{site.url}/?lang=en", wait_until="load")
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0
