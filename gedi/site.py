"""The site as a server process runs it. The one door to granian.

Granian's own process only looks after the one that runs our code, so this file loads nothing of ours until it is there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

CONFIG_VARIABLE = "GEDI_CONFIG"  # how the server's worker process learns which config to serve


def create() -> Callable[..., Any]:
    """Granian's worker calls this once: the WSGI application of the config named in the environment."""
    from aggregator.allocator import keep_small
    from aggregator.config import load
    from aggregator.store import Store
    from gedi import logs
    from gedi.live import LivePages

    keep_small()
    logs.set_up()
    config = load(Path(os.environ[CONFIG_VARIABLE]))
    logs.hide(config.secrets)
    return LivePages(Store.open(config.database_url, migrate=False), config)


def serve(config: Path, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Two processes: granian's own, and the one that runs our code."""
    os.environ[CONFIG_VARIABLE] = str(config.absolute())
    server = Granian(
        "gedi.site:create",
        address=host,
        port=port,
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


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
