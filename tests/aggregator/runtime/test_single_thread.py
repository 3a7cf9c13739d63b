"""The single thread of all database writes."""

from __future__ import annotations

import threading
from concurrent.futures import wait

import pytest

from aggregator.runtime.priority import Priority
from aggregator.runtime.single_thread import MOST_IN_A_ROW, SingleThreadExecutor


def test_jobs_run_in_order_in_one_thread() -> None:
    thread = SingleThreadExecutor("t")
    log: list[int] = []
    futures = [thread.submit(log.append, number) for number in range(100)]
    wait(futures)
    assert log == list(range(100))
    assert len({thread.submit(threading.get_ident).result() for _ in range(3)}) == 1
    thread.shutdown()


def test_errors_belong_to_who_asked_and_the_next_job_runs() -> None:
    thread = SingleThreadExecutor("t")
    with pytest.raises(ZeroDivisionError):
        thread.submit(lambda: 1 / 0).result()
    assert thread.submit(lambda: 42).result() == 42
    thread.shutdown()
    with pytest.raises(RuntimeError):
        thread.submit(lambda: 1)


def test_a_cancelled_job_is_left_out() -> None:
    thread, go = SingleThreadExecutor("t"), threading.Event()
    log: list[int] = []
    first = thread.submit(go.wait)
    second = thread.submit(log.append, 2)
    third = thread.submit(log.append, 3)
    assert second.cancel()
    go.set()
    assert first.result()
    third.result()
    assert log == [3]
    thread.shutdown()


def test_shutting_down_may_drop_what_waits() -> None:
    thread, begun, go = SingleThreadExecutor("t"), threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return go.wait()

    first = thread.submit(work)
    begun.wait()
    second = thread.submit(lambda: 2)
    thread.shutdown(wait=False, cancel_futures=True)
    go.set()
    assert first.result() is True
    assert second.cancelled()


def test_the_lowest_rank_is_served_first() -> None:
    thread, begun, go = SingleThreadExecutor("t"), threading.Event(), threading.Event()
    log: list[int] = []

    def work() -> None:
        begun.set()
        go.wait()

    thread.submit(work)
    begun.wait()
    jobs = [
        thread.with_priority(rank).submit(log.append, 10 * rank + number)
        for number in (1, 2)
        for rank in (Priority.HEAVY, Priority.NEW, Priority.FAILING)
    ]
    jobs.append(thread.submit(log.append, 0))
    go.set()
    wait(jobs)
    assert log == [0, 11, 12, 21, 22, 31, 32]
    thread.shutdown()


def test_work_without_a_priority_does_not_keep_everything_else_waiting() -> None:
    thread, begun, go = SingleThreadExecutor("t"), threading.Event(), threading.Event()
    log: list[str] = []

    def work() -> None:
        begun.set()
        go.wait()

    first = thread.submit(work)
    begun.wait()
    jobs = [thread.with_priority(Priority.NEW).submit(log.append, "poll") for _ in range(2)]
    jobs += [thread.submit(log.append, "tick") for _ in range(2 * MOST_IN_A_ROW + 1)]
    go.set()
    wait([first, *jobs])
    assert log.index("poll") <= MOST_IN_A_ROW
    assert [log.count("poll"), log[-1]] == [2, "tick"]
    thread.shutdown()
