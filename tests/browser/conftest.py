"""One browser for all files of a worker, one site for its read-only tests, and a new site for each other test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from aggregator.store import Store
from tests.browser.browser_helpers import ARGUMENTS, NAMES, TOKEN, Running, serve
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_wsgi

ADMIN = f'[web]\nadmin_token = "{TOKEN}"\n'


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser on PATH: install one of {', '.join(NAMES)} to run these tests")
    # Its event loop runs in this thread until it is closed; tests of other folders could not run one meanwhile.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def new_site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Running]]:
    """Build the fixture site and serve it on a port of its own."""
    with ExitStack() as stack:

        def make() -> Running:
            path = tmp_path_factory.mktemp("browser") / "gedi.db"
            shutil.copyfile(sqlite_template, path)
            store = Store.open(f"sqlite:///{path}", migrate=False)
            stack.callback(store.close)
            built = fixture_site.build(store, fixture_site.config(ADMIN))
            application = create_wsgi(store, built.config, clock=lambda: NOW)
            return Running(stack.enter_context(serve(application)), built)

        yield make


@pytest.fixture(scope="session")
def site(new_site: Callable[[], Running]) -> Running:
    """Yield a site for read-only tests."""
    return new_site()
