"""``gedi split``, ``merge``, ``move``, ``remove``: corrections by an admin, which hold against every later poll."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from aggregator.config.load import Config
from aggregator.model import Place
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from aggregator.texts import t
from gedi.commands import (
    EXIT_USAGE,
    change_options,
    confirm,
    desk,
    fail,
    load_config_and_store,
)

_ITEMS = click.argument("items", metavar="ITEM...", nargs=-1, required=True)


@click.command("split")
@_ITEMS
@change_options
def split(items: tuple[str, ...], config_path: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Remove each ITEM from its story, permanently.

    ITEM is its number, its address at its publisher, or its address on the site. It and the reports it leaves are kept
    apart from then on; gedi merge puts them together again.
    """
    config, store = load_config_and_store(config_path)
    numbers = _resolve_items(store, items)
    cards = store.item_cards(numbers)
    if dry_run:
        for number in numbers:
            card = cards[number]
            planned: dict[str, object] = {"item": number, "story": card.story_id, "dry_run": True}
            text = t(
                "item {number} would leave story {story} of {count} items",
                number=number,
                story=card.story_id,
                count=card.story_items,
            )
            _report(planned, text, as_json)
        return
    confirm(t("take {items} out of their stories?", items=_listed(numbers)), yes=yes)
    for number in numbers:
        card = store.item_cards([number])[number]
        if card.story_items < 2 and not as_json:
            click.echo(
                t(
                    "item {number} is already the only item of story {story}; it will not be merged again",
                    number=number,
                    story=card.story_id,
                )
            )
        story = desk(config, store).split(number)
        record: dict[str, object] = {"item": number, "story": story, "before": card.story_id}
        _report(record, t("item {number} now stands in story {story}", number=number, story=story), as_json)


@click.command("merge")
@_ITEMS
@change_options
def merge(items: tuple[str, ...], config_path: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Put two or more ITEMs, with their stories, into one story, permanently.

    This undoes gedi split; gedi split removes an item again.
    """
    config, store = load_config_and_store(config_path)
    numbers = _resolve_items(store, items)
    if len(numbers) < 2:
        fail(t("name at least two different items"), EXIT_USAGE)
    stories = sorted({card.story_id for card in store.item_cards(numbers).values()})
    record: dict[str, object] = {"items": numbers, "stories": stories}
    if dry_run:
        _report(record | {"dry_run": True}, t("stories {stories} would become one", stories=_listed(stories)), as_json)
        return
    confirm(t("put stories {stories} together?", stories=_listed(stories)), yes=yes)
    story = desk(config, store).merge(numbers)
    _report(
        record | {"story": story},
        t("{count} items now stand in story {story}", count=len(numbers), story=story),
        as_json,
    )


@click.command("move")
@_ITEMS
@click.option("--category", metavar="C", help='The right category: "society", "emotion/story".')
@click.option(
    "--region",
    "regions",
    metavar="R",
    multiple=True,
    help='The right region, a GB/T 2260 code; "none" for national or foreign news. Given again: a further region.',
)
@click.option("--reset", is_flag=True, help="Take an earlier move back: category and region are found out again.")
@change_options
def move(
    items: tuple[str, ...],
    category: str | None,
    regions: tuple[str, ...],
    reset: bool,
    config_path: Path,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Give each ITEM another category or other regions, permanently.

    An item is in the lists of all its regions; the first --region is the primary one, and those not named are taken
    away.

    No later poll, edit or retraining changes it, and the classifier learns from it, until --reset undoes it.
    """
    config, store = load_config_and_store(config_path)
    if reset and (category or regions):
        fail(t("--reset finds out both again; leave --category and --region out"), EXIT_USAGE)
    if not reset and category is None and not regions:
        fail(t("say where to: --category, --region or both; --reset takes an earlier move back"), EXIT_USAGE)
    path, place = _category_path(config, category), _place(regions)
    numbers = _resolve_shown_items(store, items)
    if dry_run:
        _report_planned_move(store, numbers, path, place, as_json)
        return
    question = (
        t("find out again about {items}?", items=_listed(numbers))
        if reset
        else t("move {items}?", items=_listed(numbers))
    )
    confirm(question, yes=yes)
    if reset:
        _reset(config, store, numbers, as_json)
        return
    count = desk(config, store).move(numbers, category=path, place=place)
    record: dict[str, object] = {"items": numbers, "category": path, **_regions(place)}
    _report(record, t("{count} items moved", count=count), as_json)


def _report_planned_move(
    store: Store, numbers: Sequence[int], path: str | None, place: Place | None, as_json: bool
) -> None:
    """Say for each item where it is and where it would be; without both, that it would be found out again."""
    for number, card in sorted(store.item_cards(numbers).items()):
        before = {"category": card.category, **_regions(card.place)}
        record: dict[str, object] = {"item": number, "before": before, "dry_run": True}
        if path is None and place is None:
            _report(record, t("item {number} would be found out about again", number=number), as_json)
            continue
        after = {"category": path or card.category, **_regions(place or card.place)}
        shown = (" ".join([each["category"] or "-", *(each["regions"] or ["-"])]) for each in (before, after))
        _report(
            record | {"after": after},
            t("item {number} would move: {change}", number=number, change=" -> ".join(shown)),
            as_json,
        )


def _category_path(config: Config, category: str | None) -> str | None:
    found = config.category_tree.find(category) if category else None
    if category is not None and found is None:
        fail(
            t(
                'there is no category "{category}"; known are {names}',
                category=category,
                names=", ".join(c.path for c in config.category_tree.top_level()),
            ),
            EXIT_USAGE,
        )
    return found.path if found else None


def _place(regions: Sequence[str]) -> Place | None:
    """Return the place of several regions, the primary one first; None without any."""
    gazetteer = Gazetteer.load()
    if not regions:
        return None
    if list(regions) == ["none"]:
        return gazetteer.place("")
    for region in regions:
        if gazetteer.get(region) is None:
            fail(t('"{region}" is no region code; gedi locate finds the code of a place', region=region), EXIT_USAGE)
    return gazetteer.place_of_several(regions)


def _regions(place: Place | None) -> dict[str, Any]:
    """Return the primary region and all regions; empty without a place."""
    return {"region": place.region if place else None, "regions": list(place.regions) if place else []}


def _reset(config: Config, store: Store, numbers: list[int], as_json: bool) -> None:
    """Let the current rules and model decide again."""
    for number, (decision, place) in desk(config, store).reset(numbers).items():
        text = t(
            "item {number} is found out about again: {category}, {region}",
            number=number,
            category=decision.category or "-",
            region=" ".join(place.regions) or "-",
        )
        _report({"item": number, "category": decision.category, **_regions(place)}, text, as_json)


@click.command("remove")
@_ITEMS
@click.option("--why", metavar="TEXT", help="The reason, for gedi explain; it is not published.")
@change_options
def remove(items: tuple[str, ...], why: str | None, config_path: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Withdraw each ITEM: its text is deleted, its page returns 410, and it does not come back.

    Only gedi actions --undo lets it in again.

    An address at the publisher stands for every item that has it. Feeds and their archives tell readers to delete it
    (RFC 6721). Reprints at other addresses stay.
    """
    config, store = load_config_and_store(config_path)
    found_ids = {item: store.find_item_ids(item) for item in items}
    _resolve_items(store, tuple(item for item, found in found_ids.items() if not found))  # names the missing ones
    numbers = sorted({number for found in found_ids.values() for number in found})
    if dry_run:
        for number, card in sorted(store.item_cards(numbers).items()):
            record: dict[str, object] = {
                "item": number,
                "source": card.source,
                "title": card.title,
                "url": card.url,
                "dry_run": True,
            }
            _report(
                record,
                t(
                    "item {number} would be withdrawn: {source}  {title}",
                    number=number,
                    source=card.source,
                    title=card.title,
                ),
                as_json,
            )
        return
    confirm(t("withdraw {items}? Its text is deleted.", items=_listed(numbers)), yes=yes)
    count = desk(config, store).remove(numbers, why)
    _report({"items": numbers, "withdrawn": count, "why": why}, t("{count} items withdrawn", count=count), as_json)


def _report(record: dict[str, object], text: str, as_json: bool) -> None:
    click.echo(json.dumps(record, ensure_ascii=False) if as_json else text)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _resolve_items(store: Store, items: tuple[str, ...]) -> list[int]:
    found = {item: store.find_item_id(item) for item in items}
    missing = [item for item, number in found.items() if number is None]
    if missing:
        fail(t("no item {names}; gedi items lists them", names=", ".join(missing)), EXIT_USAGE)
    return list(dict.fromkeys(number for number in found.values() if number is not None))


def _resolve_shown_items(store: Store, items: tuple[str, ...]) -> list[int]:
    """Resolve items, refusing withdrawn ones: nothing is left of them to be moved."""
    numbers = _resolve_items(store, items)
    gone = [str(number) for number, detail in store.item_details(numbers).items() if detail.removed is not None]
    if gone:
        fail(t("item {names} was withdrawn; nothing of it is shown anywhere", names=", ".join(gone)), EXIT_USAGE)
    return numbers
