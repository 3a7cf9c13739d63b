"""The dependencies of every page, passed explicitly: store, config, gazetteer, clock and the shared cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aggregator.config.load import Config
from aggregator.config.watcher import ConfigState
from aggregator.reference.categories import Category, CategoryTree, top_category
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from web.i18n.times import Clock
from web.pictures.addresses import SECRET, PictureSigner
from web.request_limit import RequestLimit
from web.ttl_cache import TtlCache


@dataclass(frozen=True)
class Site:
    """The context of one running site. Immutable except for its cache."""

    store: Store
    config: Config
    gazetteer: Gazetteer
    now: Callable[[], datetime]
    cache: TtlCache = field(default_factory=TtlCache)
    config_state: Callable[[], ConfigState] = field(kw_only=True)  # returns the current state of config.toml

    @cached_property
    def signer(self) -> PictureSigner:
        """Return the maker of addresses of thumbnails."""
        return PictureSigner(self.store.secret(SECRET))

    @cached_property
    def search_limit(self) -> RequestLimit:
        """Return the counter of the searches of each client."""
        return RequestLimit(self.config.web.searches_per_minute)

    @cached_property
    def costly_limit(self) -> RequestLimit:
        """Return the counter of each client's requests for pages of decisions and of admins."""
        return RequestLimit(self.config.web.costly_per_minute)

    @property
    def title(self) -> str:
        """Return the configured title."""
        return self.config.site.title

    @property
    def fixed_language(self) -> str | None:
        """Return the language that config.toml sets for every reader, or None if each reader chooses."""
        settings = self.config.site
        return settings.language if "language" in settings.model_fields_set else None

    @property
    def url(self) -> str:
        """Return the public URL without a trailing slash; "" if none is configured."""
        return (self.config.site.url or "").rstrip("/")

    @property
    def tree(self) -> CategoryTree:
        """Return the category tree."""
        return self.config.category_tree

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the site."""
        return ZoneInfo(self.config.site.timezone)

    @property
    def tag_host(self) -> str:
        """Return the host name of the public URL, used in file names and identifiers."""
        return urlsplit(self.url).hostname or "localhost"

    def clock(self) -> Clock:
        """Return the clock of one response, fixed at the current time."""
        return Clock(self.now(), self.zone)

    def category(self, path: str | None) -> Category | None:
        """Return the category with ``path``, or None.

        For a subcategory that config.toml no longer defines, return its parent.
        """
        return (self.tree.get(path) or self.tree.get(top_category(path))) if path else None
