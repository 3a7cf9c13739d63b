"""Login and forms of the admin pages.

``access.py`` guards every route of this package. It may import ``web.views``, ``web.i18n`` and the layers below them.
"""

from __future__ import annotations

from functools import partial

from flask import Flask, request

from web.admin import access, forms, login, queue_api, queues, requests
from web.admin.action_rows import ActionRow, correction_row
from web.admin.flash_messages import flash_message
from web.http.throttle import Throttle
from web.i18n.display_names import display_name
from web.site import Site


def install(app: Flask, site: Site) -> None:
    """Register the forms, the template helpers for the admin and the access checks."""
    throttle = Throttle(login.MAX_FAILURES, login.WINDOW)
    app.register_blueprint(login.routes(site, throttle))
    app.register_blueprint(forms.routes(site))
    app.register_blueprint(requests.routes(site))
    app.register_blueprint(queues.routes(site))
    app.register_blueprint(queue_api.routes(site, throttle))
    access.install(app, site, throttle)
    template_globals = app.jinja_env.globals
    template_globals["admin"] = partial(access.current_session, site)
    template_globals["sees_health"] = partial(access.can_see_health, site)
    template_globals["admin_flash"] = lambda: flash_message(request.args.get("done"))
    template_globals["admin_categories"] = lambda: [
        (category.path, f"{display_name(top)} › {display_name(category)}" if category is not top else display_name(top))
        for top in site.tree.top_level()
        for category in (top, *site.tree.children(top.path))
    ]
    template_globals["admin_open_requests"] = site.store.count_open_correction_requests
    template_globals["admin_history"] = partial(_history, site)


def _history(site: Site, item_id: int) -> list[ActionRow]:
    clock = site.clock()
    return [correction_row(site, clock, correction) for correction in site.store.corrections(100, item=item_id)]
