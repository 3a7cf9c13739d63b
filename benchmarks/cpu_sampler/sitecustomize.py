"""Sample where the CPU time of a Python process goes; active in every process with this folder in PYTHONPATH.

A thread reads the CPU clock of each thread every few milliseconds and charges what it used to the function of the
project that it is in. The sums are written as JSON to the folder GEDI_SAMPLES, once a second and at the end.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
from collections import Counter
from pathlib import Path
from time import sleep
from types import FrameType

INTERVAL = 0.004  # seconds
ROOT = f"{Path(__file__).parents[2]}/"
PACKAGES = tuple(f"{ROOT}{name}/" for name in ("gedi", "aggregator", "feeds", "web"))
IMPORTS = "<frozen importlib._bootstrap>"
START = "start of Python, imports"

_own: Counter[str] = Counter()  # thread TAB function -> nanoseconds, by the innermost function of the project
_inclusive: Counter[str] = Counter()  # the same, by each function of the project in the stack
_last: dict[int, int] = {}
_role = " ".join(sys.orig_argv[1:4])


def _sample() -> None:
    frames = sys._current_frames()
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        if frame is None or thread.name == "sampler":
            continue
        # After a fork, the main thread still has the number of the one that forked.
        number = os.getpid() if thread is threading.main_thread() else thread.native_id or 0
        try:
            with open(f"/proc/self/task/{number}/schedstat", encoding="ascii") as file:
                used = int(file.read().split()[0])
        except (OSError, IndexError):
            continue
        spent = used - _last.get(number, 0)
        _last[number] = used
        if spent > 0:
            _charge(thread.name, frame, spent)


def _charge(thread: str, frame: FrameType | None, spent: int) -> None:
    functions: list[str] = []
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(PACKAGES):
            functions.append(f"{name.removeprefix(ROOT)}:{frame.f_code.co_name}")
        elif name == IMPORTS:
            functions = [START]
        frame = frame.f_back
    _own[f"{thread}\t{functions[0] if functions else 'outside of the project'}"] += spent
    for function in {*functions}:
        _inclusive[f"{thread}\t{function}"] += spent


def _write() -> None:
    target = Path(os.environ["GEDI_SAMPLES"], f"{os.getpid()}.json")
    temporary = target.with_suffix(".part")
    temporary.write_text(json.dumps({"role": _role, "own": _own.copy(), "inclusive": _inclusive.copy()}))
    temporary.replace(target)


def _run() -> None:
    rounds = 0
    while True:
        sleep(INTERVAL)
        _sample()
        rounds += 1
        if rounds % 250 == 0:
            _write()


def _start() -> None:
    threading.Thread(target=_run, name="sampler", daemon=True).start()


def _start_in_child() -> None:
    """Go on in a forked process, whose sums begin at zero: the thread does not survive the fork."""
    global _role
    for sums in (_own, _inclusive, _last):
        sums.clear()
    _role = f"worker of {_role}"
    _start()


if "GEDI_SAMPLES" in os.environ:
    sys.setswitchinterval(0.001)
    _start()
    os.register_at_fork(after_in_child=_start_in_child)
    atexit.register(_write)
