"""Wait at the start of a service until its database can be used, and answer requests meanwhile.

What passes by itself is waited for: a server that is not up yet, a lock, a full disk. What only an admin can mend, such
as a wrong password or a damaged file, is raised.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from aggregator.runtime.forked_process import ForkedProcess
from aggregator.store.api.poll_store import PollStore
from aggregator.store.availability import RETRY_EVERY, Availability, DatabaseUnavailableError
from gedi import systemd_notify
from gedi.waiting_site import serve_waiting_page

_PASSES = frozenset({"full", "readonly", "locked", "unreachable", "memory"})

AnyStore = TypeVar("AnyStore", bound=PollStore)


@dataclass(frozen=True, slots=True)
class DatabaseWait:
    """How a service waits: with a page at an address, or without a site."""

    address: tuple[str, int] | None = None
    availability: Availability = field(default_factory=Availability)

    def open(self, attempt: Callable[[], AnyStore]) -> AnyStore:
        """Return the store that ``attempt`` opens, as soon as it can; the store records the outage as an incident.

        The outage is logged as each other is: at once, every minute, and when it is over.
        """
        page: ForkedProcess | None = None
        try:
            while True:
                try:
                    store = attempt()
                except DatabaseUnavailableError as error:
                    if error.kind not in _PASSES:
                        raise
                    self.availability.note_failure(error)
                    systemd_notify.notify(f"STATUS=waiting for the database: {error.kind}")
                    if page is None and self.address is not None:
                        page = serve_waiting_page(*self.address, error.kind)
                else:
                    self.availability.note_success(writes=True)
                    store.adopt_outages(self.availability)
                    return store
                time.sleep(RETRY_EVERY)
        finally:
            if page is not None:
                page.kill()
                page.wait()
                systemd_notify.notify("STATUS=")
