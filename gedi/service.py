"""``gedi run`` as a process tree: this process polls, a child serves the site, and neither outlives the other."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from aggregator.config.load import Config, follow_lists
from aggregator.config.watcher import CHECK_EVERY, ConfigState, ConfigWatcher, log_change
from aggregator.runtime import event_loop
from aggregator.runtime.forked_process import ChildProcess, ForkedProcess, end_with_parent
from aggregator.runtime.process_memory import freeze_gc, limit_malloc_arenas
from gedi import logs, systemd_notify
from gedi.site_probe import site_answers

if TYPE_CHECKING:  # the site starts while the rest is imported
    from aggregator.polling.environment import WorkerEnvironment
    from aggregator.scheduler import Worker
    from aggregator.store import Store

log = logging.getLogger("gedi.service")

SITE_STOP_TIMEOUT = 6.0  # seconds between SIGTERM and SIGKILL for the site
HANG_CHECK = 10.0  # seconds between two looks at a site that runs
HANG_FAILURES = 4  # unanswered checks in a row, of five seconds each, after which the site is started again
ANSWER_CHECK = 0.2  # seconds between two looks at what starts
LONGEST_SILENCE = 600.0  # seconds that the poller may be busy with one thing before it gives no more signs of life
RESTART_DELAY = 1.0  # seconds; doubles up to a minute while the site keeps failing
WITH_POLLER_VARIABLE = "GEDI_BESIDE_WORKER"  # tells the site that the process beside it logs config changes
SHARED_MODULES = (  # of the poller and the site
    "aggregator.store",
    "aggregator.store.related_items",
    "aggregator.publishing.render",
)
READING_MODULES = ("aggregator.intake.digest", "aggregator.intake.story_placement")  # of the poller and the readers
FREEZE_GC_AFTER = 30.0  # seconds after the start: by then everything is loaded, and most of it stays


class SiteProcess:
    """The child process that serves the site; restarted if it ends."""

    def __init__(self, config: Config) -> None:
        self._address = config.path.absolute(), config.web.host, config.web.port
        self._process: ChildProcess | None = None

    def fork(self) -> None:
        """Start the site with the memory that this process, which must have a single thread, has filled so far."""
        self._process = ForkedProcess.start(partial(self._serve, os.getpid()))

    def _serve(self, parent: int) -> None:
        from gedi import site_server

        end_with_parent(parent)
        os.environ.pop(systemd_notify.SOCKET_VARIABLE, None)  # this process speaks for both
        os.environ[WITH_POLLER_VARIABLE] = "1"
        site_server.serve(*self._address)

    def _execute(self) -> None:
        """Start the site as a new interpreter."""
        command = [sys.executable, "-m", "gedi.site_server", *map(str, self._address)]
        environment = {**os.environ, WITH_POLLER_VARIABLE: "1"}
        environment.pop(systemd_notify.SOCKET_VARIABLE, None)
        self._process = subprocess.Popen(
            command,
            preexec_fn=partial(end_with_parent, os.getpid()),
            stdin=subprocess.DEVNULL,
            env=environment,
        )

    async def answers(self, stop: asyncio.Event) -> None:
        """Return as soon as the site responds, or when ``stop`` is set."""
        while not stop.is_set() and not await asyncio.to_thread(site_answers, *self._address[1:]):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), ANSWER_CHECK)

    async def watch(self, stop: asyncio.Event, on_hang: Callable[[], Awaitable[None]]) -> None:
        """Restart the site when it ends or no longer responds, until ``stop`` is set.

        ``on_hang`` is called when it did not respond.
        """
        pause, next_check, failures = RESTART_DELAY, 0.0, 0
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            if stop.is_set() or self._process is None:
                continue
            if self._process.poll() is not None:
                log.error("site_exited status=%s", self._process.returncode)
                pause, failures = min(pause * 2, 60.0), 0
                with _tried_again():
                    self._execute()
            elif loop.time() >= next_check:
                next_check = loop.time() + HANG_CHECK
                with _tried_again():
                    failures = 0 if await asyncio.to_thread(site_answers, *self._address[1:]) else failures + 1
                    if failures >= HANG_FAILURES:
                        log.error("site_hung checks=%d", failures)
                        await asyncio.to_thread(self.kill)
                        await on_hang()

    def kill(self) -> None:
        """End the site at once; its worker ends with it."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(SITE_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def _tried_again() -> Iterator[None]:
    """Log what fails for want of memory, threads or handles: the next round tries it again."""
    try:
        yield
    except (OSError, RuntimeError, MemoryError, subprocess.SubprocessError) as error:
        log.error("site_not_restarted error=%r", error)


def run(config: Config, open_store: Callable[[], Store], *, clock: Callable[[], datetime], with_site: bool) -> int:
    """Poll (and serve) until SIGTERM or SIGINT. Returns the exit status.

    What the site needs is loaded first and shared with it, then what the reading processes need. The store is opened
    when they have started: a connection to a database must not be inherited.
    """
    limit_malloc_arenas()
    load_shared_modules()
    site = SiteProcess(config) if with_site else None
    if site:
        site.fork()
    _load(READING_MODULES)
    from aggregator.polling.environment import WorkerEnvironment
    from aggregator.runtime.worker_process import ServerProcess

    environment = WorkerEnvironment(clock, fork_server=ServerProcess.fork())
    try:
        store = open_store()
        config = follow_lists(config, store)
        event_loop.run(_run_worker(config, store, environment, site))
        store.close()
    finally:
        if site:
            site.stop()
    return 0


def load_shared_modules() -> None:
    """Import what the poller and the site share."""
    _load(SHARED_MODULES)


def _load(modules: Iterable[str]) -> None:
    """Import what forked processes will share."""
    for name in modules:
        importlib.import_module(name)
    freeze_gc(collect=False)


async def _run_worker(config: Config, store: Store, environment: WorkerEnvironment, site: SiteProcess | None) -> None:
    from aggregator.scheduler import Worker

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.call_later(FREEZE_GC_AFTER, freeze_gc)
    worker = Worker(config, store, environment)
    tasks = [asyncio.create_task(_follow_config(config, worker, store, environment.clock, stop))]
    if site:
        tasks.append(asyncio.create_task(site.watch(stop, worker.note_site_restart)))
    tasks.append(asyncio.create_task(_notify_supervisor(worker, site, stop)))
    try:
        await worker.run(stop)
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def _notify_supervisor(worker: Worker, site: SiteProcess | None, stop: asyncio.Event) -> None:
    """Tell systemd when the poller runs and the site responds, then that the poller is alive, then that it stops."""
    if not os.environ.get(systemd_notify.SOCKET_VARIABLE):
        return
    interval = systemd_notify.watchdog_interval()
    while not worker.is_started and not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), ANSWER_CHECK)
    if site:
        await site.answers(stop)
    if not stop.is_set():
        systemd_notify.notify(systemd_notify.READY)
    while not stop.is_set():
        if interval and worker.seconds_since_heartbeat() < LONGEST_SILENCE:
            systemd_notify.notify(systemd_notify.WATCHDOG)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), interval)
    systemd_notify.notify(systemd_notify.STOPPING)


async def _follow_config(
    config: Config, worker: Worker, store: Store, clock: Callable[[], datetime], stop: asyncio.Event
) -> None:
    """Apply valid changes of config.toml to the worker, until ``stop`` is set."""
    from aggregator.jobs.heartbeat import record_config_state

    watch = ConfigWatcher(config, clock, followed=store)
    recorded: ConfigState | None = None
    pending: Config | None = None  # valid, and not applied yet
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), CHECK_EVERY)
        try:
            before, old = watch.state, watch.config
            new = await asyncio.to_thread(watch.poll)  # a network drive may block
            log_change(watch, before, new, old)
            pending = new or pending
            if pending is not None and not stop.is_set():
                logs.register_secrets(pending.secrets)
                await worker.apply_config(pending)
                pending = None
            if watch.state is not recorded:
                recorded = watch.state
                await asyncio.to_thread(record_config_state, store, recorded, watch.config, clock())
        except Exception:
            log.exception("config_check_failed file=%s", config.path)


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
