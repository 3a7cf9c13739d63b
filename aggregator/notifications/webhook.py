"""Signed JSON to an address, as "Standard Webhooks" defines it (https://www.standardwebhooks.com).

    webhook-id          the same for every attempt of a message: a receiver ignores one that it has
    webhook-timestamp   seconds since 1970 of this attempt
    webhook-signature   "v1," and base64 of HMAC-SHA256 over "id.timestamp.body"

Redirects are not followed: what was meant for one host never reaches another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from aggregator.fetching.fetcher import Fetcher
from aggregator.model import Failed, Posted
from aggregator.services import Tools

TIMEOUT = timedelta(seconds=15)
PER_HOST = 4
_PREFIX = "whsec_"  # of a secret in base64


def open_fetcher(tools: Tools) -> Fetcher:
    """Return a fetcher for webhooks, with the guard of polls and connections of its own."""
    own = {"per_host": PER_HOST, "spacing": timedelta(0), "timeout": TIMEOUT, "robots": False, "max_bytes": 10_000}
    settings = tools.config.polling.model_copy(update=own)
    return Fetcher(settings, settings.user_agent or "Gedi", clock=tools.clock, max_redirects=0)


async def send_webhook(
    fetcher: Fetcher, url: str, secret: str, message_id: str, payload: dict[str, Any], now: datetime
) -> Failed | None:
    """Send a message; returns why it failed."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    answer = await fetcher.post(url, body, signed_headers(secret, message_id, body, now))
    return None if isinstance(answer, Posted) else answer


def signed_headers(secret: str, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of a message with its signature."""
    stamp = str(int(now.timestamp()))
    signed = hmac.new(signing_key(secret), f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def signing_key(secret: str) -> bytes:
    """Return the bytes of a secret: its base64 part after "whsec_", or else its text."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
