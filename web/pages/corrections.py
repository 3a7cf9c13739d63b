"""/corrections: the form by which readers request a correction or removal, kept for the admin; and its confirmation."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from web.admin.access import is_same_origin
from web.http.throttle import Throttle
from web.i18n.language import t
from web.site import Site
from web.views.contact import contact_link
from web.views.correction_form import HONEYPOT, LIMITS, MAX_BODY, CorrectionForm, empty_form, parse_form, request_of
from web.views.layout import Crumb, Head, render

log = logging.getLogger(__name__)

MAX_OF_ADDRESS = 5  # requests of a client at once
WINDOW = timedelta(hours=1)  # in which it may send as many again
RETRY_WHEN_FULL = 6 * 3600  # seconds


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the form and its confirmation."""
    throttle = Throttle(MAX_OF_ADDRESS, WINDOW)
    pages = Blueprint("corrections", __name__, url_prefix="/corrections")
    pages.add_url_rule("", "form", partial(form_page, site), methods=["GET"])
    pages.add_url_rule("", "send", partial(send, site, throttle), methods=["POST"])
    pages.add_url_rule("/sent", "sent", partial(sent, site))
    return pages


def form_page(site: Site) -> str:
    """Return the form, with the address of the item or story that the URL names."""
    about = next((f"{site.url}/{kind}/{number}" for kind in ("item", "story") if (number := _number(kind))), "")
    return _render_form(site, empty_form(about))


def send(site: Site, throttle: Throttle) -> Response | AnyResponse:
    """Store a request and redirect to the confirmation.

    The form comes back as it was typed with 400 if something is wrong with it, 429 after too many requests from one
    address, and 503 if there are too many of all readers. Aborts with 403 for a form of another site.
    """
    request.max_content_length = MAX_BODY
    if not is_same_origin():
        abort(403)
    form, address, now = parse_form(request.form), request.remote_addr or "", site.now()
    if form.is_spam:
        log.info("correction_request_dropped address=%s", address)
        return redirect("/corrections/sent", 303)
    if form.problems:
        return Response(_render_form(site, form), 400, mimetype="text/html")
    wait = throttle.seconds_to_wait(address)
    if wait:
        problem = t("你刚刚提交过几次，请过%(minutes)s分钟再提交。", minutes=-(-wait // 60))
        return Response(_render_form(site, form, problem), 429, {"Retry-After": str(wait)}, "text/html")
    correction_request = request_of(site, form, request.host)
    number = site.store.add_correction_request(correction_request, now)
    if number is None:
        log.warning("correction_requests_full address=%s", address)
        problem = t("现在收到的申请太多，暂时不能再收，请明天再提交。")
        return Response(_render_form(site, form, problem), 503, {"Retry-After": str(RETRY_WHEN_FULL)}, "text/html")
    throttle.record(address)
    log.info("correction_request_received request=%d item=%s", number, correction_request.item_id or "-")
    item = f"?item={correction_request.item_id}" if correction_request.item_id else ""
    return redirect(f"/corrections/sent{item}", 303)


def sent(site: Site) -> str:
    """Return the confirmation, with a link back to the item."""
    head = Head(title=t("申请已收到_%(site)s", site=site.title), robots="noindex")
    crumbs = [Crumb(t("更正与删除申请"), "/corrections"), Crumb(t("申请已收到"))]
    return render(site, "corrections_sent.html", head, crumbs=crumbs, item_id=_number("item"))


def _number(name: str) -> int:
    """Return the positive number of a parameter of the URL; 0 if there is none."""
    return max(request.args.get(name, 0, type=int), 0)


def _render_form(site: Site, form: CorrectionForm, problem: str = "") -> str:
    """Return the page of the form. ``problem``: why it was refused as a whole."""
    return render(
        site,
        "corrections.html",
        Head(title=t("更正与删除申请_%(site)s", site=site.title), canonical="/corrections"),
        crumbs=[Crumb(t("更正与删除申请"), "/corrections")],
        form=form.values,
        problems=form.problems,
        problem=problem,
        honeypot=HONEYPOT,
        limit=LIMITS["text"],
        contact=contact_link(site, form.values["about"]),
    )
