"""Waits that publishers ask for; each can only lengthen a wait, within bounds. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aggregator.fetching.headers import freshness_lifetime, retry_after
from aggregator.messages import Message, poll_reasons
from aggregator.polling.publishing_profile import PublishingProfile
from feeds.model import WEEKDAYS

_ALL_HOURS = (1 << 24) - 1
_MAX_UPDATE_INTERVAL = 366 * 86400


@dataclass(frozen=True, slots=True)
class Hint:
    """A minimum wait and its reason; ``why`` None: the configured minimum."""

    min_wait: timedelta
    why: Message | None = None


def min_wait(
    headers: Mapping[str, str], profile: PublishingProfile, minimum: timedelta, maximum: timedelta, now: datetime
) -> Hint:
    """Return the longest requested wait with its reason.

    Cache-Control, Expires and the document's own interval (RSS ttl, sy:update*) count up to ``maximum``, Retry-After up
    to a day (RFC 9110 10.2.3).
    """
    wishes = [
        Hint(minimum),
        Hint(min(timedelta(seconds=profile.update_interval), maximum), poll_reasons.UPDATE_INTERVAL()),
        Hint(min(freshness_lifetime(headers, now) or timedelta(0), maximum), poll_reasons.FRESHNESS()),
        Hint(retry_after(headers, now) or timedelta(0), poll_reasons.RETRY_AFTER()),
    ]
    return max(wishes, key=lambda wish: wish.min_wait)


def skip_until(profile: PublishingProfile, moment: datetime, latest: datetime) -> datetime:
    """Return ``moment``, or the end of the skipped hours and days (GMT) it lies in, but not later than ``latest`` (RSS
    2.0 skipHours, skipDays).
    """
    at = moment.astimezone(UTC)
    while at < latest and _is_skipped(profile, at):
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return max(moment, min(at, latest)) if at > moment else moment


def _is_skipped(profile: PublishingProfile, at: datetime) -> bool:
    return bool(profile.skip_hours >> at.hour & 1 or profile.skip_days >> at.weekday() & 1)


def apply_hints(
    profile: PublishingProfile, seconds: int | None, skip_hours: Sequence[int], skip_days: Sequence[str], entries: int
) -> PublishingProfile:
    """Return the profile with the hints of the last document; a 304 keeps those of the one before."""
    hours = sum(1 << hour for hour in set(skip_hours) if 0 <= hour < 24)
    days = sum(1 << WEEKDAYS.index(day) for day in set(skip_days) if day in WEEKDAYS)
    return replace(
        profile,
        document_entries=min(entries, 1_000_000),
        update_interval=min(max(seconds or 0, 0), _MAX_UPDATE_INTERVAL),
        skip_hours=0 if hours == _ALL_HOURS else hours,
        skip_days=0 if days == 0b1111111 else days,
    )
