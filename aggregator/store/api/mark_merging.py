"""Store API: merge segments of the index of fingerprints, on PostgreSQL beside whatever else this process does."""

from __future__ import annotations

import logging
from threading import Thread

from aggregator.store.api.connection import ConnectionMixin

log = logging.getLogger(__name__)

MERGE_EVERY = 4  # settlements of a process
CLOSE_TIMEOUT = 2.0  # seconds for a merge that runs when the store is closed; after that it is rolled back


class MarkMergingApi(ConnectionMixin):
    """Merging in a thread and transactions of its own: that of large segments takes seconds, and nobody waits for it.

    SQLite, which has one writer, merges when it appends.
    """

    _appended = 0
    _thread: Thread | None = None

    def merge_marks(self) -> None:
        """Begin to merge what transactions have appended, after every few of them; not if that is being done."""
        self._appended += 1
        if self._appended % MERGE_EVERY or self._engine.dialect.name == "sqlite" or self._is_merging():
            return
        self._thread = Thread(target=self._merge, name="merge", daemon=True)
        self._thread.start()

    def wait_for_merge(self) -> None:
        """Wait for a merge that runs, ``CLOSE_TIMEOUT`` at most."""
        if self._thread is not None:
            self._thread.join(CLOSE_TIMEOUT)

    def _is_merging(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _merge(self) -> None:
        from aggregator.store import mark_index  # loads numpy

        try:
            with self._readable_errors(writes=True), self._begin_write(exclusive=False) as connection:
                last = mark_index.last_segment(connection)
            if last is not None:
                with self._readable_errors(writes=True), self._begin_write(exclusive=False) as connection:
                    mark_index.merge_segments(connection, last)
        except Exception as error:  # another merge comes soon; what was written is rolled back
            log.warning("merge_failed error=%r", str(error)[:200])
