"""How much of the processor another process had: on a crowded machine that is less than the time that passed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_STATE, _USER, _SYSTEM = 0, 11, 12  # fields of /proc/PID/stat behind the name, see proc_pid_stat(5)
_READY = ("R", "D", "T")  # runs, or would if it had a processor, its memory back from the disk, or were not stopped


class Had(NamedTuple):
    """Seconds of processor time since the process began, and whether it would use more just now."""

    seconds: float
    ready: bool


def had(pid: int) -> Had | None:
    """None where the system does not tell (it is no Linux), or the process is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    ticks = int(fields[_USER]) + int(fields[_SYSTEM])
    return Had(ticks / os.sysconf("SC_CLK_TCK"), fields[_STATE] in _READY)
