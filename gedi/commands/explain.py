"""``gedi explain``: why an item has this category, region and story."""

from __future__ import annotations

import json
from pathlib import Path

import click

from aggregator.gazetteer import Gazetteer
from aggregator.model import ItemDetail, Pin
from aggregator.store import Store
from gedi.commands import FAILED, config_option, fail, json_option, load_both

_PINS = {Pin.STORY: "story", Pin.CATEGORY: "category", Pin.REGION: "region"}


@click.command("explain")
@click.argument("item", metavar="ITEM")
@config_option
@json_option
def explain(item: str, config_path: Path, as_json: bool) -> None:
    """Say why an item has this category, region and story.

    ITEM is its number, its address at its publisher, or its address on the site.
    """
    _, store = load_both(config_path)
    number = store.find_item(item)
    detail = store.item(number) if number is not None else None
    if detail is None:
        fail(f"no item {item}; gedi items lists them", FAILED)
    facts = evidence(detail, store)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        for line in value if isinstance(value, list) else [value]:
            click.echo(f"{name.ljust(width)}  {'-' if line is None else line}")
            name = ""


def evidence(detail: ItemDetail, store: Store) -> dict[str, object]:
    """Everything that was decided about an item, each with its reason."""
    card, place = detail.card, detail.card.place
    names = "".join(division.name for division in Gazetteer.load().chain(place.region)) if place.region else None
    reports = store.story_items([card.story_id], 20).get(card.story_id, [])
    original = store.cards([card.reprint_of]).get(card.reprint_of) if card.reprint_of else None
    return {
        "item": card.id,
        "title": card.title,
        "url": card.url,
        "source": card.source,
        "published": f"{card.published.isoformat()}"
        + ("" if detail.dated else " (no usable date: time of first sight)"),
        "category": f"{card.category or 'none'}: {detail.decision.why or 'nothing was sure enough'}",
        "publisher's terms": ", ".join(detail.terms) or None,
        "region": f"{place.region or 'none'} {names or ''}: {place.why or 'nothing was sure enough'}",
        "advertorial": detail.advertorial,
        "relation": f"{card.relation}: {detail.story_why or 'nothing like it was stored'}",
        "reprint of": f"{original.id} {original.source} {original.title}" if original else None,
        "story": f"{card.story_id}: {card.story_items} reports of {card.story_outlets} outlets",
        "reports": [f"{report.id} {report.source} {report.relation} {report.title}" for report in reports],
        "set by an admin": ", ".join(name for pin, name in _PINS.items() if pin in detail.pinned) or None,
        "article": store.article_reasons([card.id]).get(card.id),
        "withdrawn": detail.removed.isoformat() if detail.removed else None,
    }
