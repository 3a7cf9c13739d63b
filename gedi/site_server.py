"""The site as a server process runs it. The one door to granian, which listens behind ``gedi.front`` on loopback.

Granian's own process only looks after the one that runs our code, so this file loads nothing of ours until it is there.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

# How the server's worker process learns which config to serve, where, and where it is itself asked.
CONFIG_VARIABLE = "GEDI_CONFIG"
BEHIND = "127.0.0.1"
FRONT_VARIABLE = "GEDI_FRONT"  # "host port"
BEHIND_VARIABLE = "GEDI_BEHIND"  # a port of 127.0.0.1
SWITCH_INTERVAL = 0.001  # seconds for which a page that is made may keep the feeds' thread waiting
MAX_OPEN_FILES = 16_384


def create() -> Callable[..., Any]:
    """Granian's worker calls this once: the WSGI application of the config named in the environment. From then on the
    front listens, too."""
    from aggregator.config.load import read_config
    from aggregator.runtime.clock import now_utc
    from aggregator.runtime.process_memory import limit_malloc_arenas
    from aggregator.store import Store
    from gedi import logs
    from gedi.front import Front
    from gedi.reloading_app import ReloadingApp

    limit_malloc_arenas()
    sys.setswitchinterval(SWITCH_INTERVAL)
    _allow_open_files()
    logs.configure()
    config = read_config(Path(os.environ[CONFIG_VARIABLE]))
    logs.register_secrets(config.secrets)
    pages = ReloadingApp(Store.open(config.database_url, migrate=False), config, now_utc)
    host, _, port = os.environ[FRONT_VARIABLE].rpartition(" ")
    front = Front(pages, (host, int(port)), (BEHIND, int(os.environ[BEHIND_VARIABLE])), clock=now_utc)
    return front.peers.named(pages, int(port))


def serve(config: Path, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Two processes: granian's own, and the one that runs our code."""
    os.environ[CONFIG_VARIABLE] = str(config.absolute())
    os.environ[FRONT_VARIABLE] = f"{host} {port}"
    behind = _free_port()
    os.environ[BEHIND_VARIABLE] = str(behind)
    server = Granian(
        "gedi.site_server:create",
        address=BEHIND,
        port=behind,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        backpressure=256,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=4,
        factory=True,
    )
    server.serve()


def _free_port() -> int:
    with socket.create_server((BEHIND, 0)) as probe:
        number: int = probe.getsockname()[1]
        return number


def _allow_open_files() -> None:
    """A page's connection takes three descriptors: the client's, and both ends of its way to granian."""
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
