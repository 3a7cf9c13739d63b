"""Child processes that crash, hang, exceed their memory limit or are orphaned."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from aggregator.runtime import process_pool, worker_process
from aggregator.runtime.priority import Priority
from aggregator.runtime.process_pool import PoolCallFailed, ProcessPool
from aggregator.runtime.worker_process import ForkServer, ServerProcess
from tests.aggregator.runtime import pool_jobs

ROOT = Path(__file__).resolve().parents[3]
T = TypeVar("T")


def work(job: Callable[[ProcessPool], Awaitable[T]], workers: int = 1, calls: int = 500) -> T:
    async def main() -> T:
        async with ProcessPool(workers, max_calls=calls) as children:
            return await job(children)

    return asyncio.run(main())


def test_results_come_back() -> None:
    async def job(children: ProcessPool) -> list[int]:
        return await asyncio.gather(*(children.run(pool_jobs.double, n, timeout=30) for n in range(20)))

    assert work(job, workers=2) == [2 * n for n in range(20)]


def test_one_processor_is_left_to_what_works_on_results() -> None:
    async def job(children: ProcessPool) -> set[int]:
        return set(await asyncio.gather(*(children.run(pool_jobs.whoami, timeout=30) for _ in range(6))))

    assert len(work(job, workers=2)) == 1


def test_a_call_that_takes_long_keeps_others_from_no_processor() -> None:
    async def job(children: ProcessPool) -> list[bool]:
        slow = asyncio.create_task(children.run(pool_jobs.sleep, 30, timeout=60))
        quick = await asyncio.wait_for(children.run(pool_jobs.double, 4, timeout=30), 20)
        slow.cancel()
        return [quick == 8, slow.done()]

    assert work(job, workers=2) == [True, False]


def test_large_values_go_both_ways() -> None:
    data = bytes(10_000_000)
    assert work(lambda children: children.run(pool_jobs.size, data, timeout=30)) == data + b"!"


def test_nothing_runs_before_it_is_needed_and_one_child_serves_calls_in_a_row() -> None:
    async def job(children: ProcessPool) -> set[int]:
        return {await children.run(pool_jobs.whoami, timeout=30) for _ in range(5)}

    assert len(work(job, workers=4)) == 1


def test_a_child_is_replaced_after_its_calls() -> None:
    async def job(children: ProcessPool) -> list[int]:
        return [await children.run(pool_jobs.whoami, timeout=30) for _ in range(6)]

    ids = work(job, calls=2)
    assert len(set(ids)) == 3
    assert ids[0] == ids[1] != ids[2]


def test_what_calls_need_is_loaded_once_for_all_children() -> None:
    async def main() -> set[int]:
        async with ProcessPool(2, max_calls=1, prepare=pool_jobs.load) as children:
            return set(await asyncio.gather(*(children.run(pool_jobs.loaded_by, timeout=30) for _ in range(4))))

    (loader,) = asyncio.run(main())
    assert loader != os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_loading_starts_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)

    async def main() -> int:
        async with ProcessPool(1, prepare=pool_jobs.load_numpy) as children:
            return await children.run(pool_jobs.threads_of_loader, timeout=30)

    assert asyncio.run(main()) == 1


def test_idle_processes_end_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_pool, "WORKER_IDLE_SECONDS", 0.1)
    monkeypatch.setattr(process_pool, "SERVER_IDLE_SECONDS", 0.5)

    async def job(children: ProcessPool) -> None:
        for _ in range(2):
            child, server = await children.run(pool_jobs.whoami, timeout=30), await children.run(os.getppid, timeout=30)
            assert _is_running(child)
            while _is_running(child):  # ended by the time limit of the tests
                await asyncio.sleep(0.02)
            assert _is_running(server)
            while _is_running(server):
                await asyncio.sleep(0.02)

    work(job)


def test_a_lost_fork_server_is_replaced() -> None:
    async def job(children: ProcessPool) -> int:
        os.kill(await children.run(os.getppid, timeout=30), signal.SIGKILL)
        with suppress(PoolCallFailed):  # the child may not have ended yet
            await children.run(pool_jobs.hang, timeout=30)
        return await children.run(pool_jobs.double, 21, timeout=30)

    assert work(job) == 42


def test_a_fork_server_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "REQUEST_TIMEOUT", 1.0)

    async def job(children: ProcessPool) -> int:
        os.kill(await children.run(os.getppid, timeout=30), signal.SIGSTOP)
        with suppress(PoolCallFailed):  # a server that does not answer in time is given up
            await children.run(pool_jobs.double, 0, timeout=30)
        return await children.run(pool_jobs.double, 21, timeout=30)

    assert work(job, calls=1) == 42


def test_prints_do_not_disturb() -> None:
    assert work(lambda children: children.run(pool_jobs.print_much, timeout=30)) == "quiet"


@pytest.mark.parametrize(
    ("chore", "seconds", "kind", "word"),
    [
        (pool_jobs.crash, 30, "crashed", "signal 11"),
        (pool_jobs.leave, 30, "crashed", "status 3"),
        (pool_jobs.exceed_memory, 30, "memory", "more memory"),
        (pool_jobs.fail, 30, "error", "ValueError: no such thing"),
        (pool_jobs.recurse, 30, "error", "RecursionError"),
        (pool_jobs.secret, 30, "error", "lambda"),
        (pool_jobs.hang, 0.5, "timeout", "longer than 0.5 s"),
        (pool_jobs.spin, 0.5, "timeout", "longer than 0.5 s"),
    ],
)
def test_misfortunes_are_told_and_the_next_call_works(
    chore: Callable[[], object], seconds: float, kind: str, word: str
) -> None:
    async def job(children: ProcessPool) -> tuple[PoolCallFailed, int]:
        with pytest.raises(PoolCallFailed) as caught:
            await children.run(chore, timeout=seconds)
        return caught.value, await children.run(pool_jobs.double, 21, timeout=30)

    failure, answer = work(job)
    assert (failure.kind, answer) == (kind, 42)
    assert word in failure.reason


def test_one_misfortune_spares_the_calls_beside_it() -> None:
    async def job(children: ProcessPool) -> list[object]:
        calls = [
            children.run(pool_jobs.crash, timeout=30),
            *(children.run(pool_jobs.double, n, timeout=30) for n in range(6)),
        ]
        return list(await asyncio.gather(*calls, return_exceptions=True))

    first, *others = work(job, workers=2)
    assert isinstance(first, PoolCallFailed)
    assert others == [0, 2, 4, 6, 8, 10]


def test_waiting_for_a_child_does_not_count_against_the_time_limit() -> None:
    async def job(children: ProcessPool) -> object:
        await children.run(pool_jobs.double, 1, timeout=30)
        busy = asyncio.create_task(children.run(pool_jobs.hang, timeout=2))
        answer = await children.run(pool_jobs.double, 21, timeout=1.5)
        with pytest.raises(PoolCallFailed):
            await busy
        return answer

    assert work(job) == 42


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process had of the processor")
def test_a_call_that_others_keep_from_the_processor_has_more_time() -> None:
    async def job(children: ProcessPool) -> int:
        child = await children.run(pool_jobs.whoami, timeout=30)
        call = asyncio.create_task(children.run(pool_jobs.use_cpu, 0.2, timeout=1))
        await asyncio.sleep(0.05)
        os.kill(child, signal.SIGSTOP)
        await asyncio.sleep(1.3)
        os.kill(child, signal.SIGCONT)
        return await call

    assert work(job) == 1


def test_the_last_rank_leaves_a_child_to_the_others() -> None:
    async def job(children: ProcessPool) -> int:
        busy = [
            asyncio.create_task(children.with_priority(Priority.FAILING).run(pool_jobs.hang, timeout=60))
            for _ in range(4)
        ]
        await asyncio.sleep(0.1)
        answer = await children.with_priority(Priority.HEALTHY).run(pool_jobs.double, 21, timeout=30)
        for call in busy:
            call.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        return answer + await children.with_priority(Priority.FAILING).run(pool_jobs.double, 1, timeout=30)

    assert work(job, workers=2) == 44


def test_the_lowest_rank_is_served_first() -> None:
    async def job(children: ProcessPool) -> list[int]:
        order: list[int] = []

        async def call(rank: int, number: int) -> None:
            await children.with_priority(Priority(rank)).run(pool_jobs.double, number, timeout=30)
            order.append(number)

        await asyncio.gather(*(call(rank, number) for number, rank in enumerate([2, 1, 2, 1, 0, 0])))
        return order

    assert work(job) == [0, 4, 5, 1, 3, 2]


def test_a_cancelled_call_stops_its_child() -> None:
    async def job(children: ProcessPool) -> bool:
        child = await children.run(pool_jobs.whoami, timeout=30)
        call = asyncio.create_task(children.run(pool_jobs.spin, timeout=60))
        await asyncio.sleep(0.2)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        return _is_running(child)

    assert work(job) is False


def test_closing_ends_children_that_are_busy() -> None:
    async def job(children: ProcessPool) -> tuple[int, object]:
        child = await children.run(pool_jobs.whoami, timeout=30)
        call = asyncio.create_task(children.run(pool_jobs.spin, timeout=60))
        await asyncio.sleep(0.2)
        await children.close()
        return child, (await asyncio.gather(call, return_exceptions=True))[0]

    child, outcome = work(job)
    assert isinstance(outcome, PoolCallFailed)
    assert not _is_running(child)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a busy child ends only after its call")
def test_children_end_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.aggregator.runtime.orphan_processes"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    ids = [int(word) for word in parent.stdout.readline().split()]
    assert len(set(ids)) == 3
    assert all(map(_is_running, ids))
    parent.kill()
    parent.communicate()
    while any(map(_is_running, ids)):  # ended by the time limit of the tests
        time.sleep(0.05)


def _is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and os.path.exists(f"/proc/{process}")


def test_an_abandoned_fork_server_ends() -> None:
    started = ServerProcess.execute()
    server = ForkServer(started)
    del server
    assert started.process.returncode == -signal.SIGKILL
    assert started.connection.fileno() == -1
