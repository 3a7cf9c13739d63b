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

__all__ = ["create_app", "create_wsgi"]

from flask import Flask

from web.app import build_app
from web.body_limit import BodyLimit
from web.feeds.redirects import RenamedSourceRedirect
from web.feeds.request_log import FeedRequestLog
from web.feeds.wsgi import FeedApplication
from web.last_good import LastGoodPages
from web.pictures.wsgi import PictureApplication
from web.replica_reads import ReplicaReads
from web.site import Site
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


def create_wsgi(
    store: Store,
    config: Config,
    *,
    clock: Callable[[], datetime],
    config_state: Callable[[], ConfigState] | None = None,
    feed_requests: FeedRequestLog | None = None,
) -> WSGIApplication:
    """Return the WSGI application: feeds and thumbnails from memory, all else from the pages.

    Former names of a source redirect to its current one. ``feed_requests`` counts the requests for feeds.
    """
    app = create_app(store, config, clock=clock, config_state=config_state)
    site: Site = app.extensions["site"]
    pages = PictureApplication(store, lambda: site.signer, BodyLimit(LastGoodPages(app)), clock=clock)
    feeds = FeedApplication(store, config, pages, clock=clock, search_limit=site.search_limit, requests=feed_requests)
    application: WSGIApplication = RenamedSourceRedirect(store, feeds)
    if config.database.read_url:
        application = ReplicaReads(application, store, config.database.max_lag, clock)
    if config.web.trusted_proxies:
        application = TrustedProxies(application, config.web.trusted_proxies, config.web.forwarded)
    return application
