"""The site as a server process: the only importer of granian.

Granian's main process only supervises the worker, so this module imports hardly anything else of Gedi until the worker
calls ``create``.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from gedi import systemd_notify

CONFIG_VARIABLE = "GEDI_CONFIG"  # path of config.toml, for the worker
SUPERVISOR_VARIABLE = "GEDI_SITE_SUPERVISOR"  # process id of granian's main process, for the worker
SWITCH_INTERVAL = 0.001  # seconds that a thread rendering a page may keep the others waiting
MAX_OPEN_FILES = 16_384
THREADS = 8  # threads that run Python, twice as many as may wait for a body (web.body_limit)
MOST_CONNECTIONS = 4000  # concurrent connections; more wait in the backlog
BACKLOG = 1024
HEADER_TIMEOUT = 30_000  # milliseconds for the head of a request, and for the next one on an idle connection
LONGEST_HEAD = 64 * 1024  # bytes
STOPS_WITHIN = 3  # seconds between SIGTERM and SIGKILL for the worker


def create() -> Callable[..., Any]:
    """Return the WSGI application of the config named in the environment. Called once, in granian's worker."""
    from aggregator.config.load import read_config
    from aggregator.runtime.clock import now_utc
    from aggregator.runtime.forked_process import end_with_parent
    from aggregator.runtime.process_memory import limit_malloc_arenas
    from aggregator.store import Store
    from gedi import logs
    from gedi.reloading_app import ReloadingApp
    from gedi.site_probe import site_answers

    end_with_parent(int(os.environ[SUPERVISOR_VARIABLE]))
    limit_malloc_arenas()
    sys.setswitchinterval(SWITCH_INTERVAL)
    _allow_open_files()
    logs.configure()
    config = read_config(Path(os.environ[CONFIG_VARIABLE]))
    logs.register_secrets(config.secrets)
    database = config.database
    store = Store.open(
        config.database_url,
        migrate=False,
        timeout=database.site_timeout,
        read_url=database.read_url,
        max_lag=database.max_lag,
    )
    application = ReloadingApp(store, config, now_utc)
    systemd_notify.notify(systemd_notify.READY)  # the socket listens already
    systemd_notify.watch_in_thread(partial(site_answers, config.web.host, config.web.port))
    return application


def serve(config: Path, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Two processes: granian's supervisor and the worker that runs our code."""
    os.environ[CONFIG_VARIABLE] = str(config.absolute())
    os.environ[SUPERVISOR_VARIABLE] = str(os.getpid())
    server = Granian(
        "gedi.site_server:create",
        address=_ip_address(host),
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT, max_buffer_size=LONGEST_HEAD),
        workers=1,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        backpressure=MOST_CONNECTIONS,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=STOPS_WITHIN,
        factory=True,
    )
    server.on_shutdown(partial(systemd_notify.notify, systemd_notify.STOPPING))
    server.serve()


def _ip_address(host: str) -> str:
    """Return the numeric address of a host: granian takes no names."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return str(socket.getaddrinfo(host, None, family, socket.SOCK_STREAM)[0][4][0])


def _allow_open_files() -> None:
    """Raise the soft limit of open files, as each connection takes a descriptor."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MAX_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
