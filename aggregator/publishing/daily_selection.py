"""Choose the stories of a day's digest, once: what is published stays as it is, except for withdrawn items.

The digest of a day is published on the next one, at ``[publishing] daily_hour``: the hours after midnight are for
reports that arrive late. A story counts by the outlets that reported on it on this day, so one that goes on is in the
digest of another day only by what is new about it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from aggregator.config.load import Config
from aggregator.model import ItemCard, Listing, Relation, Story
from aggregator.model.daily_digests import DailyDigest, DigestReport, DigestStory
from aggregator.model.listing_keys import listing_keys_of, split_listing_key
from aggregator.publishing.first_reports import find_first_reports
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.stories.first_report import FirstReport, Sureness
from aggregator.steps.stories.hotness import DAY_TAU, hotness
from aggregator.steps.stories.source_quota import apply_source_quota
from aggregator.store import Store

log = logging.getLogger(__name__)

MAX_STORIES = 20  # in a digest
MAX_NAMED = 8  # outlets of a story that are named
DAY = timedelta(days=1)
_SCANNED = 3 * MAX_STORIES  # stories read, because some are advertorials, of a series or of one outlet
_MAX_REPORTS = 100  # of a story


def publication_time(config: Config, day: date) -> datetime:
    """Return when the digest of a day is published."""
    hour = time(config.publishing.daily_hour)
    return datetime.combine(day + DAY, hour, ZoneInfo(config.site.timezone)).astimezone(UTC)


def latest_day(config: Config, now: datetime) -> date:
    """Return the last day whose digest is published."""
    yesterday = now.astimezone(ZoneInfo(config.site.timezone)).date() - DAY
    return yesterday if now >= publication_time(config, yesterday) else yesterday - DAY


def oldest_day(config: Config, now: datetime) -> date:
    """Return the first day whose digest is kept."""
    oldest = now - config.retention.items
    return oldest.astimezone(ZoneInfo(config.site.timezone)).date() + DAY


def split_listing(config: Config, listing: str) -> tuple[str | None, str | None] | None:
    """Return category and region of a listing such as "society/370000"; None if there is no such listing."""
    path, region = split_listing_key(listing)
    if region is not None and Gazetteer.load().get(region) is None:
        return None
    if path == "all":
        return None, region
    return (path, region) if config.category_tree.get(path) is not None else None


def find_digests(store: Store, config: Config, listing: str, days: Collection[date]) -> list[DailyDigest]:
    """Return the digests of these days, latest first; those that nobody asked for before are made and stored."""
    found = store.daily_digests(listing, min(days), max(days)) if days else {}
    digests = (found.get(day) or _make_and_store(store, config, listing, day) for day in sorted(days, reverse=True))
    return [digest for digest in digests if digest.stories]


def _make_and_store(store: Store, config: Config, listing: str, day: date) -> DailyDigest:
    digest = make_digest(store, config, listing, day)
    if not digest.stories:
        return digest  # its reports may be on their way
    try:
        return store.put_daily_digest(digest)[0]
    except Exception:  # the database may take no writes; the digest is shown all the same
        log.exception("digest_not_stored listing=%r day=%s", listing, day)
        return digest


def make_digest(store: Store, config: Config, listing: str, day: date) -> DailyDigest:
    """Choose the stories of a day, by what is stored now."""
    digest = DailyDigest(day, listing, publication_time(config, day))
    subject = split_listing(config, listing)
    if subject is None:
        return digest
    zone = ZoneInfo(config.site.timezone)
    start, end = (datetime.combine(each, time(), zone) for each in (day, day + DAY))
    period = Listing(category=subject[0], region=subject[1], since=start, until=end)
    ids = store.widest_stories(period, _SCANNED)
    stories, reports = store.stories_by_id(ids), store.story_items(ids, _MAX_REPORTS)
    candidates = [
        candidate
        for story_id in ids
        if story_id in stories
        and (candidate := _Candidate.of(stories[story_id], reports[story_id], listing, start, end)) is not None
    ]
    chosen = _choose(candidates, config.publishing.per_source)
    firsts = find_first_reports(store, config, {one.lead.story_id: one.known for one in chosen})
    return DailyDigest(day, listing, digest.published, tuple(one.story(firsts[one.lead.story_id]) for one in chosen))


class _Candidate:
    """A story with its reports until the end of the day, and those of the day."""

    def __init__(self, lead: ItemCard, known: Sequence[ItemCard], of_day: Sequence[ItemCard]) -> None:
        self.lead, self.known = lead, known
        self.by_outlet: dict[str, ItemCard] = {}  # the first report of each, the earliest first
        for card in of_day:
            self.by_outlet.setdefault(card.source, card)
        numbers = {slug: number for number, slug in enumerate(self.by_outlet)}
        heat = hotness([(numbers[card.source], card.published, card.reprint_of) for card in of_day], DAY_TAU)
        self.rank = (-len(self.by_outlet), -heat, lead.story_id)

    @classmethod
    def of(
        cls, story: Story, reports: Sequence[ItemCard], listing: str, start: datetime, end: datetime
    ) -> _Candidate | None:
        """Return the candidate; None for a story that is not to be recommended.

        Its title is that of the item that stands for the story if it was known by then and belongs to the listing.
        """
        known = [card for card in reports if card.published < end]
        of_day = [card for card in known if card.published >= start]
        if not of_day:
            return None
        preferred = [story.lead] if story.lead.published < end else []
        lead = next((card for card in (*preferred, *of_day) if _is_in(card, listing)), of_day[0])
        if lead.series is not None:
            news = (card for card in of_day if card.series is None and card.relation is not Relation.REPRINT)
            lead = next((card for card in news if _is_in(card, listing)), lead)
        return None if lead.promoted or lead.series is not None else cls(lead, known, of_day)

    def story(self, first: FirstReport) -> DigestStory:
        """Return what the digest keeps of it."""
        lead, outlets = self.lead, [*self.by_outlet.values()]
        return DigestStory(
            lead.story_id,
            lead.id,
            lead.url,
            lead.title,
            lead.excerpt,
            len(outlets),
            tuple(_report(card) for card in outlets[:MAX_NAMED]),
            replace(_report(first.first.card), published=first.first.at) if first.known_id else None,
            first.sure is Sureness.CERTAIN,
        )


def _choose(candidates: Iterable[_Candidate], share: float) -> list[_Candidate]:
    """Return the candidates to show, best first, no outlet with more than its share."""
    found = sorted(candidates, key=attrgetter("rank"))
    places = apply_source_quota([candidate.lead.source for candidate in found], MAX_STORIES, share)
    return [found[place] for place in places]


def _is_in(card: ItemCard, listing: str) -> bool:
    return listing in listing_keys_of(card.category, card.place)


def _report(card: ItemCard) -> DigestReport:
    return DigestReport(card.id, card.source, card.source_title, card.published)
