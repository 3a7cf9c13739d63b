"""Who is at the other end of a pipe to the server behind, which sees only the near end of it.

Each pipe leaves from a loopback address of its own, by which the client's is found again.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

REMEMBERED = 20_000  # pipes, also of clients that are gone: what they asked may still wait to be answered
_OURS = range(1 << 16, 1 << 24)  # 127.1.0.0 to 127.255.255.255


class Peers:
    """Filled by one thread, read by many."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, str] = OrderedDict()
        self._numbers = itertools.cycle(number for number in _OURS if number & 255 not in (0, 255))

    def near_end(self, client: str) -> str:
        """An address of loopback that from now on stands for this client's."""
        number = next(self._numbers)
        address = f"127.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        self._clients[address] = client
        if len(self._clients) > REMEMBERED:
            self._clients.popitem(last=False)
        return address

    def client(self, address: str) -> str:
        """Whom an address stands for; empty: for one that was forgotten, so that no two of those seem different."""
        if address.startswith("127.") and not address.startswith("127.0."):
            return self._clients.get(address, "")
        return address

    def named(self, pages: WSGIApplication, port: int) -> WSGIApplication:
        """The application behind, told of the client and of the port that it asked."""

        def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            environ["REMOTE_ADDR"] = self.client(environ.get("REMOTE_ADDR", ""))
            environ["SERVER_PORT"] = str(port)
            return pages(environ, start_response)

        return application
