"""Cleanup of processes and files that tests start, also if the test process is killed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def run_if_killed(script: str, *words: str) -> Iterator[None]:
    """Start a shell that runs ``script`` with ``words`` ($1, $2 …) if this process is killed inside the block.

    After a SIGKILL no ``finally`` runs, but the system closes the pipe that the shell reads from.
    """
    shell = subprocess.Popen(
        ["sh", "-c", f"read -r _\n{script}", "warden", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert shell.stdin is not None
    try:
        yield
    finally:
        shell.kill()
        shell.wait()
        shell.stdin.close()
