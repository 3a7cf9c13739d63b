"""The Flask application: template helpers, static files, blueprints."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import TooManyRequests

from aggregator.config.load import Config
from aggregator.config.logo import read_logo
from aggregator.config.watcher import ConfigState, initial_state
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from web import admin, api
from web.http import security_headers, static_files
from web.i18n import display_names, language
from web.i18n.times import format_number
from web.pages import (
    about,
    corrections,
    daily,
    errors,
    feed_page,
    feeds,
    home,
    item,
    listing,
    manifest,
    oembed,
    opml,
    region,
    search,
    series,
    sitemap,
    source,
    status,
    status_json,
    websub_callback,
    websub_hub,
    why,
    widget,
)
from web.site import Site
from web.template_cache import COMPILED_TEMPLATES
from web.views import preferences, text
from web.views.pictures import card_picture

log = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent / "templates"
BLUEPRINT_MODULES = (
    *(
        home,
        listing,
        daily,
        region,
        item,
        series,
        why,
        source,
        search,
        feeds,
        status,
        status_json,
        about,
        websub_callback,
        websub_hub,
    ),
    *(api, opml, widget, oembed, sitemap, corrections, manifest, feed_page),
)
SEARCH_ENDPOINTS = frozenset({"search.search", "api.search", "api.items"})  # with ?q=
COSTLY_PATHS = ("/admin", "/api/admin")
MAX_FORM_BYTES = 16_000


class _App(Flask):
    """Flask whose message about a failed page is an event of our log."""

    def log_exception(self, exc_info: Any) -> None:
        """Log an exception that no error handler expects, without the tokens of callbacks (/push/...)."""
        path = "/push/..." if request.path.startswith("/push/") else request.path
        log.error("page_failed method=%s path=%r", request.method, path, exc_info=exc_info)


def build_app(
    store: Store,
    config: Config,
    clock: Callable[[], datetime],
    config_state: Callable[[], ConfigState] | None = None,
) -> Flask:
    """Return the Flask application of the pages."""
    startup_state = initial_state(config, clock())
    site = Site(store, config, Gazetteer.load(), clock, config_state=config_state or (lambda: startup_state))
    app = _App("web", static_folder=None, template_folder=str(TEMPLATES))
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(partial(choose_language, site))
    app.before_request(partial(limit_requests, site))
    app.extensions["site"] = site  # for tests and measurements, which clear its cache
    _configure_templates(app, site)
    language.install(app, config.site.language)
    for module in BLUEPRINT_MODULES:
        app.register_blueprint(module.routes(site))
    static_files.install(app, _static_files(config))
    security_headers.install(app)
    admin.install(app, site)
    errors.install(app, site)
    return app


def choose_language(site: Site) -> None:
    """Set the language of the response: ?lang=, the cookie, the language of config.toml, then Accept-Language."""
    language.set_language(
        language.negotiate_language(
            requested=request.args.get("lang"),
            preferred=preferences.decode(request.cookies.get(preferences.COOKIE)).lang,
            configured=site.fixed_language,
            accepted=request.accept_languages.values(),
        ),
        negotiated=site.fixed_language is None,
    )


def limit_requests(site: Site) -> None:
    """Count a search, or a request for a costly page; abort with 429 if its client has made too many."""
    if request.endpoint in SEARCH_ENDPOINTS and request.args.get("q", "").strip():
        limit = site.search_limit
    elif request.endpoint == "why.why" or request.path.startswith(COSTLY_PATHS):
        limit = site.costly_limit
    else:
        return
    if wait := limit.seconds_to_wait(request.environ):
        raise TooManyRequests(retry_after=wait)


def _static_files(config: Config) -> dict[str, static_files.StaticFile]:
    files = static_files.load_files()
    if config.site.logo is None:
        return files
    try:
        return static_files.with_logo(files, read_logo(config.folder / config.site.logo))
    except (OSError, ValueError) as error:  # valid when the config was read, and gone since
        log.warning("logo_not_read path=%r error=%r", config.site.logo, str(error))
        return files


def _configure_templates(app: Flask, site: Site) -> None:
    environment = app.jinja_env
    environment.bytecode_cache = COMPILED_TEMPLATES
    environment.trim_blocks = False
    environment.filters["num"] = format_number
    environment.filters["name"] = display_names.display_name
    environment.filters["full_name"] = partial(display_names.display_name, full=True)
    environment.filters["clip"] = text.clip
    environment.filters["rebase_headings"] = text.rebase_headings
    environment.filters["break_class"] = text.break_class
    environment.globals["url_parts"] = lambda path: text.breakable_url_parts(site.url + path)
    environment.globals["list_separator"] = display_names.list_separator
    environment.globals["picture_of"] = partial(card_picture, site)
    environment.globals["public"] = lambda path: site.url + path
