"""FLASK: the site, and the thin layer before it that serves feeds as bytes.

The law of this folder: what is shown is read through ``aggregator.store.Store`` alone, every page from a fixed
number of calls; store, config and clock are passed, never looked up; every text is escaped but the one sanitised
column of an item.
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
    """The pages, as a Flask application. ``config_state`` says how config.toml and what is in force stand now."""
    return build_app(store, config, clock, config_state)


@dataclass(frozen=True, slots=True)
class ServedSite:
    """What a server runs, and the feeds within it."""

    application: WSGIApplication
    feeds: FeedApplication


def create_site(
    store: Store,
    config: Config,
    *,
    clock: Callable[[], datetime],
    config_state: Callable[[], ConfigState] | None = None,
) -> ServedSite:
    """Feeds from memory, everything else from the pages; a source's former names lead on."""
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
    """The application alone."""
    return create_site(store, config, clock=clock, config_state=config_state).application
