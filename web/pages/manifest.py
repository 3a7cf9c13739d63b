"""The web app manifest /manifest.webmanifest (W3C Web Application Manifest)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, json

from web.http.static_files import static_url
from web.site import Site

ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-512.png", "512x512", "maskable"),
)
MAX_AGE = 86_400  # seconds


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the manifest."""
    pages = Blueprint("manifest", __name__)
    pages.add_url_rule("/manifest.webmanifest", "manifest", partial(manifest, site))
    return pages


def manifest(site: Site) -> Response:
    """Return the manifest; the name and the colors are those of config.toml."""
    settings = site.config.site
    document = {
        "id": "/",
        "name": site.title,
        "short_name": site.title,
        "lang": settings.language,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": settings.theme_color,
        "background_color": settings.theme_color,
        "icons": [
            {"src": static_url(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
    }
    response = Response(json.dumps(document), content_type="application/manifest+json; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response
