"""``gedi filtered``: entries that the filters left out, with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.texts import localize, t
from gedi.commands import EXIT_USAGE, config_option, fail, json_option, load_config_and_store

if TYPE_CHECKING:
    from aggregator.config.load import Config
    from aggregator.model.filters import FilterRecord


@click.command("filtered")
@click.option("--source", "slug", metavar="SLUG", help="Only those of this source.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many, newest first.")
@config_option
@json_option
def filtered(slug: str | None, limit: int, config_path: Path, as_json: bool) -> None:
    """List the entries that the filters left out, with the reason.

    Entries are kept for 30 days. One that passes a changed rule is stored at the next poll, if it is still in its feed.
    """
    config, store = load_config_and_store(config_path)
    if slug is not None and slug not in {source.slug for source in config.sources}:
        fail(t("there is no source {slug}; gedi sources lists them", slug=slug), EXIT_USAGE)
    entries = store.filtered_entries(limit, slug)
    if not entries and not as_json:
        click.echo(t("nothing was kept out in the last 30 days"))
    for entry in entries:
        record = to_json(entry, config)
        if as_json:
            click.echo(json.dumps(record, ensure_ascii=False))
        else:
            click.echo(f"{entry.at:%Y-%m-%d %H:%M}  {entry.source}  {entry.title}")
            click.echo(f"    {record['rule']}: {record['evidence']} ({record['set_in']})")
            click.echo(f"    {entry.url}")


def to_json(entry: FilterRecord, config: Config) -> dict[str, str]:
    """Return one entry as JSON; ``set_in`` says where in the config its rule is."""
    return {
        "source": entry.source,
        "title": entry.title,
        "url": entry.url,
        "rule": entry.reason.rule,
        "evidence": localize(entry.reason.evidence),
        "set_in": _rule_location(entry, config),
        "at": entry.at.isoformat(),
    }


def _rule_location(entry: FilterRecord, config: Config) -> str:
    """Return [filters], or the table of its source; "an earlier config" if neither has such a rule any more."""
    numbers = {source.slug: number for number, source in enumerate(config.sources)}
    if entry.source not in numbers:
        return t("an earlier config")
    source_rules, general_rules = config.settings.sources[numbers[entry.source]], config.settings.filters
    for name, table in ((f"[[sources]] {entry.source}", source_rules), ("[filters]", general_rules)):
        if entry.reason.rule == "advertorial":
            treatment = table.advertorial
            if treatment is not None:
                return name if treatment == "drop" else t("an earlier config")
        elif entry.reason.rule == "include":
            if table.include:
                return name
        elif entry.reason.evidence.get("rule") in table.exclude:
            return name
    return t("an earlier config")
