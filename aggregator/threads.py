"""One thread for work that must not hold up the event loop, nor the end of the process.

The standard pool's threads are joined when the interpreter ends, however long their work takes. Here a transaction
that is cut off by the end of the process is rolled back by the database, as after a power cut.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_Job = tuple[Future[Any], Callable[[], Any]]


class OneThread(Executor):
    """Runs what is submitted, one after the other in order, in a daemon thread that starts when it is needed."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._started = False
        self._ended = False

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        if self._ended:
            raise RuntimeError("this thread has been shut down")
        if not self._started:
            self._started = True
            self._thread.start()
        future: Future[R] = Future()
        self._jobs.put((future, lambda: fn(*args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """No more jobs; what is queued is still done, or cancelled."""
        self._ended = True
        while cancel_futures and not self._jobs.empty():
            job = self._jobs.get()
            if job is not None:
                job[0].cancel()
        self._jobs.put(None)
        if wait and self._started:
            self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, call = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # whatever it is, it belongs to who waits for it
                future.set_exception(error)
            del job, future, call  # nothing is kept alive while waiting for the next
