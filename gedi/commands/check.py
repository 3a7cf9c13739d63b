"""``gedi check``: validate a config, or try an address and show what would be stored."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import click

from aggregator.config import Config, slug_of
from aggregator.digest import Task, digest
from aggregator.fetch import Fetcher
from aggregator.model import Digest, Failed, Fetched, Known, NotModified, Source
from aggregator.settings import Polling
from feeds.autodiscover import GUESS
from feeds.model import NotAFeed
from gedi.commands import FAILED, config_option, fail, json_option, load_config
from gedi.commands.check_page import guessed, select_line

SHOWN = 10  # entries


@click.command("check")
@click.argument("target", metavar="[FILE | URL]", required=False)
@config_option
@json_option
def check(target: str | None, config_path: Path, as_json: bool) -> None:
    """Validate a config; or try a URL (feed or home page).

    For a URL it shows what would be stored, what was wrong, and a [[sources]] block to paste into the config.
    """
    if target and "://" in target:
        _check_url(target, config_path, as_json)
    else:
        path = Path(target) if target else config_path
        config = load_config(path)
        _report_config(config, path, as_json)


def _report_config(config: Config, path: Path, as_json: bool) -> None:
    enabled = sum(source.enabled for source in config.sources)
    counts = {"file": str(path), "ok": True, "sources": len(config.sources), "enabled": enabled}
    if as_json:
        click.echo(json.dumps(counts))
        return
    click.echo(f"{path}: good; {len(config.sources)} sources ({enabled} enabled), {len(list(config.tree))} categories")
    if not config.sources:
        click.echo("there is nothing to poll yet: add [[sources]], or gedi import OPML", err=True)


def _check_url(url: str, config_path: Path, as_json: bool) -> None:
    config = load_config(config_path) if config_path.exists() else None
    polling = config.polling if config else Polling(user_agent="Gedi")
    outcome = asyncio.run(_fetch(url, polling))
    if isinstance(outcome, Failed):
        fail(f"{url}: {outcome.reason}", FAILED)
    assert isinstance(outcome, Fetched)
    source = _source(url, config)
    categories = config.settings.categories if config else ()
    found = digest(Task(source, outcome.url, outcome.headers, outcome.body, Known(), datetime.now(UTC), categories))
    if isinstance(found, NotAFeed) and not found.found and source.kind == "feed":
        listing = guessed(source, outcome, datetime.now(UTC))
        if listing is not None:
            source = listing
            again = Task(source, outcome.url, outcome.headers, outcome.body, Known(), datetime.now(UTC), categories)
            found = digest(again)
            click.echo(f"{url} is a page without a feed, but it lists articles; they can be read so:", err=True)
    if isinstance(found, NotAFeed):
        _report_no_feed(url, found, as_json)
    else:
        _report_feed(url, outcome, found, as_json, source)


async def _fetch(url: str, polling: Polling) -> Fetched | NotModified | Failed:
    async with Fetcher(polling, polling.user_agent or "Gedi") as fetcher:
        return await fetcher.get(url)


def _source(url: str, config: Config | None) -> Source:
    known = next((source for source in config.sources if source.url == url), None) if config else None
    return known or Source(id=0, slug=slug_of(url), url=url, title="")


def _report_no_feed(url: str, found: NotAFeed, as_json: bool) -> None:
    links = [link.href for link in found.found]
    if as_json:
        click.echo(json.dumps({"url": url, "error": found.reason, "feeds": links}, ensure_ascii=False))
    if links and not as_json:
        click.echo(f"{url} is a page; it offers these feeds:")
        for link in found.found:
            doubt = "(a guess: its address looks like a feed's)" if link.rel == GUESS else ""
            click.echo(f"  {link.href}  {link.title or doubt}".rstrip())
        click.echo("try one of them: gedi check ADDRESS")
    if not links:
        fail(f"{url}: {found.reason}", FAILED)


def _report_feed(url: str, fetched: Fetched, found: Digest, as_json: bool, source: Source) -> None:
    if as_json:
        items = [
            {"title": d.title, "url": d.url, "published": d.published.isoformat(), "dated": d.dated,
             "category": d.decision.category, "category_why": d.decision.why,
             "region": d.place.region, "region_why": d.place.why}
            for d in found.drafts
        ]  # fmt: skip
        record: dict[str, object] = {"url": fetched.url, "title": found.title}
        record |= {"entries": found.entries, "unreadable": found.skipped}
        if source.kind != "feed":
            record |= {"kind": source.kind, "select": source.select.as_dict()}
        click.echo(json.dumps({**record, "items": items}, ensure_ascii=False))
        return
    click.echo(
        f"{found.title or '(no title)'}: {found.entries} entries, {found.skipped} unreadable, {fetched.elapsed:.1f} s"
    )
    for draft in found.drafts[-SHOWN:]:
        date = f"{draft.published:%Y-%m-%d %H:%M}" if draft.dated else "no date"
        click.echo(f"  {date}  {draft.decision.category or '-'} ({draft.decision.why or 'unsure'})  "
                   f"{draft.place.region or '-'} ({draft.place.why or 'none'})  {draft.title}")  # fmt: skip
    if undated := sum(not draft.dated for draft in found.drafts):
        click.echo(f"{undated} without a usable date: they will carry the time of first sight")
    if fetched.moved_to:
        click.echo(f"the address has moved for good to {fetched.moved_to}")
    click.echo(_block(fetched.moved_to or url, found.title) + select_line(source))


def _block(url: str, title: str | None) -> str:
    quoted = json.dumps(title or slug_of(url), ensure_ascii=False)
    return f'\n[[sources]]\nurl = "{url}"\nslug = "{slug_of(url)}"\ntitle = {quoted}\n'
