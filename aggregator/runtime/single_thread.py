"""A single thread for work that must not block the event loop or the end of the process.

Threads of the default pool are joined at exit, however long their work takes. Here a transaction that is cut off by the
end of the process is rolled back by the database.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from itertools import count
from typing import Any, ParamSpec, TypeVar

from aggregator.runtime.priority import Priority

P = ParamSpec("P")
R = TypeVar("R")

_Job = tuple[Future[Any], Callable[[], Any]]
_LAST = max(Priority) + 1  # of the shutdown
MOST_IN_A_ROW = 4  # jobs without a priority that are done while one with a priority waits


class SingleThreadExecutor(Executor):
    """Runs submitted work in a daemon thread, by priority and in order of submission; the thread starts when needed.

    Work without a priority is short and comes first, but not always: with a slow database it would be all that is done.
    """

    def __init__(self, name: str) -> None:
        self._plain: deque[_Job] = deque()
        self._ranked: list[tuple[int, int, _Job | None]] = []  # a heap
        self._queued = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._plain_in_a_row = 0
        self._sequence = count()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._started = False
        self._ended = False

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        return self._enqueue(None, lambda: fn(*args, **kwargs))

    def with_priority(self, priority: Priority) -> Executor:
        """Return an executor over the same thread with a priority; plain ``submit`` comes before priorities."""
        return _PriorityExecutor(self, priority)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept no more work; what is queued is still done, or cancelled."""
        self._ended = True
        with self._lock:
            dropped = [*self._plain, *(job for *_, job in self._ranked if job is not None)] if cancel_futures else []
            if cancel_futures:
                self._plain.clear()
                self._ranked.clear()
            heapq.heappush(self._ranked, (_LAST, next(self._sequence), None))
        for future, _ in dropped:
            future.cancel()
        self._queued.release()
        if wait and self._started:
            self._thread.join()

    def _enqueue(self, priority: int | None, call: Callable[[], R]) -> Future[R]:
        if self._ended:
            raise RuntimeError("this thread has been shut down")
        if not self._started:
            self._started = True
            self._thread.start()
        future: Future[R] = Future()
        with self._lock:
            if priority is None:
                self._plain.append((future, call))
            else:
                heapq.heappush(self._ranked, (priority, next(self._sequence), (future, call)))
        self._queued.release()
        return future

    def _take(self) -> _Job | None:
        """Wait for the next job; None at the end."""
        self._queued.acquire()
        with self._lock:
            others_wait = bool(self._ranked) and self._ranked[0][0] != _LAST
            if self._plain and not (others_wait and self._plain_in_a_row >= MOST_IN_A_ROW):
                self._plain_in_a_row += 1
                return self._plain.popleft()
            self._plain_in_a_row = 0
            return heapq.heappop(self._ranked)[2]

    def _work(self) -> None:
        while (job := self._take()) is not None:
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
