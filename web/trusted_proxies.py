"""X-Forwarded-For, -Proto and -Host from the proxies of ``[web] trusted_proxies``; from others they have no effect."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import takewhile
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix


class TrustedProxies:
    """A WSGI middleware that applies werkzeug's ``ProxyFix`` to requests whose direct peer is in ``networks``."""

    def __init__(self, application: WSGIApplication, networks: Iterable[str]) -> None:
        self._application = application
        self._networks = [ip_network(network) for network in networks]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._trusts(environ.get("REMOTE_ADDR", "")):
            return self._application(environ, start_response)
        hops = self._hops(parse_list_header(environ.get("HTTP_X_FORWARDED_FOR", "")))
        return ProxyFix(self._application, x_for=hops, x_proto=1, x_host=1)(environ, start_response)

    def _hops(self, addresses: list[str]) -> int:
        """Return how many entries of X-Forwarded-For to go back from its end: past all trusted proxies, to the client.

        0, for which the peer stays the client, where that entry is no address: what a proxy lets through as it came.
        """
        trusted = sum(1 for _ in takewhile(self._trusts, reversed(addresses)))
        hops = min(trusted + 1, len(addresses))
        return hops if hops and _parsed(addresses[-hops]) else 0

    def _trusts(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None) or parsed
