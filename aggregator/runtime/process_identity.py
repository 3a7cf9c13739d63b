"""Names of processes that are unique for ever, and whether a process of this machine still runs."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from secrets import token_hex
from typing import Literal

ProcessState = Literal["running", "gone", "unknown"]


def new_identity() -> str:
    """Return a name for this process: host, machine, process id, start time, and a random part."""
    return f"{socket.gethostname()}:{_machine()}:{os.getpid()}:{_start_time(os.getpid()) or 0}:{token_hex(4)}"


def state_of(identity: str) -> ProcessState:
    """Return whether the process of this name still runs; "unknown" if it is not one of this machine.

    Its start time tells it from a later process with the same id. A container is a machine of its own.
    """
    _, machine, process, started, _ = [*identity.rsplit(":", 4), "", "", "", ""][:5]
    if machine != _machine() or not process.isdigit() or not _is_told():
        return "unknown"
    return "running" if _start_time(int(process)) == int(started) else "gone"


def process_id(identity: str) -> str:
    """Return the process id in a name."""
    return identity.rsplit(":", 4)[2]


def _is_told() -> bool:
    return _start_time(os.getpid()) is not None


def _machine() -> str:
    """Return a name for this boot and this namespace of process ids; "?" where the system has none (not Linux)."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
        return f"{boot}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return "?"


def _start_time(process: int) -> int | None:
    """Return the start of a process in ticks since the boot; None if it does not run."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
