"""Pages with pictures in a real browser: nothing moves, nothing foreign is requested, no hole, axe finds no error."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from aggregator.intake.thumbnails import make_thumbnails
from aggregator.model.pictures import ItemPictures, Thumbnails, picture_id
from aggregator.store import Store
from aggregator.store.schema.tables import items
from feeds.model import Picture
from tests.aggregator.pictures.hostile_pictures import JPEG
from tests.browser.browser_helpers import Running, Scheme, Visitor, open_context
from tests.browser.test_every_page import SEEN, axe_errors
from tests.web.fixture_site import NOW

_WATCH_SHIFTS = """
    window.shift = 0;
    new PerformanceObserver(list => {
        for (const each of list.getEntries()) window.shift += each.value;
    }).observe({type: "layout-shift", buffered: true});
"""
_IMAGES = "[...document.querySelectorAll('main img')]"


def _illustrate(store: Store, item_ids: list[int]) -> None:
    """Store a picture for each item."""
    made = make_thumbnails(JPEG)
    assert isinstance(made, Thumbnails)
    with store.write_transaction() as writer:
        for item_id in item_ids:
            picture = Picture(f"https://a.example/{item_id}.jpg", 400, 300, "夜景")
            writer._connection.execute(
                update(items)
                .where(items.c.id == item_id)
                .values(picture={"url": picture.url, "width": 400, "height": 300, "alt": "夜景"})
            )
            writer.set_pictures({item_id: ItemPictures(picture)}, NOW)
            writer.store_thumbnails(picture_id(picture.url), made, NOW)


@pytest.fixture(scope="module")
def illustrated_site(new_site: Callable[[], Running]) -> Running:
    """Return a site on which every item has a picture."""
    site = new_site()
    _illustrate(site.world.store, sorted(site.world.ids.values()))
    return site


@pytest.mark.parametrize(("screen", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_pages_with_pictures(browser: Browser, illustrated_site: Running, screen: str, scheme: Scheme) -> None:
    site = illustrated_site
    numbers = sorted(site.world.ids.values())
    with browser.new_context(locale="zh-CN") as context:  # not one that is used again, because of its script
        context.add_init_script(_WATCH_SHIFTS)
        context.new_page()
        visitor = Visitor(context, site.url)
        visitor.set_screen(screen, scheme)
        for path in ("/", "/latest", f"/story/{site.world.story}", f"/item/{numbers[0]}"):
            page = visitor.open_page(path)
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            page.evaluate("window.scrollTo(0, 0)")
            page.wait_for_load_state("networkidle")
            assert page.evaluate(f"{_IMAGES}.length") > 0, path
            assert page.evaluate(f"{_IMAGES}.filter(each => !each.width || !each.height).length") == 0, path
            broken = page.evaluate(
                f"{_IMAGES}.filter(each => each.complete && !each.naturalWidth).map(each => each.src)"
            )
            assert broken == [], path
            assert round(page.evaluate("window.shift"), 3) == 0, path
            assert axe_errors(page, () if screen == "desktop" else SEEN) == [], path
            visitor.check_width(path)


def test_an_evicted_picture_leaves_no_hole(browser: Browser, new_site: Callable[[], Running]) -> None:
    site = new_site()
    numbers = sorted(site.world.ids.values())
    _illustrate(site.world.store, numbers)
    site.world.store.evict_thumbnails(0)
    with open_context(browser, "desktop", "light") as context:
        page = Visitor(context, site.url).open_page(f"/item/{numbers[0]}")
        assert page.evaluate(f"{_IMAGES}.length") == 0
