"""/admin with the queues, the requests of readers and the log of actions; login and logout."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from aggregator.config.settings import AdminConfig
from web.admin import access, session
from web.admin.queues import action_rows, queue_list
from web.admin.requests import request_rows
from web.http.throttle import Throttle
from web.i18n.language import t
from web.site import Site
from web.views import preferences
from web.views.layout import Crumb, Head, render

log = logging.getLogger(__name__)

MAX_FAILURES = 5  # failed logins of a client at once
WINDOW = timedelta(minutes=5)  # in which it may fail as often again
MAX_TOKEN = 200  # characters
MAX_ACTIONS = 50  # actions listed on the page


def routes(site: Site, throttle: Throttle) -> Blueprint:
    """Return the blueprint of the admin overview, login and logout."""
    pages = Blueprint("admin", __name__, url_prefix="/admin")
    pages.add_url_rule("", "overview", partial(overview, site))
    pages.add_url_rule("/login", "form", partial(login_form, site), methods=["GET"])
    pages.add_url_rule("/login", "enter", partial(log_in, site, throttle), methods=["POST"])
    pages.add_url_rule("/logout", "leave", partial(log_out, site), methods=["POST"])
    return pages


def overview(site: Site) -> str | AnyResponse:
    """Return the page of queues, open requests and the latest actions, or a redirect to the login."""
    _require_enabled(site)
    if access.current_session(site) is None:
        return redirect("/admin/login", 303)
    head = Head(title=t("管理_%(site)s", site=site.title), robots="noindex")
    crumbs = [Crumb(t("管理"), "/admin")]
    return render(
        site,
        "admin.html",
        head,
        crumbs=crumbs,
        requests=request_rows(site),
        done_requests=request_rows(site, done=True),
        queues=queue_list(site),
        actions=action_rows(site, site.clock(), MAX_ACTIONS),
    )


def login_form(site: Site) -> str | AnyResponse:
    """Return the login page, or a redirect if the reader is already logged in.

    ``?token=`` fills the form: the link that the demo prints.
    """
    _require_enabled(site)
    back = preferences.safe_return_path(request.args.get("back", "/admin"))
    return (
        redirect(back, 303)
        if access.current_session(site)
        else _render_login(site, back, "", request.args.get("token", "")[:MAX_TOKEN])
    )


def log_in(site: Site, throttle: Throttle) -> Response | AnyResponse:
    """Exchange the admin token for a session cookie; 429 after too many failures, 403 for a wrong token."""
    everyone, address = _require_enabled(site), request.remote_addr or ""
    back = preferences.safe_return_path(request.form.get("back", "/admin"))
    if not access.is_same_origin():
        abort(403)
    wait = throttle.seconds_to_wait(address)
    if wait:
        problem = t("试错的次数太多，请过%(minutes)s分钟再试。", minutes=-(-wait // 60))
        return Response(_render_login(site, back, problem), 429, {"Retry-After": str(wait)}, "text/html")
    admin = session.find_admin(everyone, request.form.get("token", ""))
    if admin is None:
        throttle.record(address)
        log.warning("admin_login_refused address=%s", address)
        return Response(_render_login(site, back, t("口令不对。")), 403, mimetype="text/html")
    log.info("admin_logged_in name=%r address=%s", admin.name, address)
    response = redirect(back, 303)
    value, seconds = session.new_cookie(admin.token, site.now()), int(session.LIFETIME.total_seconds())
    response.set_cookie(
        session.COOKIE, value, max_age=seconds, secure=_is_https(), httponly=True, samesite="Strict", path="/"
    )
    return response


def log_out(site: Site) -> AnyResponse:
    """End the session and redirect to the home page."""
    access.require_session(site)
    response = redirect("/", 303)
    response.delete_cookie(session.COOKIE, secure=_is_https(), httponly=True, samesite="Strict", path="/")
    return response


def _is_https() -> bool:
    """Return whether the browser uses https, which a proxy may terminate.

    The headers need no verification: a false value harms only its sender.
    """
    schemes = (request.headers.get("X-Forwarded-Proto"), urlsplit(request.headers.get("Origin", "")).scheme)
    return request.is_secure or "https" in schemes


def _render_login(site: Site, return_path: str, problem: str, token: str = "") -> str:
    head = Head(title=t("登录_%(site)s", site=site.title), robots="noindex")
    return render(
        site,
        "admin_login.html",
        head,
        crumbs=[Crumb(t("管理"), "/admin")],
        return_path=return_path,
        problem=problem,
        token=token,
    )


def _require_enabled(site: Site) -> tuple[AdminConfig, ...]:
    everyone = access.admins(site)
    if not everyone:
        abort(404)
    return everyone
