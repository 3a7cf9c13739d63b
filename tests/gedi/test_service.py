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

SUPERVISOR = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(99)'])"


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
        while len(live_processes(hung.pid)) < 2:
            await asyncio.sleep(0.02)
        for process in live_processes(hung.pid):
            os.kill(process, signal.SIGSTOP)
        await asyncio.wait_for(site.watch(stop, note), 10)

    asyncio.run(watch())
    assert (restarted, incidents, live_processes(hung.pid)) == ([1, 1], ["site"], [])
