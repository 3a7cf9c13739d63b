"""The process that polls watches the one that serves the site."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.config.load import parse_config
from gedi import service
from tests.gedi.processes import live_processes

WORKER = "import time; time.sleep(99)"
SUPERVISOR = f"""
import os, subprocess, sys
from functools import partial
from aggregator.runtime.forked_process import end_with_parent
subprocess.run([sys.executable, "-c", {WORKER!r}], preexec_fn=partial(end_with_parent, os.getpid()))
"""


def test_a_site_that_hangs_is_replaced_with_its_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RESTART_DELAY", 0.05)
    monkeypatch.setattr(service, "HANG_CHECK", 0.0)
    monkeypatch.setattr(service, "site_answers", lambda host, port: bool(restarted))
    restarted: list[int] = []
    hung = subprocess.Popen([sys.executable, "-c", SUPERVISOR], start_new_session=True)
    site = service.SiteProcess(parse_config(b'[site]\ntitle = "x"\n', tmp_path / "config.toml", {}))
    monkeypatch.setattr(site, "_process", hung)
    stop = asyncio.Event()
    incidents: list[str] = []

    def execute() -> None:
        restarted.append(1)
        if len(restarted) == 1:
            raise MemoryError
        stop.set()

    monkeypatch.setattr(site, "_execute", execute)

    async def note() -> None:
        incidents.append("site")

    async def watch() -> None:
        while not any(WORKER in _words(process) for process in live_processes(hung.pid)):
            await asyncio.sleep(0.02)
        for process in live_processes(hung.pid):
            os.kill(process, signal.SIGSTOP)
        await asyncio.wait_for(site.watch(stop, note), 10)

    asyncio.run(watch())
    assert (restarted, incidents, live_processes(hung.pid)) == ([1, 1], ["site"], [])


def _words(process: int) -> list[str]:
    """Return the command line of a process."""
    return Path(f"/proc/{process}/cmdline").read_text().split("\0")
