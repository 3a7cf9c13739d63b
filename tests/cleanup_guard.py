"""What tests start outlives them only until they end, however they end."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def warden(script: str, *words: str) -> Iterator[None]:
    """A shell that runs ``script`` over ``words`` ($1, $2 …) if this process is killed inside the block.

    No ``finally`` runs after a SIGKILL, but the pipe that the shell reads from is closed by the system.
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
