"""A worker that sends notifications, with a clock that tests set, and an SMTP server."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from aggregator.config.load import Config, parse_config
from aggregator.fetching.fetcher import Fetcher
from aggregator.jobs.notify import Notifier
from aggregator.model.notifications import TargetState
from aggregator.notifications.targets import targets_of
from aggregator.runtime.process_pool import ProcessPool
from aggregator.services import Tools
from aggregator.store import Store
from tests.aggregator.store.factories import NOW
from tests.gedi.processes import free_port

SECRET = "0123456789abcdef"
ALLOW = 'allow = ["127.0.0.0/8"]'


def config_of(targets: str, allow: str = ALLOW) -> Config:
    text = f"""
        [site]
        title = "Ludong News"
        url = "https://news.example"
        language = "en"
        timezone = "Asia/Shanghai"
        [polling]
        {allow}
        {targets}"""
    return parse_config(text.encode(), Path("/nowhere/config.toml"), {"HOOK_SECRET": SECRET})


def webhook(url: str, what: str, *settings: str) -> str:
    more = "\n".join(settings)
    return f'[[notify]]\nurl = "{url}"\nwhat = "{what}"\nsecret = "${{HOOK_SECRET}}"\n{more}\n'


@dataclass
class NotifyWorker:
    """Runs what a worker does for notifications whenever a test says so."""

    store: Store
    config: Config
    owner: str = "worker"
    now: datetime = NOW

    def work(self) -> None:
        asyncio.run(self._work())

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def states(self) -> list[TargetState]:
        return self.store.target_states([target.key for target in targets_of(self.config)])

    async def _work(self) -> None:
        notifier = Notifier()
        with ThreadPoolExecutor(1) as writer:
            async with Fetcher(self.config.polling, "Gedi", clock=lambda: self.now) as fetcher, ProcessPool(1) as pool:
                rng = random.Random(1)
                tools = Tools(self.config, self.store, fetcher, pool, writer, lambda: self.now, rng, self.owner)
                notifier._targets = targets_of(self.config) if self._knows_all() else ()
                await notifier.drain(tools)
                await notifier.stop()

    def _knows_all(self) -> bool:
        """Return whether the targets are stored: a worker looks at them only when its config changes."""
        return all(state.since is not None for state in self.states())


@dataclass
class MailServer:
    """A real SMTP server; ``reject`` refuses the next messages."""

    mails: list[EmailMessage] = field(default_factory=list)
    reject: int = 0
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # named by aiosmtpd
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        self.mails.append(mail)
        if self.reject:
            self.reject -= 1
            return "451 try again later"
        return "250 accepted"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    handler = MailServer()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    handler.port = controller.port
    try:
        yield handler
    finally:
        controller.stop()
