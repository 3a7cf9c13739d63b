"""The parent's side of the child process that sends through Apprise (``apprise_child``)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aggregator.config.load import Config
from aggregator.messages import Message
from aggregator.messages import notifications as texts

LOAD_SECONDS = 60  # to load Apprise, on a busy machine
SEND_SECONDS = 45  # to send one message
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH")


class AppriseProcess:
    """Sends to one address; an async context manager. The process is started when it is needed.

    It gets the address by its stdin, so no list of processes shows it, and none of the secrets in the environment.
    """

    def __init__(self, url: str, config: Config) -> None:
        self._url, self._config = url, config
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def prepare(self) -> Message | None:
        """Load everything, so that ``send`` only sends; returns why the address cannot be used."""
        if self._process is not None:
            return None
        command = (sys.executable, "-m", "aggregator.notifications.apprise_child")
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment(self._config)
        )
        site = self._config.site
        answer = await self._ask({"url": self._url, "site": site.title, "site_url": site.url or ""}, LOAD_SECONDS)
        if isinstance(answer, Message):
            return answer
        return None if answer.get("ready") else self._failed(texts.BAD_ADDRESS(detail=str(answer.get("error"))))

    async def send(self, message_id: str, title: str, body: str) -> Message | None:
        """Send a message; returns why it failed."""
        if (problem := await self.prepare()) is not None:
            return problem
        answer = await self._ask({"id": message_id, "title": title, "body": body}, SEND_SECONDS)
        if isinstance(answer, Message):
            return answer
        return None if answer.get("sent") else self._failed(texts.REFUSED(detail=str(answer.get("error"))))

    def _failed(self, message: Message) -> Message:
        return message.map_text(self._config.redact)

    async def _ask(self, request: dict[str, Any], seconds: int) -> dict[str, Any] | Message:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                process.stdin.write(json.dumps(request).encode() + b"\n")
                await process.stdin.drain()
                line = await process.stdout.readline()
            answer: dict[str, Any] = json.loads(line)
            return answer
        except TimeoutError:
            await self._end()
            return texts.NO_ANSWER(seconds=seconds)
        except (ValueError, ConnectionError):
            await self._end()
            return texts.CRASHED(detail=f"exit status {process.returncode}")

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _environment(config: Config) -> dict[str, str]:
    """Return the environment of the child: without secrets, and with no proxy but that of ``[polling]``."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    proxy = config.polling.proxy
    return kept | ({"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "NO_PROXY": ""} if proxy else {"NO_PROXY": "*"})
