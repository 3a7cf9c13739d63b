"""``gedi sources``: each source's health, failing ones first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aggregator.config.load import Config
from aggregator.messages import english
from aggregator.model import SourceFilter, SourceHealth, SourceState
from aggregator.model.health import DailyPollStats
from aggregator.texts import Phrase, localize, t
from gedi.commands import config_option, json_option, load_config_and_store, now

PAGE_SIZE = 500
WIDE = 120  # columns of a terminal from which the table has all of its own
_HEADINGS = (
    *(Phrase("source"), Phrase("state"), Phrase("last success"), Phrase("newest"), Phrase("24 h"), Phrase("7 d")),
    *(Phrase("visits"), Phrase("answer"), Phrase("next"), Phrase("trouble")),
)
_STATES = {
    SourceState.NEW: Phrase("new"),
    SourceState.OK: Phrase("ok"),
    SourceState.SLOW: Phrase("slow"),
    SourceState.FAILING: Phrase("failing"),
    SourceState.GONE: Phrase("gone"),
    SourceState.OFF: Phrase("off"),
}
_BARS = "▁▂▃▄▅▆▇█"


@click.command("sources")
@click.option("--state", type=click.Choice([str(state) for state in SourceState]), help="Only those in this state.")
@config_option
@json_option
def sources(state: str | None, config_path: Path, as_json: bool) -> None:
    """List each source's health, failing ones first, with new items and polls of seven days.

    With [polling] sources_from, also the file or address that names each source.
    """
    config, store = load_config_and_store(config_path)
    at = now()
    store.sync_sources(config.sources, at, config.polling.interval)
    rows: list[SourceHealth] = []
    while page := store.source_health(at, filters=SourceFilter(state=state), limit=PAGE_SIZE, offset=len(rows)):
        rows += page
        if len(page) < PAGE_SIZE:
            break
    if as_json:
        for row in rows:
            record = to_json(row) | {"place": config.place_of(row.slug)}
            click.echo(config.redact(json.dumps(record, ensure_ascii=False)))
    else:
        places = {row.slug: _place(config, row.slug) for row in rows} if config.polling.sources_from else {}
        console = Console()
        if console.width < WIDE:
            _print_narrow(console, rows, at, places)
        else:
            console.print(_table(rows, at, places))


def to_json(row: SourceHealth) -> dict[str, object]:
    """Return one source as JSON."""
    times = {
        name: moment.isoformat() if moment else None
        for name, moment in (
            ("last_poll", row.last_poll),
            ("last_success", row.last_success),
            ("newest", row.newest),
            ("next_poll", row.next_poll),
        )
    }
    return {
        "source": row.slug,
        "title": row.title,
        "url": row.url,
        "state": str(row.state),
        "error_kind": row.error_kind,
        "error": english(row.error),
        "failures": row.failures,
        **times,
        "next_why": english(row.next_why),
        "elapsed": row.elapsed,
        "items": row.items,
        "items_24h": row.day_items,
        "items_7d": sum(day.items for day in row.days),
        "kept_out_7d": row.kept_out,
        "days": [_day(day) for day in row.days],
        "moved_to": row.moved_to,
        "hub": row.hub,
        "push": row.push,
        "push_reason": english(row.push_reason),
        "last_push": row.last_push.isoformat() if row.last_push else None,
    }


def _day(day: DailyPollStats) -> dict[str, object]:
    return {**asdict(day), "day": day.day.isoformat()}


def _place(config: Config, slug: str) -> str:
    """Return the place of a source as it is written in the config; "-" if no place names it any more."""
    place = config.redact(config.place_of(slug) or "-")
    return place.removeprefix(f"{config.folder}/")


def _table(rows: list[SourceHealth], now: datetime, places: Mapping[str, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for name in _HEADINGS:
        table.add_column(localize(name), overflow="fold")
    if places:
        table.add_column(t("place"), overflow="fold")
    for row in rows:
        table.add_row(
            row.slug,
            localize(_STATES[row.state]),
            _relative_time(row.last_success, now),
            _relative_time(row.newest, now),
            str(row.day_items),
            _week(row),
            _visits(row),
            "-" if row.elapsed is None else f"{row.elapsed:.2f}s",
            "-" if row.state is SourceState.OFF else _relative_time(row.next_poll, now),
            escape(localize(row.error or row.push_reason) or ""),
            *([escape(places[row.slug])] if places else []),
        )
    return table


def _print_narrow(console: Console, rows: list[SourceHealth], now: datetime, places: Mapping[str, str]) -> None:
    """Print the columns that fit 80 characters, and below them what is wrong with which source."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(t("source"), overflow="ellipsis", no_wrap=True, max_width=24)
    for name in (t("state"), t("last success"), t("24 h"), t("7 d"), t("next")):
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(
            row.slug,
            localize(_STATES[row.state]),
            _relative_time(row.last_success, now),
            str(row.day_items),
            str(sum(day.items for day in row.days)),
            _relative_time(row.next_poll, now),
        )
    console.print(table)
    for row in rows:
        notes = (localize(row.error or row.push_reason), places.get(row.slug))
        if any(notes):
            console.print(f"{row.slug}: {'; '.join(filter(None, notes))}", markup=False, highlight=False)


def _week(row: SourceHealth) -> str:
    """Return the new items of seven days with a sparkline: "12 ▁▁▃▁█▁▂"."""
    counts = [day.items for day in row.days]
    most = max([*counts, 1])
    return f"{sum(counts)} {''.join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in counts)}"


def _visits(row: SourceHealth) -> str:
    """Return the polls of seven days, with failures: "97", "97 (3 failed)"."""
    failed = sum(day.failures for day in row.days)
    return f"{sum(day.visits for day in row.days)}" + (t(" ({count} failed)", count=failed) if failed else "")


def _relative_time(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "-"
    seconds = (now - moment).total_seconds()
    size, unit = next(
        (size, unit)
        for size, unit in ((86400, t("{count}d")), (3600, t("{count}h")), (60, t("{count}m")), (1, t("{count}s")))
        if abs(seconds) >= size or size == 1
    )
    text = unit.format(count=round(abs(seconds) / size))
    return t("in {time}", time=text) if seconds < 0 else t("{time} ago", time=text)
