"""What is for the admin alone: the forms and, where config.toml says so, the pages of the service's health.

A form counts when the session's own value came with it and the browser says, if it says anything, that a page of ours
sent it: Sec-Fetch-Site (https and localhost), otherwise Origin. Our pages send no Referer, so Origin may be "null".
"""

from __future__ import annotations

import hmac
from functools import partial
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from web.admin import session
from web.admin.session import Session
from web.admin.throttle import Throttle
from web.site import Site
from web.views.layout import back_path

HEALTH = frozenset({"status.status", "status_data.status_json", "status_data.metrics"})


def token_of(site: Site) -> str | None:
    return site.config.web.admin_token


def current(site: Site) -> Session | None:
    """The admin's session that this request belongs to."""
    if "admin" not in g:
        cookie = request.cookies.get(session.COOKIE)  # without one not even the clock is asked
        g.admin = session.read(token_of(site), cookie, site.now()) if cookie else None
    found: Session | None = g.admin
    return found


def sees_health(site: Site) -> bool:
    """May this reader see /status?"""
    return site.config.web.public_status or current(site) is not None


def required(site: Site) -> Session:
    """The session of a form that may be obeyed; otherwise the request ends here: 404 for all but the admin."""
    found = current(site)
    if found is None:
        abort(404)
    if not from_us() or not hmac.compare_digest(request.form.get("csrf", "").encode(), found.csrf.encode()):
        abort(403)
    return found


def from_us() -> bool:
    """Was this form sent by a page of this site, as far as the browser tells?"""
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None:
        return fetched == "same-origin"
    origin = request.headers.get("Origin")
    return origin in (None, "null") or urlsplit(origin or "").netloc == request.host


def install(app: Flask, site: Site, throttle: Throttle) -> None:
    app.before_request(partial(_close_health, site, throttle))
    app.after_request(partial(_keep_private, site))


def _close_health(site: Site, throttle: Throttle) -> AnyResponse | None:
    if request.endpoint not in HEALTH or sees_health(site) or _bears_token(site, throttle):
        return None
    if request.endpoint != "status.status" or not token_of(site):
        abort(404)
    return redirect("/admin/login?" + urlencode({"back": back_path()}), 303)


def _bears_token(site: Site, throttle: Throttle) -> bool:
    """``Authorization: Bearer``, for programs that watch over the service."""
    token, given, who = token_of(site), request.authorization, request.remote_addr or ""
    if token is None or given is None or given.type != "bearer" or not given.token or throttle.wait(who, site.now()):
        return False
    if session.admits(token, given.token):
        return True
    throttle.failed(who, site.now())
    return False


def _keep_private(site: Site, answer: Response) -> Response:
    """What an admin is shown is kept by no cache."""
    private = (request.endpoint or "").startswith("admin.") or (
        request.endpoint in HEALTH and not site.config.web.public_status
    )
    if (private or current(site) is not None) and request.endpoint != "static":
        answer.headers["Cache-Control"] = "private, no-store"
    return answer
