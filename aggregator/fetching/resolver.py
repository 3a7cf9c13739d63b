"""Resolve host names without letting a slow name server block anything else.

The default thread pool has few threads, and the interpreter joins them at exit; a dead name server blocks each for ten
seconds and more. So every lookup has a daemon thread of its own, up to a limit.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any

_MAX_CONCURRENT = 128


class Resolver:
    """Resolves names with the system's resolver (hosts file, DNS)."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_MAX_CONCURRENT)

    async def resolve(self, host: str, port: int, family: int = 0) -> list[tuple[int, int, str]]:
        """Return (family, protocol, address) in the resolver's order. Raises OSError if there is none."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[tuple[int, int, str]]] = loop.create_future()

        def deliver(result: list[tuple[int, int, str]] | Exception) -> None:
            self._free.release()
            if answer.cancelled():
                return
            if isinstance(result, Exception):
                answer.set_exception(result)
            else:
                answer.set_result(result)

        def work() -> None:
            result = _getaddrinfo(host, port, family)
            with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
                loop.call_soon_threadsafe(deliver, result)

        threading.Thread(target=work, name="look-up", daemon=True).start()
        return await answer


def _getaddrinfo(host: str, port: int, family: int) -> list[tuple[int, int, str]] | Exception:
    try:
        found: list[Any] = socket.getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
    except (OSError, UnicodeError) as error:
        return error if isinstance(error, OSError) else socket.gaierror(socket.EAI_NONAME, str(error))
    # A link-local address with a zone is never public: the guard refuses it without the zone as well.
    return [(kind, protocol, where[0].partition("%")[0]) for kind, _, protocol, _, where in found]
