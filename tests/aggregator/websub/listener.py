"""Callbacks of subscribers, on a server of the standard library; each path is one subscriber.

with Listener() as listener:
    listener.wants[path] = {topic}        what it confirms
    ... listener.got[path]                deliveries: (headers, body)
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.aggregator.websub.local import Answering, Local


@dataclass
class Listener(Local):
    """The callbacks. ``status``: response to deliveries by path, 202 by default."""

    status: dict[str, int] = field(default_factory=dict)
    echo: Callable[[str], str] = lambda challenge: challenge
    confirms: int = 200  # the status with which it repeats a challenge
    moved: dict[str, str] = field(default_factory=dict)  # redirects (307) by path
    slow: dict[str, float] = field(default_factory=dict)  # seconds, by path
    order: list[str] = field(default_factory=list)  # of deliveries, in the order of their ends
    wants: dict[str, set[str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    got: dict[str, list[tuple[dict[str, str], bytes]]] = field(default_factory=lambda: defaultdict(list))
    running: int = 0
    most_running: int = 0  # maximum number of concurrent deliveries to one path

    def __enter__(self) -> Self:
        listener = self

        class Handler(Answering):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path in listener.moved:
                    self.answer(307, b"", {"Location": f"{listener.moved[parts.path]}?{parts.query}"})
                    return
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                listener.asked.append(query | {"path": parts.path})
                meant = query.get("hub.topic") in listener.wants.get(parts.path, ())
                meant |= query.get("hub.mode") == "unsubscribe"
                said = listener.echo(query["hub.challenge"]) if meant else ""
                self.answer(listener.confirms if meant else 404, said.encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    listener.running += 1
                    listener.most_running = max(listener.most_running, listener.running)
                time.sleep(listener.slow.get(self.path, 0.0))
                with lock:
                    listener.running -= 1
                    listener.order.append(self.path)
                    got = listener.got[self.path]
                    got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                if self.path in listener.moved:
                    self.answer(307, b"", {"Location": listener.moved[self.path]})
                else:
                    self.answer(listener.status.get(self.path, 202), b"")

        lock = threading.Lock()
        self.serve(Handler)
        return self
