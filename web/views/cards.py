"""Stored values made ready for templates: what a card, a day, a timeline or a ranking shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from aggregator.messages import decisions
from aggregator.model import ItemCard, Relation, Story
from aggregator.reference.categories import Category
from aggregator.reference.gazetteer import Division
from web.i18n.language import t, words
from web.i18n.times import Clock, Moment, duration
from web.site import Site
from web.views.highlight import NOTHING, Marker
from web.views.text import Parts

IDENTICAL = 0.995


@dataclass(frozen=True, slots=True)
class CardView:
    """An item as a list shows it; ``title`` and ``excerpt`` are in pieces with what to mark."""

    card: ItemCard
    when: Moment
    place: Division | None
    category: Category | None
    title: Parts
    excerpt: Parts


@dataclass(frozen=True, slots=True)
class Day:
    """The items of one day under its name."""

    iso: str
    name: str
    cards: tuple[CardView, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One report in the timeline of a story."""

    card: ItemCard
    when: Moment
    first: bool
    relation: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportDay:
    iso: str
    name: str
    reports: tuple[Report, ...]


def place_of(site: Site, card: ItemCard) -> Division | None:
    """The narrowest division whose name says enough alone: a city district gives way to its city."""
    chain = site.gazetteer.chain(card.place.region) if card.place.region else ()
    if not chain:
        return None
    district = chain[-1].level == 3 and chain[-1].name.endswith("区")
    return chain[-2] if district and len(chain) > 1 else chain[-1]


def place_within(site: Site, card: ItemCard, whole: Division) -> Division | None:
    """What to say of a card's place where all are in one ``whole``: the city of a province, the county of a city."""
    if whole.level == 1:
        place = place_of(site, card)
        return place if place and place.level > 1 else None
    chain = site.gazetteer.chain(card.place.region) if card.place.region else ()
    return chain[-1] if chain and chain[-1].level > whole.level else None


def card_view(site: Site, clock: Clock, card: ItemCard, *, in_day: bool = False, marker: Marker = NOTHING) -> CardView:
    when = clock.in_day(card.published) if in_day else clock.moment(card.published)
    return CardView(
        card,
        when,
        place_of(site, card),
        site.category(card.category),
        marker.highlight(card.title),
        marker.highlight(marker.snippet(card.excerpt)),
    )


def card_views(site: Site, clock: Clock, cards: Iterable[ItemCard], marker: Marker = NOTHING) -> list[CardView]:
    return [card_view(site, clock, card, marker=marker) for card in cards]


def days(site: Site, clock: Clock, cards: Iterable[ItemCard], whole: Division | None = None) -> list[Day]:
    """Cards in their order, under the days of the site's zone. ``whole``: the place that all of them are in."""
    return [
        Day(day.isoformat(), clock.day_name(day), tuple(_in_day(site, clock, card, whole) for card in group))
        for day, group in groupby(cards, key=lambda card: clock.day_of(card.published))
    ]


def _in_day(site: Site, clock: Clock, card: ItemCard, whole: Division | None) -> CardView:
    view = card_view(site, clock, card, in_day=True)
    return replace(view, place=place_within(site, card, whole)) if whole else view


def timeline(clock: Clock, cards: Sequence[ItemCard], first_id: int, *, under_days: bool = False) -> list[Report]:
    """The reports of a story by time, each with how it relates to the first."""
    first = next((card for card in cards if card.id == first_id), None)
    when = clock.hour if under_days else clock.hour_or_day
    return [_report(card, first, when(card.published)) for card in cards]


def _report(card: ItemCard, first: ItemCard | None, when: Moment) -> Report:
    is_first = first is not None and card.id == first.id
    notes: list[str] = []
    if first is not None and not is_first and card.published >= first.published:
        notes.append(f"+{duration(card.published - first.published)}")
    if card.relation in (Relation.REPRINT, Relation.REWRITE) and card.similarity > 0:
        notes.append(
            t("全文一致") if card.similarity >= IDENTICAL else t("相似度%(share)s", share=f"{card.similarity:.0%}")
        )
    # a single report, or one moved here by hand, may be an original without being the first
    relation = (
        t("首发")
        if is_first
        else words(decisions.RELATIONS[card.relation]())
        if card.relation is not Relation.ORIGINAL
        else t("同时报道")
    )
    return Report(card, when, is_first, relation, tuple(notes))


def timeline_days(clock: Clock, reports: Iterable[Report]) -> list[ReportDay]:
    return [
        ReportDay(day.isoformat(), clock.day_name(day), tuple(group))
        for day, group in groupby(reports, key=lambda report: clock.day_of(report.card.published))
    ]


def stories_but(stories: Sequence[Story], story_id: int | None, limit: int) -> list[Story]:
    """A ranking without the story that the page is about."""
    return [story for story in stories if story.id != story_id][:limit]
