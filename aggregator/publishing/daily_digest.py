"""A day's digest as a title, HTML and plain text, for feeds and mail. The same digest gives the same text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

from aggregator.config.load import Config
from aggregator.model.daily_digests import DailyDigest, DigestStory
from aggregator.model.listing_keys import listing_key
from aggregator.publishing.daily_selection import find_digests, latest_day, split_listing
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store

SUMMARY_LABEL = "机器生成的摘要"
TITLE = "每日要闻"
MOST_NAMED = 5  # outlets of a story; the others are counted


@dataclass(frozen=True, slots=True)
class DigestText:
    """A digest to send: ``html`` is a fragment of safe HTML with absolute addresses, ``url`` the page of the digest."""

    title: str
    html: str
    text: str
    url: str


def build_digest(
    store: Store,
    config: Config,
    day: date | None,
    category: str | None,
    region: str | None,
    now: datetime,
) -> DigestText | None:
    """Return the digest of a day (None: the latest) in a category, a region, both or neither.

    None if it is not published yet, or if nothing was reported.
    """
    latest = latest_day(config, now)
    if day is not None and day > latest:
        return None
    found = find_digests(store, config, listing_key(category, region), [day or latest])
    return digest_text(found[0], config) if found else None


def digest_text(digest: DailyDigest, config: Config) -> DigestText:
    """Return a digest as title, HTML and plain text."""
    return DigestText(
        digest_title(digest, config), digest_html(digest, config), _plain(digest, config), digest_url(digest, config)
    )


def digest_title(digest: DailyDigest, config: Config) -> str:
    """Return a title such as 山东社会每日要闻：5月4日."""
    return f"{digest_name(digest.listing, config)}：{digest.day.month}月{digest.day.day}日"


def digest_name(listing: str, config: Config) -> str:
    """Return the name of the digests of a listing, such as 山东社会每日要闻."""
    category, region = split_listing(config, listing) or (None, None)
    node = config.category_tree.get(category) if category else None
    place = Gazetteer.load().get(region) if region else None
    return "".join([place.name if place else "", node.name if node else "", TITLE])


def digest_page(listing: str, config: Config, day: date | None = None) -> str:
    """Return the path of the page of a digest, or of the latest one."""
    category, region = split_listing(config, listing) or (None, None)
    query = "&".join(f"{name}={value}" for name, value in (("category", category), ("region", region)) if value)
    return f"/daily{f'/{day.isoformat()}' if day else ''}{f'?{query}' if query else ''}"


def digest_url(digest: DailyDigest, config: Config) -> str:
    """Return the address of the page of a digest."""
    return f"{config.site.url or ''}{digest_page(digest.listing, config, digest.day)}"


def digest_html(digest: DailyDigest, config: Config) -> str:
    """Return a digest as a fragment of HTML: the summary, if there is one, and the list of its stories."""
    rows = "".join(f"<li>{_story_html(story, digest, config)}</li>" for story in digest.stories)
    summary = f"<p><strong>{SUMMARY_LABEL}：</strong>{escape(digest.summary)}</p>" if digest.summary else ""
    return f"{summary}<ol>{rows}</ol>"


def _story_html(story: DigestStory, digest: DailyDigest, config: Config) -> str:
    title = f'<a href="{escape(story.url)}"><strong>{escape(story.title)}</strong></a>'
    excerpt = f"<p>{escape(story.excerpt)}</p>" if story.excerpt else ""
    names, url = escape(outlet_names(story)), escape(story_url(story, config))
    by = f'<a href="{url}">{coverage(story)}</a>：{names}' if story.outlets > 1 else f'<a href="{url}">{names}</a>'
    first = first_report(story, digest, config)
    return f"<p>{title}</p>{excerpt}<p>{by}{f'。{escape(first)}' if first else ''}</p>"


def _plain(digest: DailyDigest, config: Config) -> str:
    parts = [digest_title(digest, config)]
    if digest.summary:
        parts.append(f"{SUMMARY_LABEL}：{digest.summary}")
    for number, story in enumerate(digest.stories, 1):
        first = first_report(story, digest, config)
        names = outlet_names(story)
        by = f"{coverage(story)}：{names}" if story.outlets > 1 else names
        lines = [f"{number}. {story.title}", story.excerpt, by, first, story.url]
        parts.append("\n".join(line for line in lines if line))
    return "\n\n".join([*parts, digest_url(digest, config)]) + "\n"


def story_url(story: DigestStory, config: Config) -> str:
    """Return the address of the page with all reports of a story, or of its only one."""
    path = f"/story/{story.story_id}" if story.outlets > 1 else f"/item/{story.item_id}"
    return f"{config.site.url or ''}{path}"


def coverage(story: DigestStory) -> str:
    """Return how many outlets reported."""
    return f"{story.outlets}家媒体报道"


def outlet_names(story: DigestStory) -> str:
    """Return the names of the outlets, the earliest first: 甲、乙、丙等8家."""
    named = story.reports[:MOST_NAMED]
    names = "、".join(report.source_title for report in named)
    return f"{names}等{story.outlets}家" if story.outlets > len(named) else names


def first_report(story: DigestStory, digest: DailyDigest, config: Config) -> str:
    """Return who reported first, and when: 首发：甲（5月3日 21:40）; the date only if it is another day's. Who is not
    certainly first is said to be it probably.
    """
    if story.first is None or story.outlets < 2:
        return ""
    at = story.first.published.astimezone(ZoneInfo(config.site.timezone))
    on_day = "" if at.date() == digest.day else f"{at.month}月{at.day}日 "
    name = "首发" if story.is_first_certain else "很可能首发"
    return f"{name}：{story.first.source_title}（{on_day}{at:%H:%M}）"
