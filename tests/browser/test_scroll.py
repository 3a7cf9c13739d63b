"""Where a page stands when it opens: at its top, however it was reached, on any screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.browser_helpers import SCREENS, Running, open_context
from tests.browser.places import PLACES, Place

WIDTHS = ("desktop", "laptop", "phone")
FRAMED = [place for place in PLACES if place.framed]
CURRENT = "nav.main .wrap > ul [aria-current=page], nav.main details summary"


def position(page: Page) -> float:
    """Return the distance scrolled after the next two frames, when the browser has placed the page."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    scrolled: float = page.evaluate("scrollY")
    return scrolled


def click_to(page: Page, path: str) -> None:
    """Follow a link to ``path``, added to the page that is open."""
    with page.expect_navigation(wait_until="load"):
        page.evaluate("path => Object.assign(document.createElement('a'), {href: path}).click()", path)


@pytest.fixture(scope="module", params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser, site: Running) -> Iterator[Page]:
    """Yield a page on which another page of the site is open already."""
    with open_context(browser, request.param, "light") as context:
        page = context.pages[0]
        page.goto(site.url + "/about", wait_until="load")
        yield page


@pytest.fixture(scope="module")
def phone_page(browser: Browser) -> Iterator[Page]:
    with open_context(browser, "phone", "light") as context:
        yield context.pages[0]


@pytest.mark.parametrize("place", FRAMED, ids=lambda place: place.name)
def test_a_link_opens_every_page_at_its_top(page: Page, site: Running, place: Place) -> None:
    """Each page is opened from the end of the page before."""
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    click_to(page, place.of(site.world))
    assert position(page) == 0


@pytest.mark.parametrize("place", FRAMED, ids=lambda place: place.name)
def test_every_page_opens_at_its_top_when_it_is_loaded(phone_page: Page, site: Running, place: Place) -> None:
    phone_page.goto(site.url + place.of(site.world), wait_until="load")
    assert position(phone_page) == 0, "load"
    phone_page.reload(wait_until="load")
    assert position(phone_page) == 0, "reload"


def test_the_current_entry_of_a_scrolled_navigation_is_in_view(browser: Browser, site: Running) -> None:
    with open_context(browser, "phone", "light") as context:
        page = context.pages[0]
        page.goto(f"{site.url}/category/sports", wait_until="load")
        assert position(page) == 0
        shown = page.locator(CURRENT).filter(visible=True)  # the entry, or the menu that has it
        box = shown.first.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= SCREENS["phone"][0]
