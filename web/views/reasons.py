"""Decisions about an item in sentences, with the passages that they rest on, as far as its source allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.evidence import (
    Comparison,
    Evidence,
    ItemNames,
    Spans,
    compare_texts,
    explain_in_words,
    readable_text,
)
from aggregator.explain import Explanation, explanations
from aggregator.messages import explanations as sentences
from aggregator.model import ContentPolicy, ItemCard, ItemDetail
from aggregator.steps.text.passages import Pieces, extract, mark
from web.i18n.display_names import display_name, list_separator, place_path
from web.i18n.language import message_text, t
from web.site import Site

_CONTEXT = {"full": 40, "excerpt": 6}  # characters shown around a passage, by the terms of the source
_LIMIT = {"full": 1600, "excerpt": 200}  # characters shown of a text


@dataclass(frozen=True, slots=True)
class Reason:
    """A decision: its name, its sentence, title and text of the item where they are marked, and the other item."""

    name: str
    sentence: str
    title: Pieces
    text: Pieces
    other: int | None


@dataclass(frozen=True, slots=True)
class MarkedReport:
    """One of two compared reports. ``limited``: its source allows an excerpt only."""

    card: ItemCard
    title: Pieces
    text: Pieces
    limited: bool


@dataclass(frozen=True, slots=True)
class MarkedComparison:
    """Two reports of a story side by side, with what they share marked."""

    sentence: str
    reports: tuple[MarkedReport, MarkedReport]


def reasons_of(site: Site, detail: ItemDetail, reports: Sequence[ItemCard] = ()) -> list[Reason]:
    """Return every decision about an item; ``reports``: those of its story that are read already."""
    names = _names(site, detail)
    text = readable_text(detail)
    series = site.store.series(detail.card.series) if detail.card.series is not None else None
    found = [explain_in_words(detail, each, names, text) for each in explanations(detail, series)]
    return [_reason(site, detail, each, text, reports) for each in found]


def _names(site: Site, detail: ItemDetail) -> ItemNames:
    category = site.category(detail.card.category)
    place, gazetteer = detail.card.place, site.gazetteer
    return ItemNames(
        display_name(category) if category else "",
        place_path(gazetteer.chain(place.region or "")),
        list_separator().join(place_path(gazetteer.chain(code)) for code in place.further_regions),
    )


def _reason(site: Site, detail: ItemDetail, found: Evidence, text: str, reports: Sequence[ItemCard]) -> Reason:
    names = {
        "category": t("分类"),
        "region": t("地区"),
        "further-regions": t("其他地区"),
        "story": t("事件"),
        "series": t("系列"),
        "advertorial": t("推广"),
    }
    told, spans = found.explanation, found.spans
    return Reason(
        names[told.subject],
        _story_sentence(site, told, reports) if told.other is not None else message_text(found.sentence),
        mark(detail.card.title, spans.title) if spans.title else (),
        _shown(text, spans, detail.content),
        told.other,
    )


def _story_sentence(site: Site, told: Explanation, reports: Sequence[ItemCard]) -> str:
    other = next((card for card in reports if card.id == told.other), None)
    if other is None and told.other is not None:
        other = site.store.item_cards([told.other]).get(told.other)
    if other is None:
        return message_text(sentences.OTHER(why=told.why))
    return message_text(sentences.SAME_STORY(source=other.source_title, title=other.title, why=told.why))


def _shown(text: str, spans: Spans, content: ContentPolicy) -> Pieces:
    return extract(text, spans.text, _CONTEXT[content], _LIMIT[content])


def marked_comparison(detail: ItemDetail, other: ItemDetail) -> MarkedComparison:
    """Return an item and another report of its story side by side."""
    text, other_text = readable_text(detail), readable_text(other)
    found: Comparison = compare_texts(detail, text, other, other_text, detail.story_why)
    reports = _report(detail, text, found.ours), _report(other, other_text, found.theirs)
    return MarkedComparison(message_text(found.sentence), reports)


def _report(detail: ItemDetail, text: str, spans: Spans) -> MarkedReport:
    title = mark(detail.card.title, spans.title)
    return MarkedReport(detail.card, title, _shown(text, spans, detail.content), detail.content == "excerpt")
