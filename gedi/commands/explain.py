"""``gedi explain``: why an item has this category, region, story and series."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from aggregator.config.load import Config
from aggregator.explain import judged, kinship
from aggregator.messages import Message
from aggregator.messages.short_form import short_form
from aggregator.model import ItemCard, ItemDetail, LockedFields, Relation
from aggregator.model.series import Series
from aggregator.store import Store
from aggregator.texts import Phrase, localize, t
from gedi.commands import EXIT_FAILED, config_option, fail, json_option, load_config_and_store, now
from gedi.commands.explained_texts import filtered_lines, filtered_texts, region_name, text_lines, texts_of
from gedi.commands.list_corrections import describe, to_json
from gedi.wide_text import pad, width_of

_LOCK_NAMES = {
    LockedFields.STORY: Phrase("story"),
    LockedFields.CATEGORY: Phrase("category"),
    LockedFields.REGION: Phrase("region"),
    LockedFields.SERIES: Phrase("series"),
}
_RELATION_NAMES = {
    Relation.ORIGINAL: Phrase("original"),
    Relation.REPRINT: Phrase("reprint (转载)"),
    Relation.REWRITE: Phrase("rewritten (改写)"),
    Relation.FURTHER: Phrase("further report (补充)"),
}
MAX_REPORTS = 20


@click.command("explain")
@click.argument("item", metavar="ITEM")
@config_option
@json_option
def explain(item: str, config_path: Path, as_json: bool) -> None:
    """Explain why an item has this category, region, story and series.

    ITEM is its number, its address at its publisher, or its address on the site. The passages on which a decision rests
    are marked in both texts. An entry that the filters left out is found by its address.
    """
    config, store = load_config_and_store(config_path)
    number = store.find_item_id(item)
    detail = store.item(number) if number is not None else None
    if detail is None and (kept_out := store.filtered_entries(1, url=item)):
        _print(filtered_texts(kept_out[0]), filtered_lines, as_json)
        return
    if detail is None:
        fail(t("no item {item}; gedi items lists them, gedi filtered shows what was kept out", item=item), EXIT_FAILED)
    facts = explain_item(detail, store, config)
    corrected = [f"{one.at:%Y-%m-%d %H:%M}Z  {describe(one)}" for one in store.corrections(item=detail.card.id)]
    _print(facts, lambda facts: _lines(facts, corrected), as_json)


def _print(facts: dict[str, Any], lines_of: Callable[[dict[str, Any]], list[tuple[str, str]]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    lines = lines_of(facts)
    width = max(width_of(name) for name, _ in lines)
    for name, line in lines:
        click.echo(f"{pad(name, width)}  {line}".rstrip())


def explain_item(detail: ItemDetail, store: Store, config: Config) -> dict[str, Any]:
    """Return every decision about an item with its evidence."""
    card = detail.card
    reports = store.story_items([card.story_id], MAX_REPORTS).get(card.story_id, [])
    near = _compared_report(card, reports)
    other = store.item(near.id) if near and detail.removed is None else None
    return {
        "item": card.id,
        "title": card.title,
        "url": card.url,
        "page": f"{config.site.url or ''}/item/{card.id}",
        "source": card.source,
        "times": {
            "published": _iso(card.published),
            "dated": detail.dated,
            "first_seen": _iso(card.first_seen),
            "edited": _iso(card.updated),
            "changed": _iso(card.changed),
        },
        "category": {
            "category": card.category,
            "score": detail.decision.score,
            **_evidence(detail.decision.why),
            "terms": list(detail.terms),
        },
        "region": _region(detail),
        "story": _story(detail, reports, other),
        "series": _series(detail, store),
        "advertorial": localize(detail.advertorial),
        "article": localize(store.article_failure_reasons([card.id]).get(card.id)),
        "in_words": texts_of(detail, other, _stored_series(detail, store), config) if detail.removed is None else None,
        "today": _reevaluation(detail, store, config),
        "fixed": [name for pin, name in _LOCK_NAMES.items() if pin in detail.locked],
        "corrections": [to_json(one) for one in store.corrections(item=card.id)],
        "withdrawn": _iso(detail.removed),
        "withdrawn_why": store.removal_reason(card.id) if detail.removed is not None else None,
    }


def _evidence(why: Message) -> dict[str, str]:
    """Return the evidence of a category or region, in short form and as text."""
    return {"why": short_form(why), "reason": localize(why)}


def _region(detail: ItemDetail) -> dict[str, Any]:
    place = detail.card.place
    further = [{"region": code, "name": region_name(code)} for code in place.further_regions]
    return {
        "region": place.region,
        "name": region_name(place.region or "") or None,
        "province": place.province,
        "city": place.city,
        "county": place.county,
        **_evidence(place.why),
        "further": further,
        "further_reason": localize(place.further_why),
    }


def _story(detail: ItemDetail, reports: list[ItemCard], other: ItemDetail | None) -> dict[str, Any]:
    card = detail.card
    compared = kinship(detail, other) if other else None
    return {
        "story": card.story_id,
        "items": card.story_items,
        "outlets": card.story_outlets,
        "relation": card.relation,
        "similarity": card.similarity,
        "why": localize(detail.story_why),
        "reprint_of": card.reprint_of,
        "compared": {
            "item": compared.item_id,
            "source": compared.source,
            "title": compared.title,
            "relation": compared.relation,
            "similarity": compared.similarity,
            "why": localize(compared.why),
            "shared": list(compared.shared),
        }
        if compared
        else None,
        "reports": [
            {"item": one.id, "source": one.source, "relation": one.relation, "title": one.title} for one in reports
        ],
    }


def _stored_series(detail: ItemDetail, store: Store) -> Series | None:
    return store.series(detail.card.series) if detail.card.series is not None else None


def _series(detail: ItemDetail, store: Store) -> dict[str, Any] | None:
    series = _stored_series(detail, store)
    return {"series": series.id, "name": series.name, "why": localize(series.why)} if series else None


def _series_line(series: dict[str, Any]) -> str:
    return t("{series}: an issue of {name}: {why}", **series)


def _further_line(region: dict[str, Any]) -> str:
    names = ", ".join(f"{one['region']} {one['name']}" for one in region["further"])
    return f"{names}: {region['further_reason']}" if names else ""


def _compared_report(card: ItemCard, reports: list[ItemCard]) -> ItemCard | None:
    """Return the report that it is compared with: its original, or the first of the others."""
    others = [one for one in reports if one.id != card.id]
    return next((one for one in others if one.id == card.reprint_of), others[0] if others else None)


def _reevaluation(detail: ItemDetail, store: Store, config: Config) -> dict[str, Any] | None:
    """Return what the current rules and model would decide, if that differs."""
    card = detail.card
    if detail.removed is not None:
        return None
    source = next((source for source in store.sources() if source.slug == card.source), None)
    decision, place = judged(detail, source, config, now())
    found: dict[str, Any] = {}
    if decision.category != card.category:
        found["category"] = {"category": decision.category, **_evidence(decision.why)}
    if place.regions != card.place.regions:
        found["region"] = {"region": " ".join(place.regions) or None, **_evidence(place.why)}
    return found or None


# ---------------------------------------------------------------- for people
def _lines(facts: dict[str, Any], corrected: Iterable[str]) -> list[tuple[str, str]]:
    times, category, region = facts["times"], facts["category"], facts["region"]
    dated = "" if times["dated"] else t(" (no usable date: time of first sight)")
    lines = [
        (t("item"), f"{facts['item']}  {facts['title']}"),
        (t("address"), facts["url"]),
        (t("page"), facts["page"]),
        (t("source"), facts["source"]),
        (t("published"), f"{times['published']}{dated}"),
        (t("first seen"), times["first_seen"]),
        (t("edited"), t("{edited} says its publisher", edited=times["edited"]) if times["edited"] else ""),
        (t("category"), f"{category['category'] or t('none')} ({category['score']:.2f}): {category['reason']}"),
        ("", t("the publisher's terms: {names}", names=", ".join(category["terms"])) if category["terms"] else ""),
        (t("region"), f"{region['region'] or t('none')} {region['name'] or ''}: {region['reason']}"),
        (t("further regions"), _further_line(region)),
        (t("series"), _series_line(facts["series"]) if facts["series"] else ""),
        (t("advertorial"), facts["advertorial"] or ""),
        *_story_lines(facts["story"]),
        *(text_lines(facts["title"], facts["in_words"]) if facts["in_words"] else ()),
        (t("article"), facts["article"] or ""),
        *_reevaluation_lines(facts["today"]),
        (
            t("fixed"),
            t("{names}: corrected by an admin", names=", ".join(map(localize, facts["fixed"])))
            if facts["fixed"]
            else "",
        ),
        *((t("corrected") if not at else "", line) for at, line in enumerate(corrected)),
        (t("withdrawn"), facts["withdrawn"] or ""),
        ("", facts["withdrawn_why"] or ""),
    ]
    return [(name, text) for name, text in lines if text]


def _story_lines(story: dict[str, Any]) -> list[tuple[str, str]]:
    lines = [
        (
            t("story"),
            t(
                "{story}; reports: {items}, outlets: {outlets}",
                story=story["story"],
                items=story["items"],
                outlets=story["outlets"],
            ),
        ),
        (t("relation"), f"{localize(_RELATION_NAMES[story['relation']])}: {story['why']}"),
    ]
    compared = story["compared"]
    if compared:
        kind = t("reprint of") if compared["item"] == story["reprint_of"] else t("compared with")
        lines.append((kind, f"{compared['item']}  {compared['source']}  {compared['title']}"))
        lines.append(("", t("alike {similarity:.0%}: {why}", similarity=compared["similarity"], why=compared["why"])))
        if compared["shared"]:
            lines.append(("", t("both name: {names}", names=", ".join(compared["shared"]))))
    reports = [
        f"{one['item']}  {one['source']}  {localize(_RELATION_NAMES[one['relation']])}  {one['title']}"
        for one in story["reports"]
    ]
    return lines + [(t("reports") if not at else "", line) for at, line in enumerate(reports)]


def _reevaluation_lines(today: dict[str, Any] | None) -> list[tuple[str, str]]:
    return [
        (
            t("today"),
            t(
                "the {name} would be {value}: {reason}",
                name=Phrase(name),
                value=found[name] or t("none"),
                reason=found["reason"],
            ),
        )
        for name in ("category", "region")
        if (found := (today or {}).get(name))
    ]


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
