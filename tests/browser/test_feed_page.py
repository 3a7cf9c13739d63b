"""A feed opened in a browser: a page with links, copy button, readers and QR code, on any screen, in any language."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.browser_helpers import (
    MOST_BYTES,
    MOST_REQUESTS,
    Running,
    Scheme,
    Visitor,
    layout_shift,
    open_context,
)
from tests.browser.test_every_page import SEEN, axe_errors
from tests.web.reports import EVENT

LOOKS: tuple[tuple[str, Scheme], ...] = (
    *(("desktop", "light"), ("phone", "dark"), ("narrow", "light"), ("laptop", "dark")),
)
FEEDS = ("/feeds/livelihood/370400.atom", "/feeds/all.rss")
SHOWN = ("h1", ".entries h2 a", ".entries time", ".copy code", "#subscribe", ".qr img", "#contains", "footer.site")
LANGUAGES = {"zh-CN": "订阅这个地址", "zh-TW": "訂閱這個網址", "en": "Subscribe to this address"}


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_feed_is_a_page(browser: Browser, site: Running, language: str, path: str) -> None:
    with open_context(browser, "desktop", "light") as context:
        context.add_cookies([{"name": "prefs", "value": f"auto..{language}", "url": site.url}])
        visitor = Visitor(context, site.url)
        page = visitor.open_page(path)
        assert page.evaluate("document.contentType") == "application/xml"
        requests, size = visitor.transfer_size()
        assert requests <= MOST_REQUESTS
        assert size <= MOST_BYTES
        assert page.locator("#subscribe").inner_text() == LANGUAGES[language]
        assert EVENT[0][4] in page.title() + page.locator(".entries").inner_text()
        outside = (
            "[...document.querySelectorAll('feed > *, channel > *')].filter(each => each.checkVisibility()).length"
        )
        assert page.evaluate(outside) == 1  # the page
        assert page.evaluate("document.querySelector('.qr img').naturalWidth") > 0
        assert layout_shift(page) == 0
        assert axe_errors(page) == []
        for screen, scheme in LOOKS:
            visitor.set_screen(screen, scheme)
            visitor.check_width(path)
            visitor.check_visible(path, SHOWN)
            assert page.evaluate(outside) == 1
            assert axe_errors(page, SEEN) == [], screen
        visitor.set_screen("narrow", "light")
        visitor.open_page(path)
        assert layout_shift(page) == 0


@pytest.mark.parametrize("path", FEEDS)
def test_it_works_without_script(browser: Browser, site: Running, path: str) -> None:
    with open_context(browser, "phone", "light", script=False) as context:
        visitor = Visitor(context, site.url)
        page = visitor.open_page(path)
        visitor.check_visible(path, SHOWN)
        assert not page.get_by_role("button", name="复制").is_visible()
        assert page.get_by_role("link", name="本机的阅读器").get_attribute("href") == f"feed:https://gedi.example{path}"
        for reader in ("Feedly", "Inoreader", "NewsBlur", "Miniflux"):
            assert page.get_by_role("link", name=reader, exact=True).is_visible()
        page.get_by_role("button", name="深色").click()
        page.wait_for_selector("html[data-theme=dark]")
        assert page.url == site.url + path
        dark = page.evaluate("getComputedStyle(document.querySelector('body')).backgroundColor")
        assert dark == "rgb(20, 21, 23)"
        page.get_by_role("link", name="看网页版").click()


def test_a_phone_shows_it_at_its_own_width(browser: Browser, site: Running) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    with context:
        page = context.new_page()
        page.goto(site.url + FEEDS[0], wait_until="load")
        assert page.evaluate("innerWidth") == 390


def test_copy_and_keys_work_in_it(browser: Browser, site: Running) -> None:
    with open_context(browser, "desktop", "light") as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = Visitor(context, site.url).open_page(FEEDS[0])
        page.get_by_role("button", name="复制").click()
        page.get_by_text("已复制").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == f"https://gedi.example{FEEDS[0]}"
        page.keyboard.press("j")
        first = page.locator(".entries a").first
        assert page.evaluate("document.activeElement.getAttribute('href')") == first.get_attribute("href")
        page.keyboard.press("?")
        assert page.get_by_role("dialog").is_visible()
