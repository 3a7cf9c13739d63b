"""An in-process cache for values that many pages share and that may be some seconds old."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

_makes_anew: ContextVar[bool] = ContextVar("makes_anew", default=False)


@contextmanager
def without_cached_values(*, active: bool) -> Iterator[None]:
    """Compute every value in this block, because its reader must not get one of the past seconds."""
    token = _makes_anew.set(active)
    try:
        yield
    finally:
        _makes_anew.reset(token)


class TtlCache:
    """A cache of values by key with a time to live. While one thread renews a value, the others get the old one."""

    def __init__(self, limit: int = 500, clock: Callable[[], float] = time.monotonic) -> None:
        self._values: dict[Hashable, tuple[float, Any]] = {}
        self._lock = threading.Lock()
        self._limit = limit
        self._clock = clock

    def get(self, key: Hashable, seconds: float, make: Callable[[], T], *, stale_seconds: float = 0.0) -> T:
        """Return the value of ``key``, computed by ``make`` if there is none younger than ``seconds``.

        Raises what ``make`` raises and then drops the old value. A value that expired less than ``stale_seconds`` ago
        is returned at once and renewed in a thread, with the context variables of the caller; it stays if that fails.
        """
        entry = self._values.get(key)
        if entry is not None and not _makes_anew.get():
            expires, value = entry
            now = self._clock()
            if now < expires or not self._claim(key, seconds, entry):
                return value  # type: ignore[no-any-return]
            if now < expires + stale_seconds:
                renew = partial(copy_context().run, self._renew, key, seconds, make)
                threading.Thread(target=renew, name="cache", daemon=True).start()
                return value  # type: ignore[no-any-return]
        try:
            new_value = make()
        except BaseException:
            self._values.pop(key, None)
            raise
        self._put(key, seconds, new_value)
        return new_value

    def _renew(self, key: Hashable, seconds: float, make: Callable[[], Any]) -> None:
        try:
            self._put(key, seconds, make())
        except Exception:
            log.exception("cache_renewal_failed key=%r", key)

    def _put(self, key: Hashable, seconds: float, value: object) -> None:
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = (self._clock() + seconds, value)
            while len(self._values) > self._limit:
                del self._values[next(iter(self._values))]

    def clear(self) -> None:
        """Drop all values."""
        with self._lock:
            self._values.clear()

    def _claim(self, key: Hashable, seconds: float, entry: tuple[float, Any]) -> bool:
        """Return True for exactly one of the threads that found the value expired."""
        with self._lock:
            if self._values.get(key) is not entry:
                return False
            self._values[key] = (self._clock() + seconds, entry[1])
            return True
