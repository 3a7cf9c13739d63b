"""A site on a port of its own, and a visitor who notes what the browser says and asks for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from wsgiref.types import WSGIApplication

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.web import reports
from tests.web.world import World

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
SCREENS = {"desktop": (1280, 900), "phone": (390, 844), "narrow": (320, 640)}
TOKEN = "a token of some length"
Scheme = Literal["light", "dark"]


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nothing: the test says what went wrong."""


@dataclass(frozen=True)
class Running:
    url: str
    world: World


@contextmanager
def serving(application: WSGIApplication) -> Iterator[str]:
    """The address at which it answers meanwhile."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(browser: Browser, screen: str, scheme: Scheme, *, script: bool = True) -> BrowserContext:
    width, height = SCREENS[screen]
    return browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        java_script_enabled=script,
        locale="zh-CN",
    )


class Visitor:
    """A page that notes what the browser says and asks for."""

    def __init__(self, context: BrowserContext, site: Running) -> None:
        self.page = context.new_page()
        self.site = site
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def look_at(self, path: str) -> Page:
        """Go there and check what holds for every page."""
        self.said.clear()
        self.asked.clear()
        answer = self.page.goto(self.site.url + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, path
        assert self.said == [], path
        assert [url for url in self.asked if not url.startswith(self.site.url + "/")] == [], path
        assert len(self.asked) <= 4, (path, self.asked)  # page, stylesheet, script, icon
        over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{path} is {over} pixels wider than the screen"
        return self.page


def main_paths(site: Running) -> list[str]:
    item, reported = site.world[reports.REPORTS[1][4]], site.world["event0"]
    return ["/", "/category/society", f"/item/{item}", f"/item/{reported}", f"/story/{site.world.story}", "/status"]


def other_paths(site: Running) -> list[str]:
    return [
        f"/item/{site.world['hostile']}",
        "/region/370400",
        "/region",
        "/search?q=运河",
        "/feeds?category=livelihood&region=枣庄",
        "/source/shiqiao",
        "/sources",
        "/hot",
        "/about",
        "/corrections",
    ]
