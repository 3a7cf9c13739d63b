"""``gedi run`` as a process tree: this process polls, a child serves the site, and neither outlives the other."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime

from aggregator.config.load import Config
from aggregator.config.watcher import CHECK_EVERY, ConfigState, ConfigWatcher, log_change
from aggregator.jobs.heartbeat import record_config_state
from aggregator.runtime.process_memory import freeze_gc, limit_malloc_arenas
from aggregator.scheduler import Worker, WorkerEnvironment
from aggregator.store import Store
from gedi import logs, reloading_app

log = logging.getLogger("gedi.service")

SITE_STOP_TIMEOUT = 6.0  # seconds between SIGTERM and SIGKILL for the site
RESTART_DELAY = 1.0  # seconds; doubles up to a minute while the site keeps failing
FREEZE_GC_AFTER = 30.0  # seconds after the start: by then everything is loaded, and most of it stays


class SiteProcess:
    """The child process that serves the site; restarted if it ends."""

    def __init__(self, config: Config) -> None:
        host_and_port = (config.web.host, str(config.web.port))
        self._command = [sys.executable, "-m", "gedi.site_server", str(config.path.absolute()), *host_and_port]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, reloading_app.WITH_POLLER_VARIABLE: "1"}
        self._process = subprocess.Popen(
            self._command, preexec_fn=_die_with_parent, stdin=subprocess.DEVNULL, env=environment
        )

    async def watch(self, stop: asyncio.Event) -> None:
        """Restart the site when it ends, until ``stop`` is set."""
        pause = RESTART_DELAY
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            if not stop.is_set() and self._process is not None and self._process.poll() is not None:
                log.error("site_exited status=%s", self._process.returncode)
                self.start()
                pause = min(pause * 2, 60.0)

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(SITE_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def run(config: Config, store: Store, *, clock: Callable[[], datetime], with_site: bool) -> int:
    """Poll (and serve) until SIGTERM or SIGINT. Returns the exit status."""
    limit_malloc_arenas()
    pages = SiteProcess(config) if with_site else None
    if pages:
        pages.start()
    try:
        asyncio.run(_run_worker(config, store, clock, pages))
    finally:
        if pages:
            pages.stop()
        store.close()
    return 0


async def _run_worker(config: Config, store: Store, clock: Callable[[], datetime], site: SiteProcess | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.call_later(FREEZE_GC_AFTER, freeze_gc)
    worker = Worker(config, store, WorkerEnvironment(clock))
    tasks = [asyncio.create_task(_follow_config(config, worker, store, clock, stop))]
    if site:
        tasks.append(asyncio.create_task(site.watch(stop)))
    try:
        await worker.run(stop)
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def _follow_config(
    config: Config, worker: Worker, store: Store, clock: Callable[[], datetime], stop: asyncio.Event
) -> None:
    """Apply valid changes of config.toml to the worker, until ``stop`` is set."""
    watch = ConfigWatcher(config, clock)
    recorded: ConfigState | None = None
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), CHECK_EVERY)
        try:
            before, old = watch.state, watch.config
            new = await asyncio.to_thread(watch.poll)  # a network drive may block
            if new is not None and not stop.is_set():
                logs.register_secrets(new.secrets)
                await worker.apply_config(new)
            log_change(watch, before, new, old)
            if watch.state is not recorded:
                recorded = watch.state
                await asyncio.to_thread(record_config_state, store, recorded, watch.config, clock())
        except Exception:
            log.exception("config_check_failed file=%s", config.path)


def prepare_database(url: str) -> None:
    """Migrate the schema in a short-lived process, because what that imports would stay in this one.

    Errors are not reported; whoever opens the database next meets them again.
    """
    if not hasattr(os, "fork"):
        return
    child = os.fork()
    if child == 0:
        try:
            from aggregator.store import Store

            Store.open(url).close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def port_is_free(host: str, port: int) -> bool:
    """Return whether the site can listen there; checked before anything starts, for a clear message."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _die_with_parent() -> None:
    """Linux: let the kernel stop the site when this process is killed (PR_SET_PDEATHSIG)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM)
