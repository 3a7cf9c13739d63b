"""``gedi sources``: each source's health, ill ones first."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aggregator.model import Health
from gedi.commands import config_option, json_option, load_both

PAGE = 500


@click.command("sources")
@click.option("--state", help="Only those in this state: new, ok, slow, failing, gone, off.")
@config_option
@json_option
def sources(state: str | None, config_path: Path, as_json: bool) -> None:
    """Show each source's health, ill ones first."""
    config, store = load_both(config_path)
    now = datetime.now(UTC)
    store.sync_sources(config.sources, now, config.polling.interval)
    rows: list[Health] = []
    while page := store.health(now, state=state, limit=PAGE, offset=len(rows)):
        rows += page
        if len(page) < PAGE:
            break
    if as_json:
        for row in rows:
            click.echo(config.hide(json.dumps(record(row), ensure_ascii=False)))
    else:
        Console().print(_table(rows, now))


def record(row: Health) -> dict[str, object]:
    """One source as JSON."""
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
        "error": row.error,
        "failures": row.failures,
        **times,
        "next_why": row.next_why,
        "elapsed": row.elapsed,
        "items": row.items,
        "items_24h": row.day_items,
        "moved_to": row.moved_to,
        "hub": row.hub,
        "push": row.push,
        "push_reason": row.push_reason,
        "last_push": row.last_push.isoformat() if row.last_push else None,
    }


def _table(rows: list[Health], now: datetime) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for name in ("source", "state", "last success", "24 h", "items", "next", "trouble"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            row.slug,
            str(row.state),
            _ago(row.last_success, now),
            str(row.day_items),
            str(row.items),
            _ago(row.next_poll, now),
            escape(row.error or row.push_reason or ""),
        )
    return table


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "-"
    seconds = (now - moment).total_seconds()
    size, unit = next(
        (size, unit)
        for size, unit in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
        if abs(seconds) >= size or size == 1
    )
    text = f"{abs(seconds) / size:.0f}{unit}"
    return f"in {text}" if seconds < 0 else f"{text} ago"
