"""JSON answers: open to every site, with a strong ETag; what was asked wrongly is said as {"error", "hint"}."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

CACHING = "public, max-age=15, stale-if-error=86400"
CORS = {
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
class Refusal:
    """Why a request is not answered, and what to do instead."""

    error: str
    hint: str
    status: int = 400


def answer(value: Mapping[str, Any], *, next: str | None = None, caching: str = CACHING) -> Response:
    """A JSON document with its ETag; ``next`` is the address of the page after it (RFC 8288)."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    made = _json(body, 200, caching)
    made.set_etag(hashlib.blake2b(body, digest_size=12).hexdigest())
    if next:
        made.headers["Link"] = f'<{next}>; rel="next"'
    return made


def refuse(refusal: Refusal) -> Response:
    body = json.dumps({"error": refusal.error, "hint": refusal.hint}, ensure_ascii=False).encode()
    return _json(body, refusal.status, "no-store" if refusal.status >= 500 else "public, max-age=15")


def _json(body: bytes, status: int, caching: str) -> Response:
    made = Response(body, status, content_type="application/json; charset=utf-8")
    made.headers.extend(CORS)
    made.headers["Cache-Control"] = caching
    return made


_HINTS = {
    404: ("没有这个地址", "/api/openapi.json 列出了全部地址；/api 是说明页。"),
    405: ("不接受这种请求方式", "请用 GET 或 HEAD。"),
    500: ("服务出错了", "错误已经记下，请过几分钟再试。"),
}


def of_exception(error: HTTPException) -> Response:
    """What Flask refuses by itself, in the words of the API."""
    status = error.code or 500
    said, hint = _HINTS.get(status, ("这个请求无法处理", "请对照 /api/openapi.json 检查地址和参数。"))
    made = refuse(Refusal(said, hint, status))
    if status == 405:
        made.headers["Allow"] = "GET, HEAD, OPTIONS"
    return made


def elsewhere(any: str) -> Response:
    """Addresses that are none; and what a browser asks before it sends a header of its own to another site."""
    if request.method != "OPTIONS":
        return refuse(Refusal(*_HINTS[404], 404))
    made = Response(status=204)
    made.headers.extend(CORS | _PREFLIGHT)
    return made
