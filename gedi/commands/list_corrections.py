"""``gedi corrections``: list the corrections by admins."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aggregator.model.corrections import Correction
from aggregator.texts import Phrase, localize, t
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
            fail(t("no item {item}; gedi items lists them", item=item), EXIT_USAGE)
        number = int(item)  # its corrections are kept when it is pruned
    found = store.corrections(limit, item=number)
    for one in found:
        click.echo(json.dumps(to_json(one), ensure_ascii=False) if as_json else format_line(one))
    if not found and not as_json:
        click.echo(t("nothing has been corrected; gedi split, merge, move and remove do"), err=True)


def to_json(correction: Correction) -> dict[str, object]:
    """Return a correction as JSON."""
    return {**asdict(correction), "at": correction.at.isoformat(), "others": list(correction.others)}


def format_line(correction: Correction) -> str:
    """Return 2026-06-01 08:00  item 7  category society -> tech  某市暴雨."""
    item = t("item {number}", number=correction.item_id)
    return f"{correction.at:%Y-%m-%d %H:%M}Z  {item}  {describe(correction)}  {correction.title}"


_NO_OTHERS = {
    "split": Phrase("split: story {before} -> {after}", before="", after=""),
    "merge": Phrase("merge: story {before} -> {after}", before="", after=""),
}
_WITH_OTHERS = {
    "split": Phrase("split from {items}: story {before} -> {after}", items="", before="", after=""),
    "merge": Phrase("merge with {items}: story {before} -> {after}", items="", before="", after=""),
}
_SUBJECTS = {"category": Phrase("category"), "region": Phrase("region")}


def describe(correction: Correction) -> str:
    """Return a correction in a few words."""
    note = "" if correction.holds else t(" (over)")
    before, after = correction.before, correction.after
    if correction.verb == "remove":
        return t("withdrawn") + note
    if correction.verb in ("split", "merge"):
        template = (_WITH_OTHERS if correction.others else _NO_OTHERS)[correction.verb].template
        return t(template, items=", ".join(map(str, correction.others)), before=before, after=after) + note
    subject = localize(_SUBJECTS.get(correction.subject, correction.subject))
    verb = t("reset ") if correction.verb == "reset" else ""
    return f"{verb}{subject} {before or t('none')} -> {after or t('none')}{note}"
