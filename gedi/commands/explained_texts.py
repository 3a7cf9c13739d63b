"""The sentences of ``gedi explain``, with the passages that they rest on: for people and as JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

import click

from aggregator.config.load import Config
from aggregator.evidence import Evidence, ItemNames, Spans, compare_texts, explain_in_words, found_words, readable_text
from aggregator.explain import explanations
from aggregator.messages import Message
from aggregator.messages import explanations as sentences
from aggregator.model import ItemDetail
from aggregator.model.filters import FilterRecord
from aggregator.model.series import Series
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.text.passages import Pieces, Span, extract, find_words, mark
from aggregator.texts import ENGLISH, current_language, localize, t

_CONTEXT, _LIMIT = 12, 160  # characters around a passage, and of all of them


def texts_of(detail: ItemDetail, other: ItemDetail | None, series: Series | None, config: Config) -> dict[str, Any]:
    """Return the readable text of an item, each decision with its sentence and the places where its evidence is in
    title and text, and what the item shares with another report of its story.
    """
    text = readable_text(detail)
    names = _names(detail, config)
    found = [explain_in_words(detail, each, names, text) for each in explanations(detail, series)]
    return {
        "text": text,
        "reasons": [_reason(each) for each in found],
        "compared": _compared(detail, text, other) if other else None,
    }


def _names(detail: ItemDetail, config: Config) -> ItemNames:
    place = detail.card.place
    separator = ", " if current_language() == ENGLISH else "、"
    further = separator.join(region_name(code) for code in place.further_regions)
    return ItemNames(_category_name(detail, config), region_name(place.region or ""), further)


def region_name(code: str) -> str:
    """Return 山东省枣庄市 for a code; "" for an unknown one."""
    return "".join(division.name for division in Gazetteer.load().chain(code))


def _category_name(detail: ItemDetail, config: Config) -> str:
    category = config.category_tree.get(detail.card.category) if detail.card.category else None
    if category is None:
        return ""
    return category.name_en or category.name if current_language() == ENGLISH else category.name


def _reason(found: Evidence) -> dict[str, Any]:
    return {
        "subject": found.explanation.subject,
        "sentence": localize(found.sentence),
        "item": found.explanation.other,
        "passages": _spans(found.spans),
    }


def _spans(spans: Spans) -> dict[str, Any]:
    return {"title": [list(span) for span in spans.title], "text": [list(span) for span in spans.text]}


def _compared(detail: ItemDetail, text: str, other: ItemDetail) -> dict[str, Any]:
    other_text = readable_text(other)
    found = compare_texts(detail, text, other, other_text, detail.story_why)
    return {
        "item": other.card.id,
        "sentence": localize(found.sentence),
        "text": other_text,
        "title": other.card.title,
        "shared": [{"text": list(one.a), "other": list(one.b)} for one in found.passages],
        "passages": _spans(found.ours),
        "other_passages": _spans(found.theirs),
    }


# ---------------------------------------------------------------- for people
def text_lines(title: str, facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the lines that explain an item: sentences, and below them title and text with their passages marked."""
    told = []
    for reason in facts["reasons"]:
        told += [reason["sentence"], *_marked_lines(title, facts["text"], reason["passages"])]
    parts = [(t("why"), told)]
    compared = facts["compared"]
    if compared:
        there = _marked_lines(compared["title"], compared["text"], compared["other_passages"])
        parts += [
            (t("shared"), [compared["sentence"]]),
            (t("here"), _marked_lines(title, facts["text"], compared["passages"])),
            (t("there"), there),
        ]
    return [(name if not at else "", line) for name, lines in parts for at, line in enumerate(lines)]


def _marked_lines(title: str, text: str, passages: dict[str, Any]) -> list[str]:
    """Return the title if something in it is marked, and what is marked in the text with some context."""
    in_title, in_text = (_read_spans(passages, name) for name in ("title", "text"))
    shown = [mark(title, in_title) if in_title else (), extract(text, in_text, _CONTEXT, _LIMIT)]
    return [_marked(pieces) for pieces in shown if pieces]


def _read_spans(passages: dict[str, Any], name: str) -> list[Span]:
    return [Span(*span) for span in passages[name]]


def _marked(pieces: Pieces) -> str:
    """Return a text with its marked parts in color on a terminal, between brackets elsewhere."""
    colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return "".join(
        (click.style(part, fg="yellow", bold=True) if colored else f"「{part}」") if marked else part
        for part, marked in pieces
    )


# ---------------------------------------------------------------- entries that were filtered out
def filtered_texts(entry: FilterRecord) -> dict[str, Any]:
    """Return why an entry was filtered out."""
    words = _rule_words(entry.reason.evidence)
    return {
        "item": None,
        "title": entry.title,
        "url": entry.url,
        "source": entry.source,
        "filtered": {
            "at": entry.at.isoformat(),
            "rule": entry.reason.rule,
            "sentence": localize(sentences.EXCLUDED(why=entry.reason.evidence)),
            "passages": {"title": [list(span) for span in find_words(entry.title, words)]},
        },
    }


def filtered_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the lines that explain why an entry was filtered out."""
    filtered = facts["filtered"]
    title = mark(facts["title"], _read_spans(filtered["passages"], "title"))
    return [
        (t("entry"), _marked(title)),
        (t("address"), facts["url"]),
        (t("source"), facts["source"]),
        (t("why"), filtered["sentence"]),
    ]


def _rule_words(evidence: Message) -> Iterable[str]:
    """Return what a rule looks for, without the name of its field ("title:广告")."""
    return [word.rpartition(":")[2].strip() for word in found_words(evidence)]
