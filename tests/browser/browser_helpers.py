"""A site on a port of its own, and a browser page that records console messages and requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary
from wsgiref.types import WSGIApplication

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.web.fixture_site import World

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-extensions")
SCREENS = {"desktop": (1280, 900), "laptop": (1024, 768), "phone": (390, 844), "narrow": (320, 640)}
TOKEN = "a token of some length"
MOST_REQUESTS = 3
MOST_BYTES = 25_000  # bytes transferred for all requests of a page
Scheme = Literal["light", "dark"]
# Two frames are painted after the page has loaded; the observer reports all that has moved until then.
_SHIFTS = """() => new Promise(done => {
    let sum = 0;
    const add = entries => entries.forEach(each => { sum += each.value; });
    const observer = new PerformanceObserver(list => add(list.getEntries()));
    observer.observe({type: 'layout-shift', buffered: true});
    const end = () => setTimeout(() => { add(observer.takeRecords()); done(sum); }, 50);
    requestAnimationFrame(() => requestAnimationFrame(end));
})"""


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Log nothing: the test reports the failure."""


@dataclass(frozen=True)
class Running:
    url: str
    world: World


@contextmanager
def serve(application: WSGIApplication) -> Iterator[str]:
    """Serve the site during the ``with`` block; yield its URL."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


_idle: WeakKeyDictionary[Browser, dict[bool, list[BrowserContext]]] = WeakKeyDictionary()  # by whether scripts run


@contextmanager
def open_context(browser: Browser, screen: str, scheme: Scheme, *, script: bool = True) -> Iterator[BrowserContext]:
    """Yield a context with one page, without cookies, stored values, permissions and cached files.

    Contexts are used again: a new one starts a process that loads the fonts, which takes longer than most tests.
    """
    idle = _idle.setdefault(browser, {True: [], False: []})[script]
    context = idle.pop() if idle else _new_context(browser, script)
    set_screen(context.pages[0], screen, scheme)
    yield context
    _empty(context)
    idle.append(context)  # unless the test failed


def _new_context(browser: Browser, script: bool) -> BrowserContext:
    context = browser.new_context(java_script_enabled=script, locale="zh-CN")
    context.new_page()
    return context


def _empty(context: BrowserContext) -> None:
    (page,) = context.pages
    context.clear_cookies()
    context.clear_permissions()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.clearBrowserCache")
    if page.url.startswith("http"):
        devtools.send("Storage.clearDataForOrigin", {"origin": page.url, "storageTypes": "local_storage"})
    devtools.detach()


def set_screen(page: Page, screen: str, scheme: Scheme) -> None:
    """Change the screen and the color scheme without reloading the page."""
    width, height = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)


class Visitor:
    """A page that records the browser's console messages and requests."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page = context.pages[0]
        self.url = url
        self.said: list[str] = []
        self.asked: list[Request] = []
        self.page.on("console", self._record_message)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request))

    def _record_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def open_page(self, path: str, status: int = 200) -> Page:
        """Load the page and check what holds for every page."""
        self.said.clear()
        self.asked.clear()
        answer = self.page.goto(self.url + path, wait_until="load")
        assert answer is not None
        assert answer.status == status, path
        assert [text for text in self.said if f"status of {status} " not in text] == [], path
        assert [each.url for each in self.asked if not each.url.startswith((self.url + "/", "data:"))] == [], path
        self.check_width(path)
        return self.page

    def set_screen(self, screen: str, scheme: Scheme) -> None:
        """Change the screen and the color scheme without reloading the page."""
        set_screen(self.page, screen, scheme)

    def check_width(self, path: str) -> None:
        over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{path} is {over} pixels wider than the screen"

    def check_visible(self, path: str, wanted: Sequence[str]) -> None:
        """Check that an element of each selector is visible."""
        unseen = "wanted => wanted.filter(each => !document.querySelector(each)?.checkVisibility())"
        assert self.page.evaluate(unseen, list(wanted)) == [], path

    def transfer_size(self) -> tuple[int, int]:
        """Return (requests, bytes of bodies and headers) of the last loaded page."""
        fetched = [each for each in self.asked if not each.url.startswith("data:")]
        sizes = [each.sizes() for each in fetched]
        return len(fetched), sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)


def layout_shift(page: Page) -> float:
    """Return the sum of the layout shifts of a page since it was opened, in hundredths as Lighthouse shows it.

    A busy machine paints while a text is still arriving, and what follows then moves by a fraction of a line.
    """
    shifted: float = page.evaluate(_SHIFTS)
    return round(shifted, 2)
