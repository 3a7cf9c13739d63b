"""``gedi check``: validate a config, or try an address and show what would be stored."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.config.checks import NO_INSTANCE, ConfigErrors
from aggregator.config.load import Config, read_config, slug_of
from aggregator.config.settings import PollingSettings
from aggregator.config.watcher import problem_as_json
from aggregator.fetching.rsshub import address_of
from aggregator.intake.article_selection import ACCEPT_BY_KIND
from aggregator.messages.short_form import short_form
from aggregator.model import Failed, ParsedDocument, Source
from aggregator.texts import localize, t
from feeds.html.autodiscovery import GUESSED_REL
from feeds.model import NotAFeed
from gedi.commands import EXIT_FAILED, EXIT_USAGE, clock, config_option, fail, json_option, load_config, now
from gedi.commands.check_address import (
    describe_facts,
    find_at_well_known_paths,
    guess_source,
    preview,
    probe,
    probe_facts,
    selector_lines,
    source_block,
)

if TYPE_CHECKING:
    from gedi.commands.check_lists import ListReport

MAX_SHOWN = 10  # entries


@click.command("check")
@click.argument("target", metavar="[FILE | URL]", required=False)
@config_option
@json_option
def check(target: str | None, config_path: Path, as_json: bool) -> None:
    """Validate a config; or try a URL (feed or home page).

    A config: every mistake with file, line, key, source and remedy, at once; what is allowed but hardly meant is a
    warning. A URL: what would be stored of it, what was wrong, whether it is cheap to poll, and a [[sources]] block to
    paste into the config. The URL of a source is requested as the config says, with its headers, proxy and so on. Lists
    that [polling] sources_from follows are fetched and read too. Nothing is stored.

    \b
    gedi check
    gedi check /etc/gedi/config.toml --json
    gedi check https://news.example/
    """
    if target and "://" in target:
        _check_url(target, config_path, as_json)
    else:
        _check_file(Path(target) if target else config_path, as_json)


def _check_file(path: Path, as_json: bool) -> None:
    try:
        config = read_config(path)
    except ConfigErrors as errors:
        if as_json:
            problems = [problem_as_json(problem) for problem in errors.problems]
            click.echo(json.dumps({"file": str(path), "ok": False, "errors": problems}, ensure_ascii=False))
        else:
            for problem in errors.problems:
                click.echo(localize(problem.text), err=True)
        sys.exit(EXIT_USAGE)
    _report_config(config, path, as_json)


def _report_config(config: Config, path: Path, as_json: bool) -> None:
    lists = _check_lists(config)
    errors = [problem for each in lists for problem in each.found.problems]
    enabled = sum(source.enabled for source in config.sources)
    counts = {"file": str(path), "ok": not errors, "sources": len(config.sources), "enabled": enabled}
    if as_json:
        warnings = [problem_as_json(warning) for warning in config.warnings]
        record = {**counts, "warnings": warnings, "errors": [problem_as_json(problem) for problem in errors]}
        click.echo(
            config.redact(json.dumps({**record, "lists": [each.as_json() for each in lists]}, ensure_ascii=False))
        )
        sys.exit(EXIT_USAGE if errors else 0)
    for warning in config.warnings:
        click.echo(t("warning: {warning}", warning=config.redact(localize(warning.text))), err=True)
    for problem in errors:
        click.echo(config.redact(localize(problem.text)), err=True)
    if errors:
        click.echo(t("the list would not be taken; the last good one would stay in force"), err=True)
        sys.exit(EXIT_USAGE)
    click.echo(
        t(
            "{path}: good; {sources} sources ({enabled} enabled), {categories} categories",
            path=path,
            sources=len(config.sources),
            enabled=enabled,
            categories=len(list(config.category_tree)),
        )
    )
    for each in lists:
        for line in each.lines(config.folder):
            click.echo(config.redact(line))
    if not config.sources and not config.list_addresses:
        click.echo(t("there is nothing to poll yet: add [[sources]], or gedi import OPML"), err=True)


def _check_lists(config: Config) -> list[ListReport]:
    if not config.polling.sources_from:
        return []
    from gedi.commands.check_lists import check_lists  # loads the store

    return check_lists(config, clock())


def _check_url(url: str, config_path: Path, as_json: bool) -> None:
    config = load_config(config_path) if config_path.exists() else None
    polling = config.polling if config else PollingSettings(user_agent="Gedi")
    source = _source(url, config)
    options = config.request_options(source.slug) if config else None
    pages = options.for_pages() if options else None
    address = address_of(url, polling.rsshub)
    if address is None:
        fail(f"{url}: {localize(NO_INSTANCE)}", EXIT_USAGE)
    probed = asyncio.run(probe(address, polling, clock(), ACCEPT_BY_KIND.get(source.kind), options))
    if isinstance(probed, Failed):
        reason = localize(probed.reason)
        if as_json:
            click.echo(json.dumps({"url": url, "error": reason, "kind": probed.kind}, ensure_ascii=False))
        fail(f"{url}: {reason}", EXIT_FAILED)
    if address != url:  # a route has no address of its own that could move
        probed = replace(probed, fetched=replace(probed.fetched, moved_to=None))
    found = preview(source, probed.fetched, config, now())
    if isinstance(found, NotAFeed) and not found.feed_links and source.kind == "feed":
        listing = guess_source(source, probed.fetched, now())
        if listing is not None:
            source = listing
            found = preview(source, probed.fetched, config, now())
            click.echo(
                t("{url} is a page without a feed, but it lists articles; they can be read so:", url=url), err=True
            )
    if isinstance(found, NotAFeed):
        well_known_feeds = (
            []
            if found.feed_links
            else asyncio.run(find_at_well_known_paths(probed.fetched.url, polling, clock(), pages))
        )
        _report_no_feed(url, found, well_known_feeds, as_json)
    else:
        _report_feed(probe_facts(probed, found, url, now()), found, as_json, source)


def _source(url: str, config: Config | None) -> Source:
    known = next((source for source in config.sources if source.url == url), None) if config else None
    return known or Source(id=0, slug=slug_of(url), url=url, title="")


def _report_no_feed(url: str, result: NotAFeed, well_known_feeds: list[str], as_json: bool) -> None:
    links = [link.href for link in result.feed_links] or well_known_feeds
    if as_json:
        click.echo(json.dumps({"url": url, "error": result.reason, "feeds": links}, ensure_ascii=False))
    elif result.feed_links:
        click.echo(t("{url} is a page; it offers these feeds:", url=url))
        for link in result.feed_links:
            note = t("(a guess: its address looks like a feed's)") if link.rel == GUESSED_REL else ""
            click.echo(f"  {link.href}  {link.title or note}".rstrip())
    elif well_known_feeds:
        click.echo(
            t(
                "{url} is a page that names no feed; there is one at a usual address:\n  {address}",
                url=url,
                address=well_known_feeds[0],
            )
        )
    if not links:
        fail(f"{url}: {localize(result.reason)}", EXIT_FAILED)
    if not as_json:
        click.echo(t("try it: gedi check {address}", address=links[0]))


def _report_feed(facts: dict[str, Any], digest: ParsedDocument, as_json: bool, source: Source) -> None:
    listing = {} if source.kind == "feed" else {"kind": source.kind, "select": source.select.as_dict()}
    if as_json:
        items = [
            {"title": d.title, "url": d.url, "published": d.published.isoformat(), "dated": d.dated,
             "category": d.decision.category, "category_why": short_form(d.decision.why),
             "region": d.place.region, "region_why": short_form(d.place.why), "regions": d.place.regions}
            for d in digest.drafts
        ]  # fmt: skip
        click.echo(json.dumps({**facts, **listing, "items": items}, ensure_ascii=False, default=localize))
        return
    click.echo(
        t(
            "{title}: {entries} entries, {skipped} unreadable",
            title=facts["title"] or t("(no title)"),
            entries=digest.entry_count,
            skipped=digest.skipped,
        )
    )
    for draft in digest.drafts[-MAX_SHOWN:]:
        date = f"{draft.published:%Y-%m-%d %H:%M}" if draft.dated else t("no date")
        category = f"{draft.decision.category or '-'} ({short_form(draft.decision.why) or t('unsure')})"
        region = f"{','.join(draft.place.regions) or '-'} ({short_form(draft.place.why) or t('none')})"
        click.echo(f"  {date}  {category}  {region}  {draft.title}")
    for remark in describe_facts(facts):
        click.echo(remark)
    click.echo(source_block(facts["source"]) + selector_lines(source))
