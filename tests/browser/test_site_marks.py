"""The owner's logo, links and registrations in a real browser, on any screen and in any language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from aggregator.config.load import parse_config
from tests.aggregator.config.test_site_marks import SVG
from tests.browser.browser_helpers import MOST_REQUESTS, Running, Scheme, Visitor, layout_shift, open_context, serve
from tests.browser.test_every_page import axe_errors
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from tests.web.pages.test_site_marks import MARKS
from web import create_wsgi

FRAME = "{include: [['header.site'], ['footer.site']]}"


@pytest.fixture(scope="module")
def marked_url(site: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("marks")
    (folder / "logo.svg").write_bytes(SVG)
    config = parse_config((fixture_site.CONFIG + MARKS).encode(), folder / "config.toml", {})
    with serve(create_wsgi(site.world.store, config, clock=lambda: NOW)) as url:
        yield url


@pytest.mark.parametrize(
    ("screen", "scheme", "language"),
    [("desktop", "light", "zh-CN"), ("desktop", "dark", "en"), ("phone", "dark", "zh-TW"), ("narrow", "light", "en")],
)
def test_the_owner_s_marks(browser: Browser, marked_url: str, screen: str, scheme: Scheme, language: str) -> None:
    with open_context(browser, screen, scheme) as context:
        visitor = Visitor(context, marked_url)
        for path in ("/", "/about", "/status"):
            page = visitor.open_page(f"{path}?lang={language}")
            logo = page.locator("header .brand.logo")
            box = logo.bounding_box()
            assert box is not None
            assert round(box["width"] / box["height"]) == 3
            assert page.get_by_role("link", name="各地新闻", exact=True).count() >= 1
            assert page.get_by_role("link", name="京公网安备11010502030143号").is_visible()
            assert page.get_by_role("link", name="京ICP备2024000001号-1").is_visible()
            assert visitor.transfer_size()[0] <= MOST_REQUESTS
            assert layout_shift(page) == 0
            within = "document" if path == "/about" else FRAME  # the rest of the other pages has no marks
            assert axe_errors(page, (), within) == []
