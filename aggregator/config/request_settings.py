"""The request of a source as the config writes it, and the ``RequestOptions`` that it means."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aggregator.config.environment import redact_secrets
from aggregator.fetching.rsshub import address_of
from aggregator.fetching.urls import BadAddressError, origin_of
from aggregator.model.request_options import RequestOptions

if TYPE_CHECKING:
    from aggregator.config.settings import SourceConfig

REQUEST_KEYS = ("headers", "auth", "user_agent", "proxy", "verify", "method", "body")


def has_request_settings(source: SourceConfig) -> bool:
    """Return whether a source is requested in another way than by a plain GET."""
    return not source.model_fields_set.isdisjoint(REQUEST_KEYS)


def request_options(
    source: SourceConfig, secrets: Mapping[str, str], rsshub: str | None = None
) -> RequestOptions | None:
    """Return how a source is requested; None: by a plain GET. ``rsshub`` is the instance that serves routes."""
    if not has_request_settings(source):
        return None
    try:
        origin = origin_of(address_of(source.url, rsshub) or "")
    except BadAddressError:  # it cannot be requested at all, as its polls will say
        return None
    headers = dict(source.headers)
    if source.auth is not None:
        headers["Authorization"] = f"Basic {basic_credentials(source.auth)}"
    body = (source.body or "").encode() if source.method == "POST" else None
    if body is not None and "content-type" not in map(str.lower, headers):
        headers["Content-Type"] = _media_type(source.body or "")
    return RequestOptions(
        origin,
        headers,
        source.user_agent,
        source.proxy,
        source.verify,
        has_secrets=_written(source, secrets) != _written(source, {}),
        body=body,
    )


def basic_credentials(auth: str) -> str:
    """Return "user:password" in the form of RFC 7617."""
    return b64encode(auth.encode()).decode("ascii")


def encoded_secrets(source: SourceConfig, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the values that hold the secrets of a source in another encoding, each with the name of its secret."""
    if source.auth is None:
        return {}
    name = next((name for value, name in secrets.items() if value in source.auth), "auth")
    return {basic_credentials(source.auth): name}


def request_digest(source: SourceConfig, secrets: Mapping[str, str]) -> str | None:
    """Return a digest of how a source is requested, in which secrets count by their names; None: by a plain GET."""
    if not has_request_settings(source):
        return None
    return hashlib.blake2b(_written(source, secrets).encode(), digest_size=8).hexdigest()


def _written(source: SourceConfig, secrets: Mapping[str, str]) -> str:
    """Return the settings of the request with references in place of secrets."""
    said = source.model_dump(include=set(REQUEST_KEYS))
    return redact_secrets(json.dumps(said, ensure_ascii=False, sort_keys=True), secrets)


def _media_type(body: str) -> str:
    return "application/json" if body.lstrip()[:1] in ("{", "[") else "application/x-www-form-urlencoded"
