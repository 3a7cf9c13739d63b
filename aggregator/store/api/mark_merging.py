"""Store API: merge segments of the index of fingerprints, beside whatever else this process does."""

from __future__ import annotations

import logging
from threading import Thread

from aggregator.store.api.connection import ConnectionMixin

log = logging.getLogger(__name__)

MERGE_EVERY = 4  # settlements of a process
CLOSE_TIMEOUT = 2.0  # seconds for a merge that runs when the store is closed; after that it is rolled back


class MarkMergingApi(ConnectionMixin):
    """Merging in a thread and transactions of its own: large segments take seconds, and nobody waits for them."""

    _appended = 0
    _thread: Thread | None = None

    def merge_marks(self) -> None:
        """Begin to merge what transactions have appended, after every few of them; not if that is being done."""
        self._appended += 1
        if self._appended % MERGE_EVERY or self._is_merging():
            return
        self._thread = Thread(target=self._merge_logged, name="merge", daemon=True)
        self._thread.start()

    def wait_for_merge(self) -> None:
        """Wait for a merge that runs, ``CLOSE_TIMEOUT`` at most."""
        if self._thread is not None:
            self._thread.join(CLOSE_TIMEOUT)

    def _is_merging(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _merge_logged(self) -> None:
        try:
            self._merge()
        except Exception as error:  # another merge comes soon; what was written is rolled back, or deleted by that one
            log.warning("merge_failed error=%r", str(error)[:200])

    def _merge(self) -> None:
        from aggregator.store import mark_index, mark_rewriting  # load numpy

        if self._engine.dialect.name == "sqlite":
            while mark_rewriting.merge_large(self._read_transaction, self._write_transaction):
                pass
            return
        with self._side_transaction() as connection:
            last = mark_index.last_segment(connection)
        if last is not None:
            with self._side_transaction() as connection:
                mark_index.merge_segments(connection, last)
