"""Admin sessions: a signed cookie in exchange for the token of config.toml.

The server keeps no state: every process accepts every session, and changing the token ends all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

COOKIE = "gedi_admin"
LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Session:
    """An admin session. Every form must send back ``csrf``."""

    csrf: str


class _Signer(TimestampSigner):
    """A signer whose clock is an argument.

    A SHA-384 digest fills its base64 text exactly, so that each signature has only one encoding.
    """

    default_digest_method = staticmethod(hashlib.sha384)
    default_key_derivation = "hmac"

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now.timestamp())


def verify_token(token: str, candidate: str) -> bool:
    """Return whether ``candidate`` equals the token, compared in constant time."""
    return hmac.compare_digest(hashlib.sha256(token.encode()).digest(), hashlib.sha256(candidate.encode()).digest())


def new_cookie(token: str, now: datetime) -> str:
    """Return the cookie value of a new session."""
    return str(_serializer(token, now).dumps(secrets.token_hex(16)))


def read_cookie(token: str | None, cookie: str | None, now: datetime) -> Session | None:
    """Return the session of a cookie, or None if it is missing, forged, altered or expired."""
    if not token or not cookie:
        return None
    try:
        return Session(_serializer(token, now).loads(cookie, max_age=int(LIFETIME.total_seconds()) - 1))
    except BadData:
        return None


def _serializer(token: str, now: datetime) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(token, salt="gedi session", signer=_Signer, signer_kwargs={"now": now})
