"""Each page in a real browser, with and without scripts, on desktop and phone, in light and dark colors.

It shows the required elements, logs nothing to the console, requests nothing from other hosts, fits the screen, stays
within the size limit, and axe finds no error (WCAG 2.2 A and AA, best practice).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.browser_helpers import (
    MOST_BYTES,
    MOST_REQUESTS,
    SCREENS,
    Running,
    Scheme,
    Visitor,
    layout_shift,
    open_context,
)
from tests.browser.places import FRAME, PLACES, Place

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LOOKS: tuple[tuple[str, Scheme], ...] = (("narrow", "light"), ("phone", "dark"))
SEEN = ("color-contrast", "target-size", "scrollable-region-focusable")  # results vary with screen and scheme
OWN = "{exclude: [['header.site'], ['footer.site']]}"  # parts that are not on the front page


@pytest.fixture(scope="module")
def visitor(browser: Browser, site: Running) -> Iterator[Visitor]:
    with open_context(browser, "desktop", "light") as context:
        yield Visitor(context, site.url)


@pytest.fixture(scope="module")
def scriptless_visitor(browser: Browser, site: Running) -> Iterator[Visitor]:
    """Yield a browser context without scripts."""
    with open_context(browser, "phone", "dark", script=False) as context:
        yield Visitor(context, site.url)


def axe_errors(page: Page, rules: tuple[str, ...] = (), within: str = "document") -> list[str]:
    """Return the errors that axe finds, with their elements, by these rules or by all."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    options = json.dumps({"runOnly": only, "resultTypes": ["violations"], "preload": False})
    shown = "violations.flatMap(each => each.nodes.slice(0, 3).map(node => each.id + ': ' + node.html.slice(0, 160)))"
    found: list[str] = page.evaluate(f"axe.run({within}, {options}).then(({{violations}}) => {shown})")
    return found


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_page(visitor: Visitor, scriptless_visitor: Visitor, site: Running, place: Place) -> None:
    path = place.of(site.world)
    wanted = (*FRAME, *place.shows) if place.framed else place.shows
    visitor.set_screen("desktop", "light")
    page = visitor.open_page(path, place.status)
    requests, size = visitor.transfer_size()
    assert requests <= MOST_REQUESTS, [each.url for each in visitor.asked]
    assert size <= MOST_BYTES
    assert layout_shift(page) == 0
    within = "document" if path == "/" else OWN
    assert place.variant or axe_errors(page, (), within) == []
    for screen, scheme in product(SCREENS, SCHEMES) if place.main else LOOKS:
        visitor.set_screen(screen, scheme)
        visitor.check_width(path)
        visitor.check_visible(path, wanted)
    visitor.set_screen("phone", "dark")
    assert place.variant or axe_errors(page, SEEN if place.main else SEEN[:1], within) == []
    if not place.variant:
        scriptless_visitor.open_page(path, place.status)
        scriptless_visitor.check_visible(path, wanted)
