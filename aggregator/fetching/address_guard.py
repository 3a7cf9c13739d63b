"""Decide which network addresses may be contacted: public ones, and those in ``polling.allow``.

The check applies to the address that a socket is about to connect to, so it covers literal addresses, odd spellings,
redirects and DNS rebinding in one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aggregator.fetching.urls import endpoint_of
from aggregator.texts import Phrase

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 destination
_PUBLIC_IPV6 = IPv6Network("2000::/3")  # all allocated IPv6; older Pythons call more than this global

# ``is_global`` of the oldest supported Python does not know these.
_RESERVED_NETWORKS: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),  # RFC 6890: protocol assignments
    IPv4Network("192.88.99.0/24"),  # RFC 7526: 6to4 relays
    IPv6Network("2001::/23"),  # Teredo, ORCHID and other special uses
    IPv6Network("3fff::/20"),  # RFC 9637: documentation
)

# RFC 6761, 6762, 8375, and names in use on home and office networks
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".home.arpa")
_RESERVED_SUFFIXES = (".test", ".invalid", ".example")  # RFC 6761: not in public DNS
_NUMERIC_HOST = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+))*", re.I)  # some take 0x7f.1 for 127.0.0.1


class ForbiddenAddressError(OSError):
    """A connection to a private address was refused. One text for all, so that repeated refusals count as one."""

    def __init__(self) -> None:
        super().__init__("forbidden address")


class AddressGuard:
    """Decides by address and port. ``allow`` holds "host:port", "[v6]:port" and networks like "127.0.0.0/8"."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._networks: list[Network] = []
        self._allowed_endpoints: set[tuple[str, int]] = set()
        for entry in allow:
            place = parse_allow_entry(entry)
            if isinstance(place, tuple):
                self._allowed_endpoints.add(place)
            else:
                self._networks.append(place)

    def allows_host(self, host: str, port: int) -> bool:
        """Return whether this host and port are on the list by name."""
        return (host.lower().rstrip("."), port) in self._allowed_endpoints

    def allow_endpoint(self, host: str, port: int) -> None:
        """Allow a host and port that the config names, such as those of a proxy."""
        self._allowed_endpoints.add((host.lower().rstrip("."), port))

    def allow_resolved(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Allow the addresses of an allowed name: sockets know addresses only."""
        if (host.lower().rstrip("."), port) in self._allowed_endpoints:
            self._allowed_endpoints.update((address, port) for address in addresses)

    def permits(self, address: str, port: int) -> bool:
        """Return whether a socket may connect to this address (no name, no zone) and port."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        if is_public(parsed) or (str(parsed), port) in self._allowed_endpoints:
            return True
        # "::ffff:127.0.0.1" is covered by an allowed "127.0.0.0/8"; other embeddings never are.
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            return self.permits(str(parsed.ipv4_mapped), port)
        return any(parsed in network for network in self._networks if network.version == parsed.version)

    def permits_host(self, host: str, port: int) -> bool:
        """Return whether the host of a URL may be contacted, judging by its spelling: names are not resolved."""
        if is_address(host):
            return self.permits(host, port)
        return not _is_local_name(host) or self.allows_host(host, port)


def is_address(host: str) -> bool:
    """Return whether the host of a URL is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_public_host(host: str) -> bool:
    """Return whether the host of a URL is a public address or may be a name in public DNS."""
    host = host.rstrip(".")
    if is_address(host):
        return is_public(ip_address(host))
    return "." in host and not _is_local_name(host) and not host.endswith(_RESERVED_SUFFIXES)


def is_public_url(url: str) -> bool:
    """Return whether a URL leads to a public address or to a name that may be in public DNS."""
    try:
        return is_public_host(endpoint_of(url)[0])
    except ValueError:
        return False


def _is_local_name(host: str) -> bool:
    return f".{host}".lower().endswith(_LOCAL_SUFFIXES) or _NUMERIC_HOST.fullmatch(host) is not None


def is_public(address: Address) -> bool:
    """Return whether an address is public, also after extracting an embedded IPv4 address."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        inner = _embedded_ipv4(address)
        if inner is not None:
            return is_public(inner)
        if address not in _PUBLIC_IPV6:
            return False
    if any(address in network for network in _RESERVED_NETWORKS if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 destination of a mapped, NAT64 or 6to4 address. Teredo is always refused."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour


def parse_allow_entry(entry: str) -> Network | tuple[str, int]:
    """Parse an entry of ``polling.allow``. Raises ValueError with a sentence for the admin."""
    text = entry.strip().lower()
    try:
        return ip_network(text)
    except ValueError:
        pass
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(Phrase('write "host:port", such as "localhost:8080", or a network such as "127.0.0.0/8"'))
    try:
        return str(ip_address(host)), int(port)
    except ValueError:
        return host.rstrip("."), int(port)
