"""The Flask application: its templates' few names, its static files, its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from flask import Flask, request

from aggregator.config import Config
from aggregator.gazetteer import Gazetteer
from aggregator.reload import ConfigState, state_of
from aggregator.store import Store
from web import admin, api, errors, headers, language, names, prefs, static_files, words
from web.pages import (
    about,
    home,
    hub,
    item,
    listing,
    lists,
    oembed,
    push,
    region,
    search,
    sitemap,
    source,
    status,
    status_data,
    subscribe,
    widget,
)
from web.site import Site
from web.times import number

TEMPLATES = Path(__file__).parent / "templates"
FAMILIES = (
    *(home, listing, region, item, source, search, subscribe, status, status_data, about, push, hub),
    *(api, lists, widget, oembed, sitemap),
)
LARGEST_FORM = 16_000  # bytes


def now_utc() -> datetime:
    return datetime.now(UTC)


def build_app(
    store: Store,
    config: Config,
    clock: Callable[[], datetime],
    config_state: Callable[[], ConfigState] | None = None,
) -> Flask:
    fixed = state_of(config)
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
    headers.install(app)
    admin.install(app, site)
    errors.install(app, site)
    return app


def choose_language(site: Site) -> None:
    """Before a page is made: ?lang=, the cookie, the language that config.toml sets, or what the browser accepts."""
    language.use(
        language.choose(
            asked=request.args.get("lang"),
            kept=prefs.decode(request.cookies.get(prefs.COOKIE)).lang,
            fixed=site.fixed_language,
            accepted=request.accept_languages.values(),
        ),
        negotiated=site.fixed_language is None,
    )


def _templates(app: Flask, site: Site) -> None:
    environment = app.jinja_env
    environment.trim_blocks = False
    environment.filters["num"] = number
    environment.filters["name"] = names.name
    environment.filters["full_name"] = partial(names.name, whole=True)
    environment.filters["clip"] = words.clip
    environment.filters["under_title"] = words.under_title
    environment.filters["breaking"] = words.breaking
    environment.globals["url_parts"] = lambda path: words.url_parts(site.url + path)
    environment.globals["public"] = lambda path: site.url + path
