"""``gedi items``: list stored items."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from aggregator.config.checks import suggest_nearest
from aggregator.config.durations import parse_duration
from aggregator.model.views import NO_CATEGORY
from aggregator.reference.gazetteer import Gazetteer
from aggregator.texts import t
from gedi.commands import EXIT_USAGE, config_option, fail, json_option, load_config_and_store, now

if TYPE_CHECKING:
    from aggregator.store import Store


@click.command("items")
@click.option("--since", metavar="T", help='Published since then: "2026-10-12", "2026-10-12T08:00" or "24h".')
@click.option(
    "--category",
    metavar="C",
    help='A category, with its sub-categories: "society", "emotion/story"; "none" for items without one.',
)
@click.option("--region", metavar="R", help="A GB/T 2260 code, with all that lies in it: 370000, 370400, 370481.")
@click.option("--source", metavar="SLUG", help="One source.")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="At most so many.")
@config_option
@json_option
def items(
    since: str | None,
    category: str | None,
    region: str | None,
    source: str | None,
    limit: int | None,
    config_path: Path,
    as_json: bool,
) -> None:
    """List stored items, newest first, with category, region and story.

    Times are those of [site] timezone; with --json they are UTC.
    """
    config, store = load_config_and_store(config_path)
    zone = ZoneInfo(config.site.timezone)
    start = _parse_time(since, zone) if since else None
    if category not in (None, NO_CATEGORY) and config.category_tree.get(category or "") is None:
        fail(
            t(
                'there is no category "{category}"; known are {names}',
                category=category,
                names=", ".join(c.path for c in config.category_tree.top_level()),
            ),
            EXIT_USAGE,
        )
    if region and Gazetteer.load().get(region) is None:
        fail(t('"{region}" is no region code; gedi locate finds the code of a place', region=region), EXIT_USAGE)
    if source is not None:
        _check_source(store, source)
    count = 0
    try:
        for row in store.export_items(since=start, category=category, region=region, source=source, limit=limit):
            count += 1
            click.echo(json.dumps(row, ensure_ascii=False, default=_iso) if as_json else _line(row, zone))
    except BrokenPipeError:
        sys.exit(0)
    if not count and not as_json:
        click.echo(t("nothing is stored that fits; gedi poll fetches, gedi sources shows what is wrong"), err=True)


def _check_source(store: Store, slug: str) -> None:
    """End the command if no source is or was known by this slug."""
    known = set(store.slug_by_id().values())
    if slug not in known:
        fail(
            t(
                'there is no source "{slug}"; {hint}',
                slug=slug,
                hint=suggest_nearest(slug, sorted(known)),
            ),
            EXIT_USAGE,
        )


def _line(row: dict[str, Any], zone: ZoneInfo) -> str:
    place = ",".join(row["regions"]) or "-"
    mark = t(" (reprint)") if row["reprint_of"] else ""
    when = f"{row['published'].astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{row['id']}  {when}  {row['category'] or '-'}  {place}  {row['source']}  {row['title']}{mark}"


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _parse_time(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except ValueError:
        pass
    try:
        span: timedelta = parse_duration(text)
    except ValueError:
        fail(
            t('"{text}" is no time; write "2026-10-12", "2026-10-12T08:00" or how long ago: "24h"', text=text),
            EXIT_USAGE,
        )
    return now() - span
