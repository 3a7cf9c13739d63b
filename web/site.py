"""What every page is made from, passed to each by hand: store, config, gazetteer, clock and the shared cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aggregator.config.load import Config
from aggregator.config.watcher import ConfigState
from aggregator.reference.categories import Category, CategoryTree
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from web.i18n.times import Clock
from web.ttl_cache import TtlCache


@dataclass(frozen=True)
class Site:
    """One running site. Frozen but for its cache."""

    store: Store
    config: Config
    gazetteer: Gazetteer
    now: Callable[[], datetime]
    cache: TtlCache = field(default_factory=TtlCache)
    config_state: Callable[[], ConfigState] = field(kw_only=True)  # of config.toml, now

    @property
    def title(self) -> str:
        return self.config.site.title

    @property
    def fixed_language(self) -> str | None:
        """The language that config.toml sets for all; None: each reader's own."""
        settings = self.config.site
        return settings.language if "language" in settings.model_fields_set else None

    @property
    def url(self) -> str:
        """The public address without a trailing slash."""
        return (self.config.site.url or "").rstrip("/")

    @property
    def tree(self) -> CategoryTree:
        return self.config.category_tree

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.site.timezone)

    @property
    def tag_host(self) -> str:
        return urlsplit(self.url).hostname or "localhost"

    def clock(self) -> Clock:
        """The time of one answer."""
        return Clock(self.now(), self.zone)

    def category(self, path: str | None) -> Category | None:
        """The category of a path; of a sub-category that config.toml has dropped, the one above it."""
        return (self.tree.get(path) or self.tree.get(path.partition("/")[0])) if path else None
