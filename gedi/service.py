"""``gedi run`` as a process tree: this process polls, a child serves the site, and neither outlives the other."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import signal
import socket
import subprocess
import sys
from pathlib import Path

from aggregator.config import Config
from aggregator.scheduler import Worker
from aggregator.store import Store

log = logging.getLogger("gedi.service")

SITE_STOPS_WITHIN = 6.0  # seconds between SIGTERM and SIGKILL for the site
RESTART_AFTER = 1.0  # seconds; doubles up to a minute while the site keeps dying


class Site:
    """The child process that serves the pages, started again should it die."""

    def __init__(self, config_path: Path) -> None:
        self._command = [sys.executable, "-m", "gedi", "serve", "--config", str(config_path.absolute())]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, preexec_fn=_die_with_parent, stdin=subprocess.DEVNULL)

    async def watch(self, stop: asyncio.Event) -> None:
        """Until ``stop``: restart the site when it ends by itself."""
        pause = RESTART_AFTER
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            if not stop.is_set() and self._process is not None and self._process.poll() is not None:
                log.error("site stopped status=%s restarting", self._process.returncode)
                self.start()
                pause = min(pause * 2, 60.0)

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(SITE_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def run(config: Config, store: Store, *, with_site: bool) -> int:
    """Poll (and serve) until SIGTERM or SIGINT. Returns the exit status."""
    site = Site(config.path) if with_site else None
    if site:
        site.start()
    try:
        asyncio.run(_work(config, store, site))
    finally:
        if site:
            site.stop()
        store.close()
    return 0


async def _work(config: Config, store: Store, site: Site | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    watching = asyncio.create_task(site.watch(stop)) if site else None
    try:
        await Worker(config, store).run(stop)
    finally:
        stop.set()
        if watching:
            await watching


def port_is_free(host: str, port: int) -> bool:
    """Can the site listen there? Asked before anything is started, so that the answer is a clear message."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _die_with_parent() -> None:
    """Linux: have the kernel stop the site when this process is killed outright (PR_SET_PDEATHSIG)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM)
