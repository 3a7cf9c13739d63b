"""The digest of a day: its stories by breadth of coverage, as they were when it was published."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class DigestReport:
    """A report of a story, by which its outlet is named."""

    item_id: int
    source: str  # slug
    source_title: str
    published: datetime


@dataclass(frozen=True, slots=True)
class DigestStory:
    """A story of a digest, with the title and excerpt of one of its items."""

    story_id: int
    item_id: int
    url: str  # the publisher's
    title: str
    excerpt: str
    outlets: int  # that reported on it on this day
    reports: tuple[DigestReport, ...] = ()  # one of each outlet, the earliest first; not of all where there are many
    # the first report of the story, also if it is of an earlier day; None if it is not known
    first: DigestReport | None = None
    is_first_certain: bool = True

    @property
    def item_ids(self) -> set[int]:
        """Return the items of which the digest shows something."""
        first = {self.first.item_id} if self.first else set()
        return {self.item_id, *(report.item_id for report in self.reports), *first}


@dataclass(frozen=True, slots=True)
class DailyDigest:
    """The digest of a day in a listing, which does not change once it is published except for withdrawn items."""

    day: date
    listing: str  # "all", "society/370000"
    published: datetime
    stories: tuple[DigestStory, ...] = ()
    summary: str | None = None  # plain text by a language model
    changed: datetime | None = None  # when an item of it was withdrawn

    @property
    def item_ids(self) -> set[int]:
        """Return the items of which the digest shows something."""
        return {item_id for story in self.stories for item_id in story.item_ids}


def without_items(digest: DailyDigest, withdrawn: Collection[int]) -> DailyDigest:
    """Return the digest without what it shows of these items; a summary of them goes as well."""
    if not digest.item_ids.intersection(withdrawn):
        return digest
    stories = (_story_without(story, withdrawn) for story in digest.stories if story.item_id not in withdrawn)
    return replace(digest, stories=tuple(stories), summary=None)


def _story_without(story: DigestStory, withdrawn: Collection[int]) -> DigestStory:
    reports = tuple(report for report in story.reports if report.item_id not in withdrawn)
    first = story.first if story.first and story.first.item_id not in withdrawn else None
    return replace(story, reports=reports, first=first, outlets=story.outlets - len(story.reports) + len(reports))


def pack_stories(stories: Collection[DigestStory]) -> list[dict[str, Any]]:
    """Return stories as JSON can hold them."""
    return [
        {
            "story": story.story_id,
            "item": story.item_id,
            "url": story.url,
            "title": story.title,
            "excerpt": story.excerpt,
            "outlets": story.outlets,
            "reports": [_pack_report(report) for report in story.reports],
            "first": _pack_report(story.first) if story.first else None,
            "first_certain": story.is_first_certain,
        }
        for story in stories
    ]


def unpack_stories(packed: Collection[dict[str, Any]]) -> tuple[DigestStory, ...]:
    """Return the stories that ``pack_stories`` packed."""
    return tuple(
        DigestStory(
            each["story"],
            each["item"],
            each["url"],
            each["title"],
            each["excerpt"],
            each["outlets"],
            tuple(_unpack_report(report) for report in each["reports"]),
            _unpack_report(each["first"]) if each["first"] else None,
            each.get("first_certain", True),
        )
        for each in packed
    )


def _pack_report(report: DigestReport) -> list[Any]:
    return [report.item_id, report.source, report.source_title, int(report.published.timestamp())]


def _unpack_report(packed: list[Any]) -> DigestReport:
    item_id, source, title, published = packed
    return DigestReport(item_id, source, title, datetime.fromtimestamp(published, UTC))
