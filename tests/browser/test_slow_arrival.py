"""Pages that are painted while they arrive: what is on the screen does not move when the rest comes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from playwright.sync_api import Browser

from tests.browser.browser_helpers import Running, layout_shift, open_context, serve
from tests.browser.places import PLACES
from tests.web.fixture_site import NOW
from web import create_wsgi

PIECE, PAUSE = 600, 0.006  # bytes, seconds
NAMES = ("home", "category", "hot", "item of a story", "story", "search", "status", "login", "english home")


@pytest.fixture(scope="module")
def slow_url(site: Running) -> Iterator[str]:
    """Yield the URL of the site behind a slow line."""
    with serve(_in_pieces(create_wsgi(site.world.store, site.world.config, clock=lambda: NOW))) as url:
        yield url


def _in_pieces(application: WSGIApplication) -> WSGIApplication:
    """Return the application, its pages sent uncompressed and slowly."""

    def slow(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/static/"):
            return application(environ, start_response)
        body = b"".join(application({**environ, "HTTP_ACCEPT_ENCODING": "identity"}, start_response))
        return _send(body)

    return slow


def _send(body: bytes) -> Iterator[bytes]:
    for begin in range(0, len(body), PIECE):
        yield body[begin : begin + PIECE]
        time.sleep(PAUSE)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_moves(browser: Browser, site: Running, slow_url: str, name: str) -> None:
    place = next(each for each in PLACES if each.name == name)
    with open_context(browser, "desktop", "light") as desktop, open_context(browser, "phone", "light") as phone:
        pages = desktop.pages[0], phone.pages[0]
        for page in pages:  # both load at the same time
            page.goto(slow_url + place.of(site.world), wait_until="commit")
        for page in pages:
            page.wait_for_load_state("load")
            assert layout_shift(page) == 0
