"""A rate limit by client address: a few events each, then a pause."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

MAX_ADDRESSES = 1000  # addresses remembered
_IPV6_CLIENT = 64  # bits; a client has all addresses with the same prefix


class Throttle:
    """A counter of events by client address, local to this process. Thread-safe."""

    def __init__(self, most: int, window: timedelta) -> None:
        self._events: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()
        self._most = most
        self._window = window

    def seconds_to_wait(self, address: str, now: datetime) -> int:
        """Return the seconds until this address may try again; 0 if it may now."""
        with self._lock:
            recent = self._recent(self._events.get(_client(address), []), now)
            return int((recent[0] + self._window - now).total_seconds()) + 1 if len(recent) >= self._most else 0

    def record(self, address: str, now: datetime) -> None:
        """Count an event of an address."""
        client = _client(address)
        with self._lock:
            recent = self._recent(self._events.pop(client, []), now)
            self._events[client] = [*recent, now][-self._most :]
            if len(self._events) > MAX_ADDRESSES:
                self._events.popitem(last=False)

    def clear(self, address: str) -> None:
        """Forget the events of an address."""
        with self._lock:
            self._events.pop(_client(address), None)

    def _recent(self, events: list[datetime], now: datetime) -> list[datetime]:
        return [at for at in events if at > now - self._window]


def _client(address: str) -> str:
    """Return what the addresses of one client have in common: an IPv4 address, or the prefix of an IPv6 network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((int(parsed) >> _IPV6_CLIENT << _IPV6_CLIENT, _IPV6_CLIENT)))
    return str(parsed)
