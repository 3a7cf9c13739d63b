"""Run a command and measure it with all its descendants: CPU, wall time, memory, and the CPU of each process."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import select
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

INTERVAL = 0.2  # seconds between samples
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
    """The use of a process tree: CPU seconds (user and system), wall seconds, and the largest sum of PSS in MB.

    ``others`` is the number of CPUs that all other processes kept busy meanwhile.
    """

    cpu: float = 0.0
    wall: float = 0.0
    memory: float = 0.0
    others: float = 0.0
    processes: dict[int, ProcessUse] = field(default_factory=dict)
    output: str = ""


def run_measured(command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> TreeUse:
    """Run a command in ``folder`` until it ends. Raises RuntimeError if it fails."""
    use, log = TreeUse(), folder / "output"
    with log.open("wb") as output, _adopted_orphans():
        started, busy = time.perf_counter(), _busy_seconds()
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **(environ or {})}, stdout=output, stderr=subprocess.STDOUT
        )
        ended = os.pidfd_open(process.pid)
        while not select.select([ended], [], [], INTERVAL)[0]:
            _sample(process.pid, use)
        _, status, spent = os.wait4(process.pid, 0)
        use.wall = time.perf_counter() - started
        os.close(ended)
        use.cpu = spent.ru_utime + spent.ru_stime + sum(_reap(number) for number in use.processes)
        use.others = max(_busy_seconds() - busy - use.cpu, 0.0) / use.wall
    process.returncode = os.waitstatus_to_exitcode(status)
    use.output = log.read_text("utf-8", "replace")
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}: {use.output[-2000:]}")
    return use


@contextlib.contextmanager
def _adopted_orphans() -> Iterator[None]:
    """Become the parent of descendants whose parent ends, so that their CPU is counted."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0)


def _reap(number: int) -> float:
    """Wait for a process that its parent left to us. Returns its CPU seconds, 0 if its parent has waited for it."""
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
            pss = proportional_set_size(number)
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
    line = Path(f"/proc/{number}/cmdline").read_text()
    if line == Path(f"/proc/{root}/cmdline").read_text():
        return "forked from the main process"
    words = line.split("\0")
    return next((word for word in words if "." in word and "/" not in word), words[0])


def _cpu(stat: Path) -> float:
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _busy_seconds() -> float:
    """Return the CPU seconds that all processes of the machine have used."""
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / _TICKS


def proportional_set_size(number: int) -> float:
    """Return the proportional set size of a process in MB."""
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{number}/smaps_rollup").read_text(), re.M)
    return int(found[1]) / 1024 if found else 0.0


def by_role(use: TreeUse) -> dict[str, list[ProcessUse]]:
    roles: dict[str, list[ProcessUse]] = defaultdict(list)
    for process in use.processes.values():
        roles[process.role].append(process)
    return roles
