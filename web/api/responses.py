"""JSON responses: CORS open to every origin, a strong ETag, errors as {"error", "hint"}."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable, TooManyRequests

CACHE_CONTROL = "public, max-age=15, stale-if-error=86400"
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Retry-After",
}
_PREFLIGHT = {
    "Allow": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since, Cache-Control",
    "Access-Control-Max-Age": "86400",
}


@dataclass(frozen=True, slots=True)
class ApiError:
    """The reason why a request fails, and what to do instead."""

    error: str
    hint: str
    status: int = 400


def json_response(
    value: Mapping[str, Any], *, next_url: str | None = None, cache_control: str = CACHE_CONTROL
) -> Response:
    """Return a JSON response with its ETag; ``next_url`` becomes the Link to the next page (RFC 8288)."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    response = _response(body, 200, cache_control)
    response.set_etag(hashlib.blake2b(body, digest_size=12).hexdigest())
    if next_url:
        response.headers["Link"] = f'<{next_url}>; rel="next"'
    return response


def error_response(error: ApiError) -> Response:
    """Return an error as JSON with its status."""
    body = json.dumps({"error": error.error, "hint": error.hint}, ensure_ascii=False).encode()
    return _response(body, error.status, "no-store" if error.status >= 429 else "public, max-age=15")


def _response(body: bytes, status: int, cache_control: str) -> Response:
    response = Response(body, status, content_type="application/json; charset=utf-8")
    response.headers.extend(CORS_HEADERS)
    response.headers["Cache-Control"] = cache_control
    return response


_HINTS = {
    404: ("没有这个地址", "/api/openapi.json 列出了全部地址；/api 是说明页。"),
    405: ("不接受这种请求方式", "请用 GET 或 HEAD。"),
    429: ("请求太频繁", "从这个网络来的请求太多，请按 Retry-After 过一会儿再试。"),
    500: ("服务出错了", "错误已经记下，请过几分钟再试。"),
    503: ("数据库现在很忙", "没能及时读出结果，请按 Retry-After 过一会儿再试。"),
}


def exception_response(error: HTTPException) -> Response:
    """Return an HTTP error raised by Flask in the error format of the API."""
    status = error.code or 500
    message, hint = _HINTS.get(status, ("这个请求无法处理", "请对照 /api/openapi.json 检查地址和参数。"))
    response = error_response(ApiError(message, hint, status))
    if status == 405:
        response.headers["Allow"] = "GET, HEAD, OPTIONS"
    if isinstance(error, (ServiceUnavailable, TooManyRequests)) and error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def unknown_path(any: str) -> Response:
    """Return 404 for an unknown path, or 204 with CORS headers for the preflight request (OPTIONS) of any path."""
    if request.method != "OPTIONS":
        return error_response(ApiError(*_HINTS[404], 404))
    response = Response(status=204)
    response.headers.extend(CORS_HEADERS | _PREFLIGHT)
    return response
