"""The JSON API and its OpenAPI document.

Start with ``endpoints.py``, the table that defines routes and documentation.
"""

from __future__ import annotations

from functools import partial

from flask import Blueprint

from web.api.endpoints import ENDPOINTS, handle
from web.api.page import openapi_json, page
from web.api.responses import unknown_path
from web.site import Site

__all__ = ["routes"]


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the API, its OpenAPI document and its reference page."""
    pages = Blueprint("api", __name__)
    for endpoint in ENDPOINTS:
        rule = endpoint.path.replace("{", "<").replace("}", ">")
        pages.add_url_rule(
            rule, endpoint.name, partial(handle, site, endpoint), methods=["GET"], provide_automatic_options=False
        )
    pages.add_url_rule("/api/openapi.json", "openapi", partial(openapi_json, site), provide_automatic_options=False)
    pages.add_url_rule(
        "/api/<path:any>", "elsewhere", unknown_path, methods=["GET", "OPTIONS"], provide_automatic_options=False
    )
    pages.add_url_rule("/api", "page", partial(page, site), strict_slashes=False)
    return pages
