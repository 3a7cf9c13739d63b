"""A process that loads what calls need, once, and forks the workers of a pool, which share its memory.

It has one thread and no event loop, so forking is safe. Requests arrive on a socket: one byte for the command, eight
for a number; the answer is a number of eight bytes. When the socket is closed, it ends with all its workers.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import sys
import traceback

from aggregator.runtime.forked_process import end_with_parent
from aggregator.runtime.pool_worker import serve_calls
from aggregator.runtime.process_memory import collect_seldom, freeze_gc, limit_malloc_arenas, resident_bytes

NUMBER_BYTES = 8
FORK = b"F"  # comes with the worker's end of a socket; the answer is its process id
STATUS = b"S"  # of the worker with this process id: the answer is its exit code, or RUNNING
KILL = b"K"  # end this worker; the answer is its exit code
RUNNING = 1 << 32
REQUEST_BYTES = 1 + NUMBER_BYTES


def main(connection: socket.socket, parent: int) -> None:
    """Serve requests until the connection is closed. ``parent`` is the process that started this one."""
    end_with_parent(parent)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads would make forking unsafe
    limit_malloc_arenas()
    collect_seldom()
    for number in (signal.SIGINT, signal.SIGTERM):  # the parent decides; the terminal's Ctrl-C reaches this process too
        signal.signal(number, signal.SIG_IGN)
    os.dup2(2, 1)  # prints of the workers must not mix with the output of a command
    size = int.from_bytes(_receive(connection, NUMBER_BYTES))
    prepare, memory = pickle.loads(_receive(connection, size))
    if prepare is not None:
        prepare()
    freeze_gc()
    with contextlib.suppress(BrokenPipeError):  # the parent has ended meanwhile, which the first request tells
        connection.sendall(_number(resident_bytes()))
    workers: set[int] = set()
    try:
        _serve_requests(connection, memory, workers)
    finally:
        for worker in workers:
            _end_worker(worker)


def _serve_requests(connection: socket.socket, memory: int, workers: set[int]) -> None:
    while True:
        request, sockets, _, _ = socket.recv_fds(connection, REQUEST_BYTES, 1)
        if len(request) < REQUEST_BYTES:
            return
        command, worker = request[:1], int.from_bytes(request[1:])
        if command == FORK:
            worker = _fork_worker(connection, socket.socket(fileno=sockets[0]), memory)
            workers.add(worker)
            connection.sendall(_number(worker))
            continue
        code = _end_worker(worker) if command == KILL else _exit_code(worker, os.WNOHANG)
        if code != RUNNING:
            workers.discard(worker)
        connection.sendall(_number(code))


def _fork_worker(connection: socket.socket, calls: socket.socket, memory: int) -> int:
    parent = os.getpid()
    worker = os.fork()
    if worker:
        calls.close()
        return worker
    try:
        connection.close()
        end_with_parent(parent)
        serve_calls(calls, memory)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    os._exit(1)


def _end_worker(worker: int) -> int:
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)
    return _exit_code(worker, 0)


def _exit_code(worker: int, options: int) -> int:
    """Return the exit code of a worker, negative for a signal; RUNNING if it runs. It must not be waited for again."""
    ended, status = os.waitpid(worker, options)
    return os.waitstatus_to_exitcode(status) if ended else RUNNING


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            os._exit(0)
        data += part
    return data


def _number(value: int) -> bytes:
    return value.to_bytes(NUMBER_BYTES, signed=True)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
