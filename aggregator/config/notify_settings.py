"""The model of ``[[notify]]``, and the parts of its values: what is sent, and quiet hours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from aggregator.config.setting_types import Duration, SettingsTable
from aggregator.texts import Phrase

WhatKind = Literal["incidents", "hot", "category", "region", "search", "daily"]
_WHAT = re.compile(
    r"(?P<word>incidents|hot)|(?P<kind>category|region|daily)/(?P<path>[a-z0-9/-]+)|search:(?P<query>.*\w.*)"
)
_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class What:
    """What a target is notified of. ``value`` is a category's path, a region's code, a search, or a listing such as
    "society/370400" or "all"."""

    kind: WhatKind
    value: str = ""


def parse_what(text: str) -> What:
    """Parse "incidents", "hot", "category/society", "region/370400", "daily/all" or "search:暴雨 -上海"."""
    match = _WHAT.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            Phrase(
                'write "incidents", "hot", "category/society", "region/370400", "daily/all" for the digest of each '
                "day, or "
                '"search:" and the words of a search'
            )
        )
    if match["word"]:
        return What("hot" if match["word"] == "hot" else "incidents")
    if match["kind"]:
        kinds: dict[str, WhatKind] = {"region": "region", "category": "category", "daily": "daily"}
        return What(kinds[match["kind"]], match["path"])
    return What("search", match["query"].strip())


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of each day in which nothing is sent; they may include midnight."""

    start: time
    end: time

    def end_after(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the quiet hours that include ``now`` end; None outside of them."""
        local = now.astimezone(zone)
        clock = local.time().replace(tzinfo=None)
        has_begun, has_ended = clock >= self.start, clock >= self.end
        is_within_day = self.start < self.end
        is_quiet = (has_begun and not has_ended) if is_within_day else (has_begun or not has_ended)
        if not is_quiet:
            return None
        day = local.date() + timedelta(days=1 if clock >= self.end else 0)
        return datetime.combine(day, self.end, zone).astimezone(now.tzinfo)

    def last_end(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return when the quiet hours ended last, at or before ``now``."""
        local = now.astimezone(zone)
        day = local.date() - timedelta(days=0 if local.time().replace(tzinfo=None) >= self.end else 1)
        return datetime.combine(day, self.end, zone).astimezone(now.tzinfo)


def parse_quiet(text: str) -> QuietHours:
    """Parse "22:00-07:00"."""
    match = _QUIET.fullmatch(text.strip())
    if match is None or match[1] + match[2] == match[3] + match[4]:
        raise ValueError(Phrase('write the quiet hours as "22:00-07:00"'))
    return QuietHours(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])))


def _what(value: str) -> str:
    parse_what(value)
    return value


def _quiet(value: str) -> str:
    parse_quiet(value)
    return value


def _target_url(value: str) -> str:
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://\S", value):
        raise ValueError(Phrase('write an address such as "https://example.org/hook" or "ntfys://ntfy.sh/topic"'))
    return value


class NotifyConfig(SettingsTable):
    """A target that is notified. Each of its stories is sent once, and not again for further reports."""

    url: Annotated[str, AfterValidator(_target_url)] = Field(
        repr=False,
        description='where to send to, as "${NAME}" from the environment: an http or https address gets signed JSON '
        "(a webhook), wecombot, dingtalk, feishu, tgram, ntfy, bark, mailto and others go through Apprise; the "
        "addresses that 企业微信, 钉钉 and 飞书 show for a robot can be used as they are",
    )
    what: Annotated[str, AfterValidator(_what)] = Field(
        description='"incidents" (of sources and of the service), "hot", "category/society", "region/370400", '
        '"search:暴雨 -上海", or the digest of each day: "daily/all", "daily/society", "daily/society/370400"'
    )
    name: str | None = Field(
        None,
        pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$",
        description="name in gedi notify, on /status and in the log; a target keeps its state while its name and "
        "what stay the same; unset: derived from url",
    )
    secret: str | None = Field(
        None, min_length=16, repr=False, description="key of the signature of a webhook, which requires it"
    )
    outlets: int = Field(
        1, ge=1, le=100, description="only stories that so many outlets have reported; hot: two at least"
    )
    batch: Annotated[Duration, Field(le=timedelta(days=1))] = Field(
        timedelta(0), description="wait so long for further stories, and send them in one message; 0s: one for each"
    )
    most_per_hour: int = Field(
        20, ge=1, le=1000, description="maximum messages an hour; the last one has all further stories"
    )
    quiet: Annotated[str, AfterValidator(_quiet)] | None = Field(
        None, description='hours of the site\'s time zone without messages, as "22:00-07:00"; then one has all of them'
    )
    language: str | None = Field(None, min_length=2, description="language of the messages; unset: the site's")
