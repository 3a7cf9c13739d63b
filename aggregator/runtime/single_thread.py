"""A single thread for work that must not block the event loop or the end of the process.

Threads of the default pool are joined at exit, however long their work takes. Here a transaction that is cut off by the
end of the process is rolled back by the database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from itertools import count
from queue import Empty, PriorityQueue
from typing import Any, ParamSpec, TypeVar

from aggregator.runtime.priority import Priority

P = ParamSpec("P")
R = TypeVar("R")

_Job = tuple[Future[Any], Callable[[], Any]]
_FIRST, _LAST = min(Priority) - 1, max(Priority) + 1  # of work without a priority; of the shutdown


class SingleThreadExecutor(Executor):
    """Runs submitted work in a daemon thread, by priority and in order of submission; the thread starts when
    needed.
    """

    def __init__(self, name: str) -> None:
        self._jobs: PriorityQueue[tuple[int, int, _Job | None]] = PriorityQueue()
        self._sequence = count()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._started = False
        self._ended = False

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        return self._enqueue(_FIRST, lambda: fn(*args, **kwargs))

    def with_priority(self, priority: Priority) -> Executor:
        """Return an executor over the same thread with a priority; plain ``submit`` comes before all priorities."""
        return _PriorityExecutor(self, priority)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept no more work; what is queued is still done, or cancelled."""
        self._ended = True
        while cancel_futures:
            try:
                *_, job = self._jobs.get_nowait()
            except Empty:
                break
            if job is not None:
                job[0].cancel()
        self._jobs.put((_LAST, next(self._sequence), None))
        if wait and self._started:
            self._thread.join()

    def _enqueue(self, priority: int, call: Callable[[], R]) -> Future[R]:
        if self._ended:
            raise RuntimeError("this thread has been shut down")
        if not self._started:
            self._started = True
            self._thread.start()
        future: Future[R] = Future()
        self._jobs.put((priority, next(self._sequence), (future, call)))
        return future

    def _work(self) -> None:
        while (job := self._jobs.get()[2]) is not None:
            future, call = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # any exception belongs to the waiter
                future.set_exception(error)
            del job, future, call  # keep no reference while waiting for the next


class _PriorityExecutor(Executor):
    def __init__(self, thread: SingleThreadExecutor, priority: Priority) -> None:
        self._thread = thread
        self._priority = priority

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        return self._thread._enqueue(self._priority, lambda: fn(*args, **kwargs))


def without_priority(executor: Executor) -> Executor:
    """Return the executor whose work precedes that of ``executor``, if this is one with a priority."""
    return executor._thread if isinstance(executor, _PriorityExecutor) else executor
