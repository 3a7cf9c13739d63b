"""``gedi split``, ``merge``, ``move``, ``remove``: corrections by an admin, which hold against every later poll."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.config.load import Config
from aggregator.model import Place
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from gedi.commands import EXIT_USAGE, config_option, desk, fail, load_config_and_store

_ITEMS = click.argument("items", metavar="ITEM...", nargs=-1, required=True)


@click.command("split")
@_ITEMS
@config_option
def split(items: tuple[str, ...], config_path: Path) -> None:
    """Remove each ITEM from its story, permanently.

    ITEM is its number, its address at its publisher, or its address on the site. It and the reports it leaves are kept
    apart from then on; gedi merge puts them together again.
    """
    config, store = load_config_and_store(config_path)
    for number in _resolve_items(store, items):
        card = store.item_cards([number])[number]
        if card.story_items < 2:
            click.echo(f"item {number} is already the only item of story {card.story_id}; it will not be merged again")
        story = desk(config, store).split(number)
        click.echo(f"item {number} now stands in story {story}")


@click.command("merge")
@_ITEMS
@config_option
def merge(items: tuple[str, ...], config_path: Path) -> None:
    """Put two or more ITEMs, with their stories, into one story, permanently.

    This undoes gedi split; gedi split removes an item again.
    """
    config, store = load_config_and_store(config_path)
    numbers = _resolve_items(store, items)
    if len(numbers) < 2:
        fail("name at least two different items", EXIT_USAGE)
    story = desk(config, store).merge(numbers)
    click.echo(f"{len(numbers)} items now stand in story {story}")


@click.command("move")
@_ITEMS
@click.option("--category", metavar="C", help='The right category: "society", "emotion/story".')
@click.option("--region", metavar="R", help='The right region, a GB/T 2260 code; "none" for national or foreign news.')
@click.option("--reset", is_flag=True, help="Take an earlier move back: category and region are found out again.")
@config_option
def move(items: tuple[str, ...], category: str | None, region: str | None, reset: bool, config_path: Path) -> None:
    """Give each ITEM another category or region, permanently.

    No later poll, edit or retraining changes it, and the classifier learns from it, until --reset undoes it.
    """
    config, store = load_config_and_store(config_path)
    if reset and (category or region):
        fail("--reset finds out both again; leave --category and --region out", EXIT_USAGE)
    if reset:
        _reset(config, store, _resolve_shown_items(store, items))
        return
    if category is None and region is None:
        fail("say where to: --category, --region or both; --reset takes an earlier move back", EXIT_USAGE)
    path, place = _category_path(config, category), _place(region)
    numbers = _resolve_shown_items(store, items)
    count = desk(config, store).move(numbers, category=path, place=place)
    click.echo(f"{count} items moved")


def _category_path(config: Config, category: str | None) -> str | None:
    found = config.category_tree.find(category) if category else None
    if category is not None and found is None:
        fail(
            f'there is no category "{category}"; known are '
            f"{', '.join(c.path for c in config.category_tree.top_level())}",
            EXIT_USAGE,
        )
    return found.path if found else None


def _place(region: str | None) -> Place | None:
    gazetteer = Gazetteer.load()
    if region not in (None, "none") and gazetteer.get(region or "") is None:
        fail(f'"{region}" is no region code; gedi locate finds the code of a place', EXIT_USAGE)
    return None if region is None else gazetteer.place("" if region == "none" else region)


def _reset(config: Config, store: Store, numbers: list[int]) -> None:
    """Let the current rules and model decide again."""
    for number, (decision, place) in desk(config, store).reset(numbers).items():
        click.echo(f"item {number} is found out about again: {decision.category or '-'}, {place.region or '-'}")


@click.command("remove")
@_ITEMS
@click.option("--why", metavar="TEXT", help="The reason, for gedi explain; it is not published.")
@config_option
def remove(items: tuple[str, ...], why: str | None, config_path: Path) -> None:
    """Withdraw each ITEM: its text is deleted, its page returns 410, and it does not come back.

    Only gedi actions --undo lets it in again.

    An address at the publisher stands for every item that has it. Feeds and their archives tell readers to delete it
    (RFC 6721). Reprints at other addresses stay.
    """
    config, store = load_config_and_store(config_path)
    found_ids = {item: store.find_item_ids(item) for item in items}
    _resolve_items(store, tuple(item for item, found in found_ids.items() if not found))  # names the missing ones
    numbers = sorted({number for found in found_ids.values() for number in found})
    count = desk(config, store).remove(numbers, why)
    click.echo(f"{count} items withdrawn")


def _resolve_items(store: Store, items: tuple[str, ...]) -> list[int]:
    found = {item: store.find_item_id(item) for item in items}
    missing = [item for item, number in found.items() if number is None]
    if missing:
        fail(f"no item {', '.join(missing)}; gedi items lists them", EXIT_USAGE)
    return list(dict.fromkeys(number for number in found.values() if number is not None))


def _resolve_shown_items(store: Store, items: tuple[str, ...]) -> list[int]:
    """Resolve items, refusing withdrawn ones: nothing is left of them to be moved."""
    numbers = _resolve_items(store, items)
    gone = [str(number) for number, detail in store.item_details(numbers).items() if detail.removed is not None]
    if gone:
        fail(f"item {', '.join(gone)} was withdrawn; nothing of it is shown anywhere", EXIT_USAGE)
    return numbers
