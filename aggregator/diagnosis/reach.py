"""What cannot be reached: hubs of publishers, targets of notifications, our own address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.config.load import Config
from aggregator.config.settings import PollingSettings
from aggregator.diagnosis.findings import Finding
from aggregator.fetching.fetcher import Fetcher
from aggregator.model import Failed
from aggregator.notifications.targets import targets_of
from aggregator.store import Store
from aggregator.texts import Phrase, counted, localize

MAX_HUBS = 20
TIMEOUT = timedelta(seconds=10)
_NO_ANSWER = {"dns", "connect", "tls", "timeout", "forbidden-address"}


@dataclass(frozen=True)
class _FetchSettings:
    """Those of [polling], without waiting for robots.txt or between requests."""

    polling: PollingSettings

    timeout = TIMEOUT
    spacing = timedelta(0)
    robots = False

    @property
    def per_host(self) -> int:
        return self.polling.per_host

    @property
    def max_bytes(self) -> int:
        return self.polling.max_bytes

    @property
    def allow(self) -> tuple[str, ...]:
        return self.polling.allow

    @property
    def sender(self) -> str | None:
        return self.polling.sender

    @property
    def proxy(self) -> str | None:
        return self.polling.proxy


class Reach:
    """The checks of what a store knows of others; ``hubs`` sends requests."""

    def __init__(self, config: Config, store: Store, clock: Callable[[], datetime]) -> None:
        self._config, self._store, self._clock = config, store, clock

    def hubs(self) -> Iterator[Finding]:
        """Yield hubs of current subscriptions that do not answer."""
        current = [each for each in self._store.subscriptions() if each.is_current]
        hubs = sorted({each.hub for each in current})[:MAX_HUBS]
        if not hubs:
            return
        for hub, failed in zip(hubs, asyncio.run(self._get(hubs)), strict=True):
            if failed is not None:
                count = sum(each.hub == hub for each in current)
                yield Finding(
                    "hubs",
                    counted(
                        count,
                        Phrase("the hub {hub} of {count} source does not answer: {reason}"),
                        Phrase("the hub {hub} of {count:,} sources does not answer: {reason}"),
                        hub=hub,
                        reason=localize(failed.reason),
                    ),
                    Phrase(
                        "nothing is lost: the sources are polled meanwhile; look at the network of this machine if it "
                        "is true of all hubs"
                    ),
                )

    async def _get(self, hubs: list[str]) -> list[Failed | None]:
        polling = self._config.polling
        settings = _FetchSettings(polling)
        async with Fetcher(settings, polling.user_agent or "Gedi", clock=self._clock) as fetcher:
            results = await asyncio.gather(*(fetcher.get(hub) for hub in hubs))
        return [result if isinstance(result, Failed) and result.kind in _NO_ANSWER else None for result in results]

    def notifications(self) -> Iterator[Finding]:
        """Yield targets of [[notify]] that fail."""
        targets = targets_of(self._config)
        states = self._store.target_states([target.key for target in targets])
        for target, state in zip(targets, states, strict=True):
            if state.failing_since is not None:
                text = counted(
                    state.waiting,
                    Phrase("{name} fails since {time:%Y-%m-%d %H:%M} UTC, {count} notice waits: {reason}"),
                    Phrase("{name} fails since {time:%Y-%m-%d %H:%M} UTC, {count:,} notices wait: {reason}"),
                    name=target.name,
                    time=state.failing_since,
                    reason=self._config.redact(localize(state.error or Phrase("for an unknown reason"))),
                )
                remedy = Phrase("mend its url or the service behind it, then gedi notify test {name}", name=target.name)
                yield Finding("notify", text, remedy)
