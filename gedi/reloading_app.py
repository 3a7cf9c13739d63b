"""The site that follows config.toml while it serves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from wsgiref.types import StartResponse, WSGIEnvironment

from aggregator.config.load import Config
from aggregator.config.watcher import ConfigState, ConfigWatch, appearance, watch_in_thread
from aggregator.store import Store
from gedi import logs

if TYPE_CHECKING:
    from web import Served
    from web.feeds.document_cache import Held
    from web.feeds.fast_path import Answers

BESIDE_WORKER = "GEDI_BESIDE_WORKER"  # set: the poller beside this process logs what becomes of config.toml


class LivePages:
    """A WSGI application made anew for each config that is taken; requests that run end with the old one."""

    def __init__(self, store: Store, config: Config, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._config = config
        self._clock = clock
        self._watch = ConfigWatch(config, clock)
        self._served = self._made(config)
        watch_in_thread(self._watch, self._take, quiet=BESIDE_WORKER in os.environ)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._served.application(environ, start_response)

    def held(self, path: str, *, ask: bool) -> Held | None:
        """The document at a feed's plain address, as ``Syndication.held`` has it now."""
        return self._served.feeds.held(path, ask=ask)

    @property
    def answers(self) -> Answers:
        return self._served.feeds.answers

    def _made(self, config: Config) -> Served:
        from web import create_served  # loads Flask

        state: Callable[[], ConfigState] = lambda: self._watch.state  # noqa: E731
        return create_served(self._store, config, clock=self._clock, config_state=state)

    def _take(self, config: Config) -> None:
        logs.hide(config.secrets)
        before, self._config = self._config, config
        self._served = self._made(config)
        if appearance(config) != appearance(before):
            self._store.drop_documents(list(self._store.all_documents()))  # there may be no poller to render them anew
