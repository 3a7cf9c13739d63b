"""``gedi series``: list the series, and correct what is one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aggregator.model.series import Series
from aggregator.store import Store
from aggregator.texts import Phrase, localize, t
from gedi.commands import (
    EXIT_USAGE,
    change_options,
    confirm,
    desk,
    fail,
    load_config_and_store,
)

DEFAULT_LIMIT = 100
_RHYTHMS = {
    "unknown": Phrase("of unknown rhythm"),
    "hourly": Phrase("several a day"),
    "daily": Phrase("about daily"),
    "weekly": Phrase("about weekly"),
    "monthly": Phrase("about monthly"),
    "rare": Phrase("at no fixed times"),
}


@click.command("series")
@click.option("--source", metavar="SLUG", help="Only those of one source.")
@click.option("--limit", type=click.IntRange(1), default=DEFAULT_LIMIT, show_default=True, help="No more than so many.")
@click.option("--not", "not_item", metavar="ITEM", help="Take an item out of its series, permanently.")
@click.option("--dissolve", type=click.IntRange(1), metavar="ID", help="Take nothing for an issue of a series again.")
@change_options
def series(
    source: str | None,
    limit: int,
    not_item: str | None,
    dissolve: int | None,
    config_path: Path,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """List the series, the one with the latest issue first: bulletins of one source that differ in date and number.

    --not takes one item out of its series, --dissolve ends a series. Both hold against later polls and edits; gedi
    actions --undo takes them back.
    """
    config, store = load_config_and_store(config_path)
    if not_item and dissolve:
        fail(t("give either --not or --dissolve"), EXIT_USAGE)
    if not_item:
        item_id = _item_of_series(store, not_item)
        if not dry_run:
            confirm(t("take item {item} out of its series?", item=item_id), yes=yes)
        left = (
            store.item_cards([item_id])[item_id].series if dry_run else desk(config, store).take_out_of_series(item_id)
        )
        text = (
            t("item {item} would leave series {series}", item=item_id, series=left)
            if dry_run
            else t("item {item} left series {series}", item=item_id, series=left)
        )
        _report({"item": item_id, "series": left, "dry_run": dry_run}, text, as_json)
    elif dissolve:
        found = store.series(dissolve)
        if found is None:
            fail(t("no series {series}; gedi series lists them", series=dissolve), EXIT_USAGE)
        if not dry_run:
            confirm(t("dissolve series {series}, {name}?", series=dissolve, name=found.name), yes=yes)
            desk(config, store).dissolve_series(dissolve)
        text = (
            t("series {series} would be dissolved: {name}", series=dissolve, name=found.name)
            if dry_run
            else t("series {series} is dissolved: {name}", series=dissolve, name=found.name)
        )
        _report({"series": dissolve, "dry_run": dry_run}, text, as_json)
    else:
        _list(store, limit, source, as_json)


def _item_of_series(store: Store, reference: str) -> int:
    item_id = store.find_item_id(reference)
    if item_id is None:
        fail(t("no item {item}; gedi items lists them", item=reference), EXIT_USAGE)
    if store.item_cards([item_id])[item_id].series is None:
        fail(t("item {item} is of no series", item=item_id), EXIT_USAGE)
    return item_id


def _list(store: Store, limit: int, source: str | None, as_json: bool) -> None:
    found = store.series_list(limit, source=source)
    for one in found:
        click.echo(json.dumps(_to_json(one), ensure_ascii=False) if as_json else _line(one))
    if not found and not as_json:
        click.echo(t("no series yet"), err=True)


def _to_json(one: Series) -> dict[str, object]:
    times = {name: getattr(one, name).isoformat() for name in ("opened", "first_published", "last_published")}
    return {**asdict(one), "why": localize(one.why), **times}


def _line(one: Series) -> str:
    """Return 12  qilu  济南天气预报  120 issues, daily, last 2026-06-01: a form of titles."""
    details = t(
        "{issues} issues, {rhythm}, last {day}: {why}",
        issues=one.issues,
        rhythm=localize(_RHYTHMS[one.rhythm]),
        day=f"{one.last_published:%Y-%m-%d}",
        why=localize(one.why),
    )
    return f"{one.id}  {one.source}  {one.name}  {details}"


def _report(record: dict[str, object], text: str, as_json: bool) -> None:
    click.echo(json.dumps(record, ensure_ascii=False) if as_json else text)
