"""Tell systemd the state of the service (sd_notify(3)), in units with ``Type=notify``.

Without NOTIFY_SOCKET in the environment nothing is sent.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable

READY, STOPPING, WATCHDOG = "READY=1", "STOPPING=1", "WATCHDOG=1"
SEND_TIMEOUT = 0.5  # seconds; systemd reads at once
SOCKET_VARIABLE = "NOTIFY_SOCKET"


def notify(state: str) -> None:
    """Send a state. An error is ignored: the service does not depend on its supervisor."""
    address = os.environ.get(SOCKET_VARIABLE)
    if not address:
        return
    if address.startswith("@"):  # in the abstract namespace
        address = "\0" + address[1:]
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel,
    ):
        channel.settimeout(SEND_TIMEOUT)
        channel.connect(address)
        channel.send(state.encode())


def watchdog_interval() -> float | None:
    """Return the seconds between two signs of life, a third of ``WatchdogSec=``; None: none are expected."""
    if not os.environ.get(SOCKET_VARIABLE):
        return None
    try:
        seconds = int(os.environ.get("WATCHDOG_USEC", "0")) / 3_000_000
    except ValueError:
        return None
    return seconds if seconds > 0 else None


def watch_in_thread(is_alive: Callable[[], bool]) -> None:
    """Send signs of life for the lifetime of the process, as long as ``is_alive`` returns true."""
    interval = watchdog_interval()
    if interval is None:
        return

    def run() -> None:
        while True:
            time.sleep(interval)
            if is_alive():
                notify(WATCHDOG)

    threading.Thread(target=run, name="watchdog", daemon=True).start()
