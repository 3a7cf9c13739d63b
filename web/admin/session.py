"""Admin sessions: a signed cookie in exchange for the token of config.toml.

The server keeps no state: every process accepts every session, and changing the token ends all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from aggregator.config.settings import ADMIN, AdminConfig

COOKIE = "gedi_admin"
LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Session:
    """An admin session. Every form must send back ``csrf``; ``name`` is the admin's."""

    csrf: str
    name: str = ADMIN


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


def find_admin(admins: Sequence[AdminConfig], candidate: str) -> AdminConfig | None:
    """Return the admin with this token; every token is compared, whichever fits."""
    found = [admin for admin in admins if verify_token(admin.token, candidate)]
    return found[0] if found else None


def read_session(admins: Sequence[AdminConfig], cookie: str | None, now: datetime) -> Session | None:
    """Return the session of a cookie: the admin is the one whose token signed it."""
    for admin in admins:
        session = read_cookie(admin.token, cookie, now)
        if session is not None:
            return replace(session, name=admin.name)
    return None


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
