"""Error pages: 400, 404, 405, 410, 429, 500, 503. For 5xx errors the store is not read."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from aggregator.store import DatabaseUnavailableError, StatementTimeoutError
from web.api import responses
from web.i18n.language import t
from web.last_good import UNAVAILABLE
from web.site import Site
from web.views.layout import Head, render, render_bare


def _texts() -> dict[int, tuple[str, str]]:
    return {
        400: (t("请求不完整"), t("地址里缺少或写错了什么，请检查后再试。")),
        404: (t("没有这个页面"), t("地址可能输错了，或者这条新闻已经过了保留期。")),
        405: (t("不能这样请求"), t("这个地址不接受这种请求方式。")),
        410: (t("这条新闻已删除"), t("它已按来源或权利人的要求删除，不会再出现。")),
        429: (t("请求太频繁"), t("从这个网络来的请求太多，请过一分钟再试。")),
        500: (t("服务出错了"), t("这一页暂时打不开，错误已经记下。请过几分钟再试。")),
        503: (t("服务暂时不可用"), t("请过几分钟再试。")),
    }


RETRY_AFTER_TIMEOUT = 60  # seconds
RETRY_AFTER_OUTAGE = 30


log = logging.getLogger(__name__)


def install(app: Flask, site: Site) -> None:
    """Register the error pages."""
    app.register_error_handler(HTTPException, partial(_error_response, site))
    app.register_error_handler(StatementTimeoutError, partial(_timeout_response, site))
    app.register_error_handler(DatabaseUnavailableError, partial(_unavailable_response, site))


def _timeout_response(site: Site, error: StatementTimeoutError) -> Response | HTTPException:
    log.warning("page_timed_out path=%r error=%r", request.path, str(error))
    request.environ[UNAVAILABLE] = True
    busy = t("数据库现在很忙，没能及时读出这一页。请过一分钟再试。")
    return _error_response(site, ServiceUnavailable(busy, retry_after=RETRY_AFTER_TIMEOUT))


def _unavailable_response(site: Site, _: DatabaseUnavailableError) -> Response | HTTPException:
    request.environ[UNAVAILABLE] = True  # the store has logged why
    away = t("数据库暂时不能用，恢复后这一页会自动回来。请过一会儿再试。")
    return _error_response(site, ServiceUnavailable(away, retry_after=RETRY_AFTER_OUTAGE))


def _error_response(site: Site, error: HTTPException) -> Response | HTTPException:
    code = error.code or 500
    if code < 400:
        return error  # a redirect that werkzeug raises as an exception
    if request.path.startswith("/api/") or request.path.endswith(".json"):
        return responses.exception_response(error)
    title, text = _texts().get(code, (t("出错了"), t("这个请求无法处理。")))
    if isinstance(error, ServiceUnavailable) and error.retry_after is not None and error.description:
        text = error.description
    head = Head(title=f"{title}_{site.title}", robots="noindex")
    body = _render_error(site, head, code=code, title=title, text=text)
    response = Response(body, code)
    for name, value in error.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            response.headers.add(name, value)
    return response


def _render_error(site: Site, head: Head, **values: Any) -> str:
    """Return the error page, with navigation unless the store may have caused the error."""
    if values["code"] < 500:
        try:
            return render(site, "error.html", head, **values)
        except Exception:  # fall back to the page without navigation
            log.exception("navigation_failed")
    return render_bare(site, "error.html", head, **values)
