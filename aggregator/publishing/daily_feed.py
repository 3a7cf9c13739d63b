"""The feeds of daily digests: an entry for each day, whose id and content stay as they were published."""

from __future__ import annotations

from datetime import datetime
from html import escape

from aggregator.config.load import Config
from aggregator.model.daily_digests import DailyDigest
from aggregator.publishing.daily_digest import digest_html, digest_title, digest_url
from aggregator.publishing.daily_selection import DAY, find_digests, latest_day, oldest_day
from aggregator.publishing.entries import tag_uri
from aggregator.store import Store
from feeds.model import Entry, Person
from feeds.write.escaping import escape_lookalike_markup

PREFIX = "daily/"  # of their names and listing keys
MAX_ENTRIES = 30
FIRST_ENTRIES = 7  # days for which digests are made when a feed is requested for the first time


def daily_entries(store: Store, config: Config, listing: str, now: datetime) -> list[Entry]:
    """Return the entries of the last days, latest first."""
    latest, oldest = latest_day(config, now), oldest_day(config, now)
    since = latest - (MAX_ENTRIES - 1) * DAY
    days = {latest - number * DAY for number in range(FIRST_ENTRIES)} | set(store.daily_digests(listing, since, latest))
    digests = find_digests(store, config, listing, {day for day in days if day >= oldest})
    return [_entry(digest, config) for digest in digests]


def _entry(digest: DailyDigest, config: Config) -> Entry:
    base, url = config.site.url or "", digest_url(digest, config)
    return Entry(
        id=tag_uri(base, f"daily/{digest.listing}/{digest.day.isoformat()}"),
        title=escape_lookalike_markup(digest_title(digest, config)),
        link=url,
        published=digest.published,
        updated=max(digest.published, digest.changed) if digest.changed else digest.published,
        authors=(Person(config.site.title, uri=base),),
        summary=_summary(digest),
        content=digest_html(digest, config),
    )


def _summary(digest: DailyDigest) -> str:
    return escape("；".join(story.title for story in digest.stories[:3]), quote=False)
