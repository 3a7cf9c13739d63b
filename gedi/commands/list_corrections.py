"""``gedi corrections``: list the corrections by admins."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aggregator.model.corrections import Correction
from gedi.commands import EXIT_USAGE, config_option, fail, json_option, load_config_and_store

DEFAULT_LIMIT = 1000


@click.command("corrections")
@click.option("--item", metavar="ITEM", help="Only those of one item, also one that has been pruned: its number.")
@click.option("--limit", type=click.IntRange(1), default=DEFAULT_LIMIT, show_default=True, help="No more than so many.")
@config_option
@json_option
def corrections(item: str | None, limit: int, config_path: Path, as_json: bool) -> None:
    """List the corrections by split, merge, move and remove, latest first.

    A correction that a later one of the same item replaced is marked as such.
    """
    _, store = load_config_and_store(config_path)
    number = store.find_item_id(item) if item else None
    if item and number is None:
        if not item.isdecimal() or len(item) > 15:
            fail(f"no item {item}; gedi items lists them", EXIT_USAGE)
        number = int(item)  # its corrections are kept when it is pruned
    found = store.corrections(limit, item=number)
    for one in found:
        click.echo(json.dumps(to_json(one), ensure_ascii=False) if as_json else format_line(one))
    if not found and not as_json:
        click.echo("nothing has been corrected; gedi split, merge, move and remove do", err=True)


def to_json(correction: Correction) -> dict[str, object]:
    """Return a correction as JSON."""
    return {**asdict(correction), "at": correction.at.isoformat(), "others": list(correction.others)}


def format_line(correction: Correction) -> str:
    """Return 2026-06-01 08:00  item 7  category society -> tech  某市暴雨."""
    return f"{correction.at:%Y-%m-%d %H:%M}Z  item {correction.item_id}  {describe(correction)}  {correction.title}"


def describe(correction: Correction) -> str:
    """Return a correction in a few words."""
    note = "" if correction.holds else " (over)"
    others = (
        f" with {', '.join(map(str, correction.others))}" if correction.verb == "merge" and correction.others else ""
    )
    others = (
        f" from {', '.join(map(str, correction.others))}"
        if correction.verb == "split" and correction.others
        else others
    )
    if correction.verb == "remove":
        return f"withdrawn{note}"
    if correction.verb in ("split", "merge"):
        return f"{correction.verb}{others}: story {correction.before} -> {correction.after}{note}"
    verb = "reset " if correction.verb == "reset" else ""
    return f"{verb}{correction.subject} {correction.before or 'none'} -> {correction.after or 'none'}{note}"
