"""The limits of costly requests by client: ``[web] searches_per_minute`` and ``costly_per_minute``.

The first is one count for pages, the API and feeds of searches, the second for pages of decisions and of admins.

A proxy that is not in ``[web] trusted_proxies`` hides its clients: they would share one limit and keep each other from
reading. A peer on a private network that forwards others is therefore not limited, and the log says so once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from web.http.throttle import Throttle, parse_address

log = logging.getLogger(__name__)

_MINUTE = timedelta(minutes=1)
_SIGNS_OF_A_PROXY = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA")
CLIENT_KNOWN = "gedi.client_known"  # in the environ of a request that a trusted proxy has sent


class RequestLimit:
    """Counts the requests of each client. Thread-safe."""

    def __init__(self, a_minute: int) -> None:
        """``a_minute``: 0 for no limit."""
        self._throttle = Throttle(a_minute, _MINUTE) if a_minute else None
        self._has_warned = False

    def seconds_to_wait(self, environ: Mapping[str, Any]) -> int:
        """Count a request; return 0, or the seconds that its client has to wait."""
        if self._throttle is None or self._is_unknown_proxy(environ):
            return 0
        return self._throttle.record(environ.get("REMOTE_ADDR", ""))

    def _is_unknown_proxy(self, environ: Mapping[str, Any]) -> bool:
        if CLIENT_KNOWN in environ or not any(name in environ for name in _SIGNS_OF_A_PROXY):
            return False
        peer = parse_address(environ.get("REMOTE_ADDR", ""))
        if peer is None or not peer.is_private:
            return False
        if not self._has_warned:
            self._has_warned = True
            log.warning('proxy_not_trusted peer=%s remedy="list it in [web] trusted_proxies"', peer)
        return True
