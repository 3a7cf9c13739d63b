"""View models of cards, days, timelines and rankings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from aggregator.messages import decisions
from aggregator.model import ItemCard, Relation, Story
from aggregator.reference.categories import Category
from aggregator.reference.gazetteer import Division
from aggregator.steps.text.normalize import headline_key
from web.i18n.language import message_text, t
from web.i18n.times import Clock, TimeLabel, format_duration
from web.site import Site
from web.views.highlight import NO_HIGHLIGHT, Highlighter
from web.views.text import HighlightedText

IDENTICAL_SIMILARITY = 0.995


@dataclass(frozen=True, slots=True)
class CardView:
    """An item as lists show it. ``title`` and ``excerpt`` are split into marked and unmarked parts."""

    card: ItemCard
    when: TimeLabel
    place: Division | None
    category: Category | None
    title: HighlightedText
    excerpt: HighlightedText


@dataclass(frozen=True, slots=True)
class DayGroup:
    """The items of one day with its heading."""

    iso: str
    name: str
    cards: tuple[CardView, ...]


@dataclass(frozen=True, slots=True)
class TimelineReport:
    """One report in the timeline of a story."""

    card: ItemCard
    when: TimeLabel
    first: bool
    relation: str
    notes: tuple[str, ...]
    same: tuple[TimelineReport, ...] = ()  # later reports with the same headline

    @property
    def all(self) -> tuple[TimelineReport, ...]:
        """Return the report and those with the same headline."""
        return (self, *self.same)


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """The reports of one day in the timeline of a story."""

    iso: str
    name: str
    reports: tuple[TimelineReport, ...]


def display_place(site: Site, card: ItemCard) -> Division | None:
    """Return the narrowest division whose name is clear on its own, or None without a region.

    For a city district, that is its city.
    """
    return _clear_division(site, card.place.region) if card.place.region else None


def further_places(site: Site, card: ItemCard) -> list[Division]:
    """Return the divisions of the further regions whose names are clear on their own."""
    found = [_clear_division(site, code) for code in card.place.further_regions]
    return list(dict.fromkeys(division for division in found if division is not None))


def _clear_division(site: Site, code: str) -> Division | None:
    chain = site.gazetteer.chain(code)
    if not chain:
        return None
    district = chain[-1].level == 3 and chain[-1].name.endswith("区")
    return chain[-2] if district and len(chain) > 1 else chain[-1]


def display_place_within(site: Site, card: ItemCard, division: Division) -> Division | None:
    """Return the place shown on a card in a list of one ``division``: the city in a province, the county in a city."""
    if division.level == 1:
        place = display_place(site, card)
        return place if place and place.level > 1 else None
    chain = site.gazetteer.chain(card.place.region) if card.place.region else ()
    return chain[-1] if chain and chain[-1].level > division.level else None


def card_view(
    site: Site, clock: Clock, card: ItemCard, *, in_day: bool = False, marker: Highlighter = NO_HIGHLIGHT
) -> CardView:
    """Return the view of an item. ``in_day``: the card stands under a day heading."""
    when = clock.time_in_day(card.published) if in_day else clock.moment(card.published)
    return CardView(
        card,
        when,
        display_place(site, card),
        site.category(card.category),
        marker.highlight(card.title),
        marker.highlight(marker.snippet(card.excerpt)),
    )


def card_views(
    site: Site, clock: Clock, cards: Iterable[ItemCard], marker: Highlighter = NO_HIGHLIGHT
) -> list[CardView]:
    """Return the views of items in their order."""
    return [card_view(site, clock, card, marker=marker) for card in cards]


def group_by_day(
    site: Site, clock: Clock, cards: Iterable[ItemCard], division: Division | None = None
) -> list[DayGroup]:
    """Group cards, in their order, by day in the time zone of the site.

    ``division`` is the place that all of them are in, if any.
    """
    return [
        DayGroup(
            day.isoformat(), clock.day_heading(day), tuple(_card_in_day(site, clock, card, division) for card in group)
        )
        for day, group in groupby(cards, key=lambda card: clock.day_of(card.published))
    ]


def _card_in_day(site: Site, clock: Clock, card: ItemCard, division: Division | None) -> CardView:
    view = card_view(site, clock, card, in_day=True)
    return replace(view, place=display_place_within(site, card, division)) if division else view


def timeline(
    clock: Clock, cards: Sequence[ItemCard], first_id: int | None, *, under_days: bool = False
) -> list[TimelineReport]:
    """Return the reports of a story in order of time, each with its relation to the first and with later reports that
    have the same headline."""
    first = next((card for card in cards if card.id == first_id), None)
    when = clock.time_of_day if under_days else clock.time_or_date
    by_headline: dict[str, list[ItemCard]] = {}
    for card in cards:
        by_headline.setdefault(headline_key(card.title), []).append(card)
    return [
        replace(
            _report(card, first, when(card.published)),
            same=tuple(_report(each, first, clock.time_or_date(each.published)) for each in others),
        )
        for card, *others in by_headline.values()
    ]


def _report(card: ItemCard, first: ItemCard | None, when: TimeLabel) -> TimelineReport:
    is_first = first is not None and card.id == first.id
    notes: list[str] = []
    if first is not None and not is_first and card.published >= first.published:
        notes.append(f"+{format_duration(card.published - first.published)}")
    if card.relation in (Relation.REPRINT, Relation.REWRITE) and card.similarity > 0:
        notes.append(
            t("全文一致")
            if card.similarity >= IDENTICAL_SIMILARITY
            else t("相似度%(share)s", share=f"{card.similarity:.0%}")
        )
    # a single report, or one moved by an admin, may be an original without being the first
    relation = (
        t("首发")
        if is_first
        else message_text(decisions.RELATIONS[card.relation]())
        if card.relation is not Relation.ORIGINAL
        else t("同时报道")
    )
    return TimelineReport(card, when, is_first, relation, tuple(notes))


def timeline_days(clock: Clock, reports: Iterable[TimelineReport]) -> list[TimelineDay]:
    """Group timeline reports by day."""
    return [
        TimelineDay(day.isoformat(), clock.day_heading(day), tuple(group))
        for day, group in groupby(reports, key=lambda report: clock.day_of(report.card.published))
    ]


def exclude_story(stories: Sequence[Story], story_id: int | None, limit: int) -> list[Story]:
    """Return at most ``limit`` stories without ``story_id``."""
    return [story for story in stories if story.id != story_id][:limit]
