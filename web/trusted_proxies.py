"""The client's address, scheme and host as a proxy of ``[web] trusted_proxies`` reports them.

Either X-Forwarded-For, -Proto and -Host are read or Forwarded (RFC 7239), as ``[web] forwarded`` says, never both: a
proxy passes on the fields that it does not set itself, with whatever the client wrote. All other peers are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_network
from itertools import takewhile
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

from aggregator.config.settings import ForwardedFields
from web.http.throttle import parse_address
from web.request_limit import CLIENT_KNOWN

_FIELDS = {"for": "HTTP_X_FORWARDED_FOR", "proto": "HTTP_X_FORWARDED_PROTO", "host": "HTTP_X_FORWARDED_HOST"}
_PAIR = r"""[!#$%&'*+.^_`|~\w-]+=(?:"(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~\w-]+)"""
_ELEMENT = rf"(?:{_PAIR})?(?:;(?:{_PAIR})?)*"
_FORWARDED = re.compile(rf"{_ELEMENT}(?:[ \t]*+,[ \t]*+{_ELEMENT})*", re.ASCII)
_PARTS = re.compile(rf"(,)|({_PAIR})", re.ASCII)
_NODE = re.compile(r"\[([0-9a-fA-F:.]+)\](?::\w+)?|([^:\[\]]+)(?::\w+)?", re.ASCII)
MAX_FORWARDED = 2000  # characters of a field


class TrustedProxies:
    """A WSGI middleware that applies werkzeug's ``ProxyFix`` to requests whose direct peer is in ``networks``."""

    def __init__(
        self, application: WSGIApplication, networks: Iterable[str], fields: ForwardedFields = "x-forwarded"
    ) -> None:
        self._application = application
        self._networks = [ip_network(network) for network in networks]
        self._has_standard_field = fields == "forwarded"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._trusts(environ.get("REMOTE_ADDR", "")):
            return self._application(environ, start_response)
        if self._has_standard_field:
            self._translate(environ)
        hops = self._hops(parse_list_header(environ.get("HTTP_X_FORWARDED_FOR", "")))
        environ[CLIENT_KNOWN] = True
        return ProxyFix(self._application, x_for=hops, x_proto=1, x_host=1)(environ, start_response)

    def _translate(self, environ: WSGIEnvironment) -> None:
        """Replace the X-Forwarded-* fields by the element of Forwarded that the proxy next to the client has added."""
        for field in _FIELDS.values():
            environ.pop(field, None)
        elements = _parse_forwarded(environ.get("HTTP_FORWARDED", ""))
        hops = self._hops([element.get("for", "") for element in elements])
        if hops:
            environ.update({_FIELDS[name]: value for name, value in elements[-hops].items()})

    def _hops(self, addresses: Sequence[str]) -> int:
        """Return which address, counted from the end, is the client.

        It is the first one that is no trusted proxy. Returns 0, which keeps the peer as the client, if that entry is
        no IP address: proxies pass unverified entries through.
        """
        trusted = sum(1 for _ in takewhile(self._trusts, reversed(addresses)))
        hops = min(trusted + 1, len(addresses))
        return hops if hops and parse_address(addresses[-hops]) else 0

    def _trusts(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _parse_forwarded(field: str) -> list[dict[str, str]]:
    """Return the elements of a Forwarded field, with the address of ``for`` without its port (RFC 7239 4, 6).

    There are none if any part of the field is malformed: a quotation mark that a client leaves open would hide the
    element that the proxy appends.
    """
    if len(field) > MAX_FORWARDED or not _FORWARDED.fullmatch(field.strip()):
        return []
    elements: list[dict[str, str]] = [{}]
    for comma, pair in _PARTS.findall(field):
        if comma:
            elements.append({})
            continue
        name, _, value = pair.partition("=")
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        if name.lower() in _FIELDS:
            elements[-1][name.lower()] = value
    for element in elements:
        node = _NODE.fullmatch(element.get("for", ""))
        element["for"] = (node[1] or node[2]) if node else ""
    return elements
