"""The pages in a real browser: no console error, no foreign request, nothing wider than the screen."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from aggregator.store import Store
from tests.web import reports, world
from tests.web.world import NOW, World
from web import create_wsgi

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
SCREENS = {"desktop": (1280, 900), "phone": (390, 844), "narrow": (320, 640)}
Scheme = Literal["light", "dark"]


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nothing: the test says what went wrong."""


@dataclass(frozen=True)
class Running:
    url: str
    world: World


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser on PATH: install one of {', '.join(NAMES)} to run these tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


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


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The world, served on a port of its own."""
    path = tmp_path_factory.mktemp("browser") / "gedi.db"
    shutil.copyfile(sqlite_template, path)
    store = Store.open(f"sqlite:///{path}", migrate=False)
    built = world.build(store)
    application = create_wsgi(store, built.config, clock=lambda: NOW)
    with serving(application) as url:
        yield Running(url, built)
    store.close()


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_main_pages_are_quiet_and_fit(browser: Browser, site: Running, screen: str, scheme: Scheme) -> None:
    with opened(browser, screen, scheme) as context:
        visitor = Visitor(context, site)
        for path in main_paths(site):
            visitor.look_at(path)


def test_every_page_fits_the_narrowest_screen(browser: Browser, site: Running) -> None:
    with opened(browser, "narrow", "light") as context:
        visitor = Visitor(context, site)
        for path in main_paths(site) + other_paths(site):
            visitor.look_at(path)


def test_scheme_changes_the_colours_and_the_form_overrides_it(browser: Browser, site: Running) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, "desktop", "light") as context:
        page = Visitor(context, site).look_at("/about")
        light = page.evaluate(background)
        page.get_by_role("button", name="深色").click()
        page.wait_for_url("**/about")
        assert page.evaluate(background) != light
        assert page.get_by_role("button", name="深色").get_attribute("aria-pressed") == "true"
        page.get_by_role("button", name="大字").click()
        page.wait_for_selector("html[data-text=large]")
        assert page.locator("html").get_attribute("data-theme") == "dark"


def test_a_reader_s_way_without_script(browser: Browser, site: Running) -> None:
    """From the front page to a story, an item, a category, a place, a search and a feed address."""
    with opened(browser, "phone", "light", script=False) as context:
        page = context.new_page()
        page.goto(site.url)
        page.get_by_role("link", name="4家媒体报道").click()
        page.wait_for_url(f"**/story/{site.world.story}")
        page.get_by_role("link", name=reports.EVENT[2][4]).click()
        page.wait_for_url("**/item/*")
        page.locator(".crumbs").get_by_role("link", name="民生").click()
        page.wait_for_url("**/category/livelihood")
        page.goto(f"{site.url}/region")
        page.get_by_label("省、市、县的名称或行政区划代码").fill("滕州")
        page.get_by_role("button", name="前往").click()
        page.wait_for_url("**/region/370481")
        page.goto(f"{site.url}/search")
        page.get_by_label("搜索词").fill("灯塔")
        page.get_by_role("button", name="搜索").click()
        assert page.locator("mark").first.inner_text() == "灯塔"
        page.goto(f"{site.url}/feeds")
        page.get_by_label("地区（可选）").fill("枣庄")
        page.get_by_role("button", name="生成地址").click()
        assert page.locator(".result code").inner_text() == "https://gedi.example/feeds/all/370400.atom"


def test_the_script_only_shows_the_copy_buttons(browser: Browser, site: Running) -> None:
    with opened(browser, "desktop", "light") as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = Visitor(context, site).look_at("/category/society")
        page.get_by_role("button", name="复制").click()
        page.get_by_text("已复制").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == "https://gedi.example/feeds/society.atom"


def test_the_widget_can_be_framed_and_nothing_else_can(browser: Browser, site: Running) -> None:
    frames = f'<iframe src="{site.url}/widget?n=3"></iframe><iframe src="{site.url}/about"></iframe>'

    def portal(_: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [frames.encode()]

    with serving(portal) as url, opened(browser, "desktop", "light") as context:
        page = context.new_page()
        page.goto(url.replace("127.0.0.1", "localhost"), wait_until="load")
        widget, other = page.frames[1:]
        assert widget.locator("li").count() == 3
        assert other.url.startswith("chrome-error:")
