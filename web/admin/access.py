"""Access checks for the admin: the forms and, if config.toml restricts them, the health pages of the service.

A form is accepted if it carries the CSRF token of the session and the browser does not report a foreign origin:
Sec-Fetch-Site (sent on https and localhost), otherwise Origin. The pages send no Referer, so Origin may be "null".
"""

from __future__ import annotations

import hmac
from functools import partial
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from aggregator.config.settings import AdminConfig
from web.admin import session
from web.admin.session import Session
from web.http.throttle import Throttle
from web.site import Site
from web.views.layout import current_path

HEALTH_ENDPOINTS = frozenset({"status.status", "status_data.status_json", "status_data.metrics"})


def admins(site: Site) -> tuple[AdminConfig, ...]:
    """Return the configured admins; without one the admin pages are disabled."""
    return site.config.web.all_admins


def current_session(site: Site) -> Session | None:
    """Return the admin session of this request, or None."""
    if "admin" not in g:
        cookie = request.cookies.get(session.COOKIE)  # without a cookie the clock is not read
        g.admin = session.read_session(admins(site), cookie, site.now()) if cookie else None
    admin_session: Session | None = g.admin
    return admin_session


def can_see_health(site: Site) -> bool:
    """Return whether this reader may see /status."""
    return site.config.web.public_status or current_session(site) is not None


def may_see_details(site: Site) -> bool:
    """Return whether the reader of a health page may see paths and values of config.toml: an admin, by a session or
    by ``Authorization: Bearer``.
    """
    return current_session(site) is not None or g.get("has_bearer_token", False)


def require_session(site: Site) -> Session:
    """Return the session of a form post.

    Aborts with 404 if there is no session, and with 403 if the form has a foreign origin or a wrong CSRF token.
    """
    admin_session = current_session(site)
    if admin_session is None:
        abort(404)
    if not is_same_origin() or not hmac.compare_digest(
        request.form.get("csrf", "").encode(), admin_session.csrf.encode()
    ):
        abort(403)
    return admin_session


def is_same_origin() -> bool:
    """Return whether the form was sent by a page of this site, as far as the browser reports it."""
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    origin = request.headers.get("Origin")
    return origin in (None, "null") or urlsplit(origin or "").netloc == request.host


def install(app: Flask, site: Site, throttle: Throttle) -> None:
    """Register the access check before and the cache headers after each request."""
    app.before_request(partial(_restrict_health, site, throttle))
    app.after_request(partial(_prevent_caching, site))


def _restrict_health(site: Site, throttle: Throttle) -> AnyResponse | None:
    if request.endpoint not in HEALTH_ENDPOINTS:
        return None
    g.has_bearer_token = bearer_admin(site, throttle) is not None
    if g.has_bearer_token or can_see_health(site):
        return None
    if request.endpoint != "status.status" or not admins(site):
        abort(404)
    return redirect("/admin/login?" + urlencode({"back": current_path()}), 303)


def bearer_admin(site: Site, throttle: Throttle) -> AdminConfig | None:
    """Return the admin whose token ``Authorization: Bearer`` holds; meant for programs."""
    everyone, authorization, address = admins(site), request.authorization, request.remote_addr or ""
    if (
        not everyone
        or authorization is None
        or authorization.type != "bearer"
        or not authorization.token
        or throttle.seconds_to_wait(address)
    ):
        return None
    admin = session.find_admin(everyone, authorization.token)
    if admin is None:
        throttle.record(address)
    return admin


def _prevent_caching(site: Site, response: Response) -> Response:
    """Forbid caching of responses that are meant for the admin; name the fields on which the health pages depend."""
    is_health = request.endpoint in HEALTH_ENDPOINTS
    private = (request.endpoint or "").startswith(("admin.", "admin_")) or (
        is_health and not site.config.web.public_status
    )
    if (private or may_see_details(site)) and request.endpoint != "static":
        response.headers["Cache-Control"] = "private, no-store"
    if is_health:
        response.vary.update(("Cookie", "Authorization"))
    return response
