"""Parse requests to our hub (WebSub, W3C Recommendation 2018, 5.1); ``hub`` verifies their intent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from aggregator.config.load import Config
from aggregator.fetching.address_guard import AddressGuard, is_address
from aggregator.fetching.urls import BadAddressError, endpoint_of, normalize_request_url
from aggregator.model import HubRequest

DEFAULT_LEASE, MIN_LEASE, MAX_LEASE = timedelta(days=10), timedelta(days=1), timedelta(days=30)
MAX_CALLBACK_LENGTH = 1000  # characters
MAX_SECRET_BYTES = 199  # bytes

_TOPIC = re.compile(r"/feeds/(?!story/0)(?!series/0)(?!search\.)[a-z0-9/_-]{1,200}\.(?:atom|rss|json)", re.ASCII)


def parse_hub_request(form: Mapping[str, str], config: Config) -> HubRequest | str:
    """Parse a request (5.1). Returns it, or a sentence that says what is wrong.

    The caller checks whether the topic exists.
    """
    mode = form.get("hub.mode", "")
    if mode not in ("subscribe", "unsubscribe"):
        return "hub.mode must be subscribe or unsubscribe: this hub serves the feeds of this site only."
    topic, base = form.get("hub.topic", ""), config.site.url or ""
    path = topic.removeprefix(base)
    if path == topic or not _TOPIC.fullmatch(path):
        return "hub.topic must be the address of a feed of this site, exactly as its rel=self link gives it."
    callback = form.get("hub.callback", "")
    trouble = _callback_problem(callback, config)
    if trouble:
        return trouble
    secret = form.get("hub.secret") or None
    if secret and len(secret.encode()) > MAX_SECRET_BYTES:
        return "hub.secret must be shorter than 200 bytes."
    lease = _parse_lease(form.get("hub.lease_seconds", ""))
    if lease is None:
        return "hub.lease_seconds must be a number of seconds."
    return HubRequest(callback, topic, path, "subscribe" if mode == "subscribe" else "unsubscribe", secret, lease)


def _callback_problem(callback: str, config: Config) -> str | None:
    try:
        url = normalize_request_url(callback)
    except BadAddressError as error:
        return f"hub.callback cannot be used. {error}"
    if url != callback or len(callback) > MAX_CALLBACK_LENGTH:
        return f"hub.callback must be an address of at most {MAX_CALLBACK_LENGTH} ASCII characters, without a fragment."
    host, port = endpoint_of(url)
    if is_address(host) and not AddressGuard(config.polling.allow).permits(host, port):
        return "hub.callback must be a public address."
    return None  # resolved addresses are checked when connecting


def _parse_lease(text: str) -> timedelta | None:
    if not text:
        return DEFAULT_LEASE
    if not text.isascii() or not text.isdigit():
        return None
    return min(max(timedelta(seconds=int(text[:9])), MIN_LEASE), MAX_LEASE)
