"""``gedi corrections``: what admins have decided."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aggregator.model.corrections import Correction
from gedi.commands import USAGE, config_option, fail, json_option, load_both

LIMIT = 1000


@click.command("corrections")
@click.option("--item", metavar="ITEM", help="Only those of one item, also one that has been pruned: its number.")
@click.option("--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="No more than so many.")
@config_option
@json_option
def corrections(item: str | None, limit: int, config_path: Path, as_json: bool) -> None:
    """List what admins have decided by split, merge, move and remove, the latest first.

    A decision that a later one about the same item has taken the place of is marked as over.
    """
    _, store = load_both(config_path)
    number = store.find_item(item) if item else None
    if item and number is None:
        if not item.isdecimal() or len(item) > 15:
            fail(f"no item {item}; gedi items lists them", USAGE)
        number = int(item)  # its corrections are kept when it is pruned
    found = store.corrections(limit, item=number)
    for one in found:
        click.echo(json.dumps(as_row(one), ensure_ascii=False) if as_json else line(one))
    if not found and not as_json:
        click.echo("nothing has been corrected; gedi split, merge, move and remove do", err=True)


def as_row(one: Correction) -> dict[str, object]:
    """For programs."""
    return {**asdict(one), "at": one.at.isoformat(), "others": list(one.others)}


def line(one: Correction) -> str:
    """For people: 2026-06-01 08:00  item 7  category society -> tech  某市暴雨."""
    return f"{one.at:%Y-%m-%d %H:%M}Z  item {one.item_id}  {told(one)}  {one.title}"


def told(one: Correction) -> str:
    """What was decided, in a few words."""
    over = "" if one.holds else " (over)"
    others = f" with {', '.join(map(str, one.others))}" if one.verb == "merge" and one.others else ""
    others = f" from {', '.join(map(str, one.others))}" if one.verb == "split" and one.others else others
    if one.verb == "remove":
        return f"withdrawn{over}"
    if one.verb in ("split", "merge"):
        return f"{one.verb}{others}: story {one.before} -> {one.after}{over}"
    verb = "reset " if one.verb == "reset" else ""
    return f"{verb}{one.subject} {one.before or 'none'} -> {one.after or 'none'}{over}"
