"""The site as a server process runs it. The one door to granian."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from aggregator.config import Config, load
from aggregator.store import Store
from web import create_wsgi

CONFIG_VARIABLE = "GEDI_CONFIG"  # how the server's worker process learns which config to serve


def create() -> Callable[..., Any]:
    """Granian's worker calls this once: the WSGI application of the config named in the environment."""
    config = load(Path(os.environ[CONFIG_VARIABLE]))
    return create_wsgi(Store.open(config.database_url, migrate=False), config)


def serve(config: Config) -> None:
    """Serve until SIGTERM or SIGINT. Two processes: granian's own, and the one that runs our code."""
    os.environ[CONFIG_VARIABLE] = str(config.path.absolute())
    server = Granian(
        "gedi.site:create",
        address=config.web.host,
        port=config.web.port,
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
