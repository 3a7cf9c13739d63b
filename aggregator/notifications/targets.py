"""The targets of the config, with keys that contain no secret."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from aggregator.config.load import Config
from aggregator.config.notify_settings import NotifyConfig, QuietHours, What, parse_quiet, parse_what
from aggregator.config.service_addresses import is_webhook, service_address
from aggregator.messages.rendering import ENGLISH, SOURCE_LANGUAGE
from aggregator.model.notifications import DAILY, NewNotice, WatchedTarget
from aggregator.publishing.daily_selection import latest_day, publication_time

HOT_OUTLETS = 2


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send what, and when."""

    key: str  # in the store
    name: str
    url: str = field(repr=False)
    secret: str | None = field(repr=False)
    is_webhook: bool
    what: What
    outlets: int  # that have to have reported a story
    batch: timedelta
    most_per_hour: int
    quiet: QuietHours | None
    zone: ZoneInfo
    language: str  # of messages.rendering

    def watched(self, config: Config, now: datetime) -> WatchedTarget:
        """Return what the store has to know of it."""
        if self.what.kind == "daily":
            return WatchedTarget(self.key, None, latest=_latest_digest(config, now))
        return WatchedTarget(self.key, self.listing, self.outlets)

    @property
    def listing(self) -> str | None:
        """Return the listing whose journal is read; None if there is none."""
        listings = {"category": self.what.value, "region": f"all/{self.what.value}", "hot": "all", "search": "all"}
        return listings.get(self.what.kind)

    @property
    def kind(self) -> str:
        """Return the service: the scheme of its address."""
        return "webhook" if self.is_webhook else self.url.partition("://")[0].lower()


def targets_of(config: Config) -> tuple[Target, ...]:
    """Return the targets of the config, in order."""
    return tuple(_build_target(each, config) for each in config.settings.notify)


def _build_target(settings: NotifyConfig, config: Config) -> Target:
    # Secrets count by their names: a new token does not make a new target, and the store learns nothing of it.
    identity = settings.name or config.redact(settings.url)
    key = sha256(f"{identity}\n{settings.what}".encode()).hexdigest()[:16]
    what = parse_what(settings.what)
    is_hook = is_webhook(settings.url)
    url = service_address(settings.url)
    kind = "webhook" if is_hook else re.sub(r"[^a-z0-9]", "", url.partition("://")[0].lower())
    return Target(
        key=key,
        name=settings.name or f"{kind}-{key[:6]}",
        url=url,
        secret=settings.secret,
        is_webhook=is_hook,
        what=what,
        outlets=max(settings.outlets, HOT_OUTLETS) if what.kind == "hot" else settings.outlets,
        batch=settings.batch,
        most_per_hour=settings.most_per_hour,
        quiet=parse_quiet(settings.quiet) if settings.quiet else None,
        zone=ZoneInfo(config.site.timezone),
        language=_language(settings.language or config.site.language),
    )


def _latest_digest(config: Config, now: datetime) -> NewNotice:
    day = latest_day(config, now)
    return NewNotice(f"{DAILY}{day.isoformat()}", publication_time(config, day))


def _language(tag: str) -> str:
    """Return the language of the messages for a language tag."""
    parts = tag.lower().replace("_", "-").split("-")
    if parts[0] != "zh":
        return ENGLISH
    return "zh-TW" if {"tw", "hk", "mo", "hant"} & set(parts) else SOURCE_LANGUAGE
