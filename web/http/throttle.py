"""Rate limits by client: the only importer of throttled-py.

A client is an IPv4 address or a /64 network of IPv6. Each process counts for itself and forgets when it ends or reloads
its config, so N processes together allow N times as much.
"""

from __future__ import annotations

import math
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from throttled import MemoryStore, RateLimiterType, Throttled, per_duration

MAX_CLIENTS = 10_000  # clients remembered; then the one not seen for longest is forgotten
_IPV6_CLIENT = 64  # bits; a client has all addresses with the same prefix


class Throttle:
    """``most`` events of a client at once, and as many again in the course of ``period`` (GCRA). Thread-safe."""

    def __init__(self, most: int, period: timedelta) -> None:
        self._at_once = (period * (most - 1) / most).total_seconds()  # what may be outstanding before another event
        self._limit = Throttled(
            using=RateLimiterType.GCRA.value,
            quota=per_duration(period, most),
            store=MemoryStore(options={"MAX_SIZE": MAX_CLIENTS}),
        )

    def seconds_to_wait(self, address: str) -> int:
        """Return the seconds until this address may try again; 0 if it may now."""
        full_for = self._limit.peek(_client(address)).reset_after  # its retry_after is wrong for peek in 3.5.0
        return max(math.ceil(full_for - self._at_once), 0)

    def record(self, address: str) -> int:
        """Count an event of an address; return 0, or the seconds to wait if there were too many to count it."""
        result = self._limit.limit(_client(address))
        return max(math.ceil(result.state.retry_after), 1) if result.limited else 0


def parse_address(address: str) -> IPv4Address | IPv6Address | None:
    """Return an IP address, as IPv4 if it is one that IPv6 has mapped; None if it is none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None) or parsed


def _client(address: str) -> str:
    """Return what the addresses of one client have in common: an IPv4 address, or the prefix of an IPv6 network."""
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((int(parsed) >> _IPV6_CLIENT << _IPV6_CLIENT, _IPV6_CLIENT)))
    return str(parsed or address or "unknown")
