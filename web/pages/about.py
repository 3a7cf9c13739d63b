"""/about, and the preferences form in the footer."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from web.i18n.language import t
from web.site import Site
from web.views import preferences
from web.views.contact import contact_link
from web.views.layout import Crumb, Head, render
from web.views.site_marks import about_paragraphs
from web.views.text import clean_input


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the page and of the preferences form."""
    pages = Blueprint("about", __name__)
    pages.add_url_rule("/about", "about", partial(about, site))
    pages.add_url_rule("/prefs", "prefs", partial(set_preferences, site), methods=["POST"])
    return pages


def about(site: Site) -> str:
    """Return the page about the site and its ranking."""
    days = site.config.retention.items.days
    return render(
        site,
        "about.html",
        Head(title=t("关于与排序规则_%(site)s", site=site.title), canonical="/about"),
        crumbs=[Crumb(t("关于"), "/about")],
        own_text=about_paragraphs(site.config.site),
        keep_days=days,
        contact=contact_link(site),
    )


def set_preferences(site: Site) -> AnyResponse:
    """Store the preferences in a cookie and redirect to the page of the form.

    A home region may be given by name; an unknown or ambiguous name redirects to the region search.
    """
    back = preferences.safe_return_path(request.form.get("back"))
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return redirect(back, 303)
    form = dict(request.form)
    region_query = clean_input(form.get("region"), 50)
    if region_query:
        matches = site.gazetteer.search(region_query)
        exact_matches = [
            division for division in matches if region_query in (division.code, division.name, division.short)
        ] or matches
        if len(exact_matches) != 1:
            return redirect(f"/region?q={quote(region_query)}", 303)
        form["region"] = exact_matches[0].code
    chosen = preferences.with_changes(preferences.decode(request.cookies.get(preferences.COOKIE)), form)
    response = redirect(preferences.without_language(back) if "lang" in form else back, 303)
    response.set_cookie(
        preferences.COOKIE,
        chosen.encode(),
        max_age=preferences.MAX_AGE,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response
