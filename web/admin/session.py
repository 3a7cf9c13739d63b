"""Who is the admin: the token of config.toml, given once, for a signed cookie. Nothing is kept on the server, so every
process knows every session, and another token ends them all."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

COOKIE = "gedi_admin"
LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Session:
    """An admin's session. ``csrf`` must come back with every form."""

    id: str
    csrf: str


def admits(token: str, given: str) -> bool:
    """Is this the token? In a time that tells nothing of it."""
    return hmac.compare_digest(hashlib.sha256(token.encode()).digest(), hashlib.sha256(given.encode()).digest())


def begin(token: str, now: datetime) -> str:
    """The value of a new session's cookie: number, end (seconds since 1970) and signature."""
    body = f"{secrets.token_urlsafe(18)}.{int((now + LASTS).timestamp())}"
    return f"{body}.{_signature(token, 'session', body)}"


def read(token: str | None, cookie: str | None, now: datetime) -> Session | None:
    """The session of a cookie; None where it is not ours, altered or over."""
    if not token or not cookie or len(cookie) > 200 or not cookie.isascii():
        return None
    body, _, signature = cookie.rpartition(".")
    if not hmac.compare_digest(signature, _signature(token, "session", body)):
        return None
    number, _, end = body.partition(".")
    if datetime.fromtimestamp(int(end), UTC) <= now:
        return None
    return Session(number, _signature(token, "form", number))


def _signature(token: str, purpose: str, text: str) -> str:
    return hmac.new(token.encode(), f"gedi {purpose} {text}".encode(), hashlib.sha256).hexdigest()
