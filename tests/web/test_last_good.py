"""The last good page is shown while the database is not available, and only what everybody gets."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from web.last_good import MAX_AGE, UNAVAILABLE, LastGoodPages


class Site:
    """An application that fails when told so, and a clock."""

    def __init__(self) -> None:
        self.failing, self.now, self.status = False, 0.0, 200
        self.client = Client(LastGoodPages(self, lambda: self.now), use_cookies=False)

    def __call__(self, environ: dict[str, object], start_response: object) -> Iterable[bytes]:
        if self.failing:
            environ[UNAVAILABLE] = True
        body, status = ("away", 503) if self.failing else ("news", self.status)
        response = Response(body, status, mimetype="text/html", headers={"Content-Language": "zh-CN", "ETag": '"1"'})
        return response(environ, start_response)  # type: ignore[arg-type]


def test_a_page_is_shown_as_it_was_last() -> None:
    site = Site()
    site.client.get("/hot?x=1")
    site.failing, site.now = True, 90.0
    shown = site.client.get("/hot?x=1", headers={"Cookie": "theme=dark"})
    assert (shown.status_code, shown.text, shown.headers["Age"]) == (200, "news", "90")
    assert "ETag" not in shown.headers
    assert site.client.head("/hot?x=1").status_code == 200
    assert site.client.get("/hot").status_code == 503


@pytest.mark.parametrize("case", ["cookie", "credentials", "admin", "withdrawn", "form", "old"])
def test_what_is_personal_withdrawn_or_old_is_not_shown(case: str) -> None:
    site = Site()
    path = "/admin/queue" if case == "admin" else "/item/1"
    headers = {"cookie": {"Cookie": "a=b"}, "credentials": {"Authorization": "Bearer x"}}.get(case, {})
    site.client.get(path, headers=headers)
    if case == "withdrawn":
        site.status = 410
        site.client.get(path)
    if case == "form":
        site.client.post("/admin/item/1")
    if case == "old":
        site.now = MAX_AGE + 1
        site.client.get("/other")
    site.failing = True
    assert site.client.get(path).status_code == 503
