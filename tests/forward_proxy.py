"""A real forward proxy on 127.0.0.1 (RFC 9110 7.2 and 9.3.6): a tunnel for CONNECT, one forwarded request otherwise."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.servers import Server


@dataclass
class ForwardProxy(Server):
    """Connects to wherever it is told to. ``heads``: what clients said to it, and not through it."""

    heads: list[str] = field(default_factory=list)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            method, target, _ = head.split(" ", 2)
            parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
            far_reader, far_writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                far_writer.write(head.replace(target, parts.path or "/", 1).encode())
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
