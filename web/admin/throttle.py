"""How often a token may be guessed: a few times from one address, then not for some minutes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

TRIES = 5
WITHIN = timedelta(minutes=5)
MOST = 1000  # addresses that are remembered


class Throttle:
    """Counts failures by address, in this process. To be asked from any thread."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str, now: datetime) -> int:
        """Seconds until this address may try again; 0: now."""
        with self._lock:
            recent = [at for at in self._failures.get(address, []) if at > now - WITHIN]
            return int((recent[0] + WITHIN - now).total_seconds()) + 1 if len(recent) >= TRIES else 0

    def failed(self, address: str, now: datetime) -> None:
        with self._lock:
            recent = [at for at in self._failures.pop(address, []) if at > now - WITHIN]
            self._failures[address] = [*recent, now][-TRIES:]
            if len(self._failures) > MOST:
                self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        with self._lock:
            self._failures.pop(address, None)
