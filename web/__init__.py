"""FLASK: the site, and the thin layer before it that serves feeds as bytes.

The law of this folder: what is shown is read through ``aggregator.store.Store`` alone, every page from a fixed
number of calls; store, config and clock are passed, never looked up; every text is escaped but the one sanitised
column of an item.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from wsgiref.types import WSGIApplication

from aggregator.config import Config
from aggregator.store import Store

__all__ = ["create_app", "create_wsgi", "now_utc"]

from flask import Flask

from web.app import build_app, now_utc
from web.syndication import Syndication


def create_app(store: Store, config: Config, *, clock: Callable[[], datetime] = now_utc) -> Flask:
    """The pages, as a Flask application."""
    return build_app(store, config, clock)


def create_wsgi(store: Store, config: Config, *, clock: Callable[[], datetime] = now_utc) -> WSGIApplication:
    """What a server runs: feeds from memory, everything else from the pages."""
    return Syndication(store, config, create_app(store, config, clock=clock), clock=clock)
