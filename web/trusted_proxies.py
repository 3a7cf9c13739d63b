"""X-Forwarded-For, -Proto and -Host, accepted from ``[web] trusted_proxies`` and ignored from all other peers."""

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
        """Return which entry of X-Forwarded-For, counted from its end, is the client.

        It is the first one that is no trusted proxy. Returns 0, which keeps the peer as the client, if that entry is
        no IP address: proxies pass unverified entries through.
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
