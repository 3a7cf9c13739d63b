"""Rate limit of failed logins: a few attempts per address, then a pause of some minutes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

MAX_FAILURES = 5
WINDOW = timedelta(minutes=5)
MAX_ADDRESSES = 1000  # addresses remembered


class Throttle:
    """A counter of failed attempts by address, local to this process. Thread-safe."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_to_wait(self, address: str, now: datetime) -> int:
        """Return the seconds until this address may try again; 0 if it may now."""
        with self._lock:
            recent = [at for at in self._failures.get(address, []) if at > now - WINDOW]
            return int((recent[0] + WINDOW - now).total_seconds()) + 1 if len(recent) >= MAX_FAILURES else 0

    def record_failure(self, address: str, now: datetime) -> None:
        """Count a failed attempt of an address."""
        with self._lock:
            recent = [at for at in self._failures.pop(address, []) if at > now - WINDOW]
            self._failures[address] = [*recent, now][-MAX_FAILURES:]
            if len(self._failures) > MAX_ADDRESSES:
                self._failures.popitem(last=False)

    def clear_failures(self, address: str) -> None:
        """Forget the failures of an address after a successful login."""
        with self._lock:
            self._failures.pop(address, None)
