"""``gedi`` as a separate process, as started by a user or a supervisor."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cleanup_guard import run_if_killed


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def run_gedi(*words: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``gedi WORDS``; at the end kill the process and its children if they still run."""
    log = (cwd / "gedi.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "gedi", *words], cwd=cwd, stdout=log, stderr=log, start_new_session=True, env=environ()
    )
    try:
        with run_if_killed('kill -KILL -- "-$1"', str(process.pid)):
            yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def environ() -> dict[str, str]:
    """Return the current environment, with the project on PYTHONPATH."""
    paths = (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def eventually(true: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Return whether the condition becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return bool(true())


def get(url: str) -> tuple[int, str]:
    """Return the status and text of a page; (0, "") while nothing listens."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def live_processes(group: int) -> list[int]:
    """Return the ids of the processes of a session, without zombies."""
    return [pid for pid, fields in _stat_fields() if int(fields[3]) == group and fields[0] != "Z"]


def children_of(pid: int) -> list[int]:
    """Return the ids of a process's children, the oldest first."""
    found = [(int(fields[19]), child) for child, fields in _stat_fields() if int(fields[1]) == pid]
    return [child for _, child in sorted(found)]


def _stat_fields() -> Iterator[tuple[int, list[str]]]:
    """Yield the id of each process and its fields of /proc/PID/stat after the name, see proc_pid_stat(5)."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            yield int(path.parent.name), path.read_text("latin-1").rpartition(")")[2].split()
