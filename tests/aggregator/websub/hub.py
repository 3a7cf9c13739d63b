"""A WebSub hub with its publisher, on a server of the standard library; correct unless a test configures a fault.

with Hub() as hub:
    hub.feed("/feed", document)          a feed that names this hub and itself
    ... hub.asked, hub.subscribers ...
    hub.push("/feed", document)          deliver to every subscriber; return the statuses
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, urlencode

from tests.aggregator.websub.local import Answering, Local

CHALLENGE = "a-challenge-nobody-guesses"
FEED = {"Content-Type": "application/rss+xml"}


@dataclass
class Subscriber:
    topic: str
    secret: str
    lease: int


@dataclass
class Hub(Local):
    """A hub. ``verify``: verify subscriptions; ``changes``: overridden parameters of the verification."""

    verify: bool = True
    status: int = 202
    lease: int = 600
    changes: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)  # to verifications
    subscribers: dict[str, Subscriber] = field(default_factory=dict)  # by callback
    feeds: dict[str, bytes] = field(default_factory=dict)
    polls: int = 0

    def __enter__(self) -> Self:
        hub = self

        class Handler(Answering):
            def do_GET(self) -> None:
                hub.polls += 1
                body = hub.feeds.get(self.path)
                links = f'<{hub.url("/hub")}>; rel="hub", <{hub.url(self.path)}>; rel="self"'
                self.answer(404 if body is None else 200, body or b"", {"Link": links, **FEED})

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                request = {name: values[0] for name, values in form.items()}
                hub.asked.append(request)
                self.answer(hub.status, b"", FEED)
                if hub.verify and 200 <= hub.status < 300:
                    threading.Thread(target=hub.verify_intent, args=(request,), daemon=True).start()

        self.serve(Handler)
        return self

    def feed(self, path: str, body: bytes) -> str:
        self.feeds[path] = body
        return self.url(path)

    # ------------------------------------------------------------ towards subscribers
    def verify_intent(self, request: Mapping[str, str]) -> tuple[int, str]:
        """Verify the intent of the subscriber; on success store or delete the subscription."""
        mode, topic, callback = request["hub.mode"], request["hub.topic"], request["hub.callback"]
        query = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": CHALLENGE}
        if mode == "subscribe":
            query["hub.lease_seconds"] = str(self.lease)
        for _ in range(300):
            status, body = fetch(f"{callback}?{urlencode({**query, **self.changes})}")
            if status:
                break
            time.sleep(0.2)  # the subscriber is not ready: a correct hub tries again
        if 200 <= status < 300 and body == CHALLENGE:
            if mode == "subscribe":
                self.subscribers[callback] = Subscriber(topic, request.get("hub.secret", ""), self.lease)
            else:
                self.subscribers.pop(callback, None)
        self.answers.append((status, body))
        return status, body

    def deny(self, callback: str, topic: str, reason: str) -> int:
        query = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": reason}
        return fetch(f"{callback}?{urlencode(query)}")[0]

    def push(
        self,
        path: str,
        body: bytes,
        *,
        method: str = "sha256",
        signature: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[int]:
        """Deliver to every subscriber; return the statuses of the responses."""
        topic = self.url(path)
        return [
            deliver(callback, topic, self.url("/hub"), subscriber.secret, body, method, signature, headers)
            for callback, subscriber in list(self.subscribers.items())
            if subscriber.topic == topic
        ]


def deliver(
    callback: str,
    topic: str,
    hub: str,
    secret: str,
    body: bytes,
    method: str = "sha256",
    signature: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> int:
    """Deliver once, as a hub does."""
    digest = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    sent = {
        "Content-Type": "application/rss+xml",
        "Link": f'<{hub}>; rel="hub", <{topic}>; rel="self"',
        "X-Hub-Signature": f"{method}={digest}" if signature is None else signature,
        **(headers or {}),
    }
    return fetch(callback, body, sent)[0]


def fetch(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    request = urllib.request.Request(url, body, {name: value for name, value in (headers or {}).items() if value})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""
    except OSError:
        return 0, ""
