"""Server processes for benchmarks, with requests to them and their CPU time."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit


@contextlib.contextmanager
def gedi(folder: Path, database: str, sources: str = "", command: str = "serve") -> Iterator[tuple[str, int]]:
    port = free_port()
    config = folder / f"{command}.toml"
    config.write_text(
        f"""[site]
url = "https://bench.example"
[database]
url = "{database}"
[web]
host = "127.0.0.1"
port = {port}
[polling]
interval = "1s"
minimum = "1s"
maximum = "1s"
spacing = "0s"
allow = ["127.0.0.0/8"]
{sources}"""
    )
    with run_server([sys.executable, "-m", "gedi", command, "--config", str(config)], port) as server:
        yield server


@contextlib.contextmanager
def run_server(command: list[str], port: int, **environ: str) -> Iterator[tuple[str, int]]:
    """Run a server process; yield its address and process id when it listens."""
    process = subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: _is_listening(port), 180.0)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("a server of the benchmark did not answer in time")
        time.sleep(0.02)


def get(url: str, headers: Sequence[tuple[str, str]] = ()) -> tuple[bytes, str]:
    """Return the body and ETag of a response."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)
    connection.request("GET", place.path, headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return body, answer.getheader("ETag", "")


def cpu(process: int) -> float:
    """Return the CPU seconds that a process and its children have used; 0 without a /proc file system."""
    total = 0.0
    for number in [process, *_children(process)]:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def _children(process: int) -> list[int]:
    found: list[int] = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for number in map(int, file.read_text().split()):
                found += [number, *_children(number)]
    return found
