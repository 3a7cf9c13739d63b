"""Run a command and measure it with all its descendants: CPU, wall time, memory, and the CPU of each process."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

INTERVAL = 0.1  # seconds between samples
_TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(slots=True)
class ProcessUse:
    """What was last seen of a process: its role, CPU seconds, those of its threads, and its largest PSS in MB."""

    role: str
    cpu: float = 0.0
    threads: dict[str, float] = field(default_factory=dict)
    memory: float = 0.0


@dataclass(slots=True)
class TreeUse:
    """The use of a process tree: CPU seconds (user and system), wall seconds, and the largest sum of PSS in MB."""

    cpu: float = 0.0
    wall: float = 0.0
    memory: float = 0.0
    processes: dict[int, ProcessUse] = field(default_factory=dict)
    output: str = ""


def run_measured(command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> TreeUse:
    """Run a command in ``folder`` until it ends. Raises RuntimeError if it could not do its work (status above 1)."""
    use = TreeUse()
    _adopt_orphans()
    log = folder / "output"
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **(environ or {})}, stdout=output, stderr=subprocess.STDOUT
        )
        while True:
            number, status, spent = os.wait4(process.pid, os.WNOHANG)
            if number:
                break
            _sample(process.pid, use)
            time.sleep(INTERVAL)
        use.wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    use.cpu = spent.ru_utime + spent.ru_stime + sum(_reap(number) for number in use.processes)
    use.output = log.read_text("utf-8", "replace")
    if process.returncode > 1 or process.returncode < 0:
        raise RuntimeError(f"{command} ended with {process.returncode}: {use.output[-2000:]}")
    return use


def _adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends, so that their CPU is counted."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _reap(number: int) -> float:
    """Return the CPU seconds of a process that its parent did not wait for, when it has ended; otherwise 0."""
    with contextlib.suppress(ChildProcessError):
        spent = os.wait4(number, 0)[2]
        return spent.ru_utime + spent.ru_stime
    return 0.0


def _sample(root: int, use: TreeUse) -> None:
    memory = 0.0
    for number in process_tree(root):
        with contextlib.suppress(OSError):
            seen = use.processes.setdefault(number, ProcessUse(_role(number, root)))
            seen.cpu = _cpu(Path(f"/proc/{number}/stat"))
            for at, task in enumerate(sorted(Path(f"/proc/{number}/task").iterdir(), key=lambda path: int(path.name))):
                name = "main thread" if at == 0 else f"thread {at}"
                seen.threads[name] = _cpu(task / "stat")
            pss = _pss(number)
            seen.memory = max(seen.memory, pss)
            memory += pss
    use.memory = max(use.memory, memory)


def process_tree(root: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    yield root
    for file in Path(f"/proc/{root}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for number in file.read_text().split():
                yield from process_tree(int(number))


def _role(number: int, root: int) -> str:
    if number == root:
        return "main process"
    words = Path(f"/proc/{number}/cmdline").read_text().split("\0")
    return next((word for word in words if "." in word and "/" not in word), words[0])


def _cpu(stat: Path) -> float:
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _pss(number: int) -> float:
    """Return the proportional set size in MB."""
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{number}/smaps_rollup").read_text(), re.M)
    return int(found[1]) / 1024 if found else 0.0


def by_role(use: TreeUse) -> dict[str, list[ProcessUse]]:
    roles: dict[str, list[ProcessUse]] = defaultdict(list)
    for process in use.processes.values():
        roles[process.role].append(process)
    return roles
