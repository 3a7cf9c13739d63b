"""``python -m tests.browser.screenshots DIR``: take the pictures of the README.

They show the sample outlets at a fixed time, so that they change only when the site does.
"""

from __future__ import annotations

import asyncio
import base64
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from aggregator.config.load import Config, parse_config
from aggregator.jobs.picture_fetch import PictureFetcher
from aggregator.model import PollSelection
from aggregator.poll_once import poll_once
from aggregator.polling.environment import WorkerEnvironment, open_tools
from aggregator.store import Store
from samples.config import demo_config
from samples.server import SampleServer
from tests.browser.browser_helpers import ARGUMENTS, NAMES, Scheme, open_context, serve
from web import create_wsgi

NOW = datetime(2026, 10, 12, 1, 26, tzinfo=UTC)  # a Monday morning in China
LEAD = ".lead h2 a"  # instead of a path: the page that this link of the front page leads to
PICTURES: tuple[tuple[str, str, str, Scheme], ...] = (
    ("home", "/", "desktop", "light"),
    ("item", LEAD, "desktop", "light"),
    ("status", "/status", "desktop", "light"),
    ("phone", "/", "phone", "dark"),
)
QUALITY = 0.8
_TO_WEBP = """async ([png, quality]) => {
    const picture = new Image();
    picture.src = 'data:image/png;base64,' + png;
    await picture.decode();
    const canvas = Object.assign(document.createElement('canvas'), {width: picture.width, height: picture.height});
    canvas.getContext('2d').drawImage(picture, 0, 0);
    return canvas.toDataURL('image/webp', quality).split(',')[1];
}"""


@contextmanager
def site() -> Iterator[str]:
    """Serve the demo at that time, after one poll of each outlet in turn; yield its URL."""
    with tempfile.TemporaryDirectory() as name, SampleServer(now=lambda: NOW, slow=0.1) as outlets:
        folder = Path(name)
        text = demo_config(outlets.url, 8000, folder).replace('timeout = "15s"', 'timeout = "2s"')
        text = text.replace("concurrency = 16", "concurrency = 1")
        config = parse_config(text.encode(), folder / "config.toml", {})
        store = Store.open(config.database_url)
        asyncio.run(_fill(config, store))
        with serve(create_wsgi(store, config, clock=lambda: NOW)) as url:
            yield url
        store.close()


async def _fill(config: Config, store: Store) -> None:
    """Poll every outlet once, then fetch the pictures of the items."""
    environment = WorkerEnvironment(rng=random.Random(1), clock=lambda: NOW)
    await poll_once(config, store, PollSelection(all_sources=True), environment)
    async with open_tools(config, store, environment) as tools:
        await PictureFetcher().drain(tools)


def take(folder: Path) -> None:
    browser_path = next(path for name in NAMES if (path := shutil.which(name)))
    with site() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(ARGUMENTS))
        for name, path, screen, scheme in PICTURES:
            with open_context(browser, screen, scheme) as context:
                page = context.pages[0]
                if path == LEAD:
                    page.goto(url, wait_until="load")
                    path = page.locator(LEAD).get_attribute("href") or ""
                page.goto(url + path, wait_until="networkidle")
                png = page.screenshot(animations="disabled")
                page.goto("about:blank")
                (folder / f"{name}.webp").write_bytes(webp(page, png))
        browser.close()


def webp(page: Page, png: bytes) -> bytes:
    """Convert PNG to WebP, which is much smaller, in the browser."""
    return base64.b64decode(page.evaluate(_TO_WEBP, [base64.b64encode(png).decode(), QUALITY]))


if __name__ == "__main__":
    take(Path(sys.argv[1]))
