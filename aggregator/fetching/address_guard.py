"""Which network addresses may be contacted: public ones, and the private places that ``polling.allow`` names.

The check is made on the address a socket is about to connect to, so it covers literal addresses, odd spellings,
redirects and names that suddenly point inwards (DNS rebinding) in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the real, IPv4 destination
_PUBLIC_IPV6 = IPv6Network("2000::/3")  # all of IPv6 that is handed out; older Pythons call more than this global

# ``is_global`` of the oldest Python we support does not know these.
_RESERVED_NETWORKS: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),  # RFC 6890: protocol assignments
    IPv4Network("192.88.99.0/24"),  # RFC 7526: 6to4 relays
    IPv6Network("2001::/23"),  # Teredo, ORCHID and other special uses
    IPv6Network("3fff::/20"),  # RFC 9637: documentation
)


class ForbiddenAddressError(OSError):
    """A socket to a private place was asked for. One text for all, so that several refusals count as one."""

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
        """Is this very place on the list, by its name?"""
        return (host.lower().rstrip("."), port) in self._allowed_endpoints

    def allow_resolved(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Remember where an allowed name leads: sockets know addresses only."""
        if (host.lower().rstrip("."), port) in self._allowed_endpoints:
            self._allowed_endpoints.update((address, port) for address in addresses)

    def permits(self, address: str, port: int) -> bool:
        """May a socket be connected to this address (no name, no zone) and port?"""
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        if is_public(parsed) or (str(parsed), port) in self._allowed_endpoints:
            return True
        # "::ffff:127.0.0.1" is covered by an allowed "127.0.0.0/8"; other wrappings never are.
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            return self.permits(str(parsed.ipv4_mapped), port)
        return any(parsed in network for network in self._networks if network.version == parsed.version)


def is_public(address: Address) -> bool:
    """Is this a place on the public internet, also after unwrapping an IPv4 address inside an IPv6 one?"""
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
    """The IPv4 destination that a mapped, NAT64 or 6to4 address stands for. Teredo is refused as a whole."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour


def parse_allow_entry(entry: str) -> Network | tuple[str, int]:
    """One entry of ``polling.allow``; raises ValueError with a sentence for the admin."""
    text = entry.strip().lower()
    try:
        return ip_network(text)
    except ValueError:
        pass
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f'"{entry}" is neither "host:port" nor a network such as "127.0.0.0/8"')
    try:
        return str(ip_address(host)), int(port)
    except ValueError:
        return host.rstrip("."), int(port)
