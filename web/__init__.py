"""The web site (Flask) and the WSGI layer in front of it that serves feeds as bytes.

Rules of this package: pages read only through ``aggregator.store.Store``, with a fixed number of calls per page; store,
config and clock are passed as arguments, never global; templates escape every text except the sanitized HTML of an
item.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from wsgiref.types import WSGIApplication

from aggregator.config.load import Config
from aggregator.config.watcher import ConfigState
from aggregator.store import Store

__all__ = ["ServedSite", "create_app", "create_site", "create_wsgi"]

from dataclasses import dataclass

from flask import Flask

from web.app import build_app
from web.feeds.redirects import RenamedSourceRedirect
from web.feeds.wsgi import FeedApplication
from web.trusted_proxies import TrustedProxies


def create_app(
    store: Store,
    config: Config,
    *,
    clock: Callable[[], datetime],
    config_state: Callable[[], ConfigState] | None = None,
) -> Flask:
    """Return the pages as a Flask application.

    ``config_state`` returns the state of config.toml and of the active config.
    """
    return build_app(store, config, clock, config_state)


@dataclass(frozen=True, slots=True)
class ServedSite:
    """The WSGI application that a server runs, and the feed application inside it."""

    application: WSGIApplication
    feeds: FeedApplication


def create_site(
    store: Store,
    config: Config,
    *,
    clock: Callable[[], datetime],
    config_state: Callable[[], ConfigState] | None = None,
) -> ServedSite:
    """Return the whole site: feeds from memory, other paths from the pages, former source slugs redirected."""
    pages = create_app(store, config, clock=clock, config_state=config_state)
    feeds = FeedApplication(store, config, pages, clock=clock)
    application: WSGIApplication = RenamedSourceRedirect(store, feeds)
    if config.web.trusted_proxies:
        application = TrustedProxies(application, config.web.trusted_proxies)
    return ServedSite(application, feeds)


def create_wsgi(
    store: Store,
    config: Config,
    *,
    clock: Callable[[], datetime],
    config_state: Callable[[], ConfigState] | None = None,
) -> WSGIApplication:
    """Return only the WSGI application of ``create_site``."""
    return create_site(store, config, clock=clock, config_state=config_state).application
