"""The Flask application: its templates' few names, its static files, its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from flask import Flask, request

from aggregator.config.load import Config
from aggregator.config.watcher import ConfigState, state_of
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from web import admin, api
from web.http import security_headers, static_files
from web.i18n import display_names, language
from web.i18n.times import number
from web.pages import (
    about,
    errors,
    feeds,
    home,
    item,
    listing,
    oembed,
    opml,
    region,
    search,
    sitemap,
    source,
    status,
    status_json,
    websub_callback,
    websub_hub,
    widget,
)
from web.site import Site
from web.views import preferences, text

TEMPLATES = Path(__file__).parent / "templates"
FAMILIES = (
    *(home, listing, region, item, source, search, feeds, status, status_json, about, websub_callback, websub_hub),
    *(api, opml, widget, oembed, sitemap),
)
LARGEST_FORM = 16_000  # bytes


def build_app(
    store: Store,
    config: Config,
    clock: Callable[[], datetime],
    config_state: Callable[[], ConfigState] | None = None,
) -> Flask:
    fixed = state_of(config, clock())
    site = Site(store, config, Gazetteer.load(), clock, config_state=config_state or (lambda: fixed))
    app = Flask("web", static_folder=None, template_folder=str(TEMPLATES))
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(partial(choose_language, site))
    app.extensions["site"] = site  # for tests and measurements, which empty its cache
    _templates(app, site)
    language.install(app, config.site.language)
    for family in FAMILIES:
        app.register_blueprint(family.routes(site))
    static_files.install(app, static_files.load())
    security_headers.install(app)
    admin.install(app, site)
    errors.install(app, site)
    return app


def choose_language(site: Site) -> None:
    """Before a page is made: ?lang=, the cookie, the language that config.toml sets, or what the browser accepts."""
    language.use(
        language.choose(
            asked=request.args.get("lang"),
            kept=preferences.decode(request.cookies.get(preferences.COOKIE)).lang,
            fixed=site.fixed_language,
            accepted=request.accept_languages.values(),
        ),
        negotiated=site.fixed_language is None,
    )


def _templates(app: Flask, site: Site) -> None:
    environment = app.jinja_env
    environment.trim_blocks = False
    environment.filters["num"] = number
    environment.filters["name"] = display_names.name
    environment.filters["full_name"] = partial(display_names.name, whole=True)
    environment.filters["clip"] = text.clip
    environment.filters["under_title"] = text.under_title
    environment.filters["breaking"] = text.breaking
    environment.globals["url_parts"] = lambda path: text.url_parts(site.url + path)
    environment.globals["public"] = lambda path: site.url + path
