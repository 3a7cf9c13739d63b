"""``gedi requests``: the correction requests of readers."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aggregator.model.correction_requests import CorrectionRequest
from aggregator.texts import t
from gedi.commands import EXIT_USAGE, config_option, desk, fail, json_option, load_config_and_store

DEFAULT_LIMIT = 100
MAX_NUMBER = 2**63 - 1


@click.command("requests")
@click.option("--done", metavar="N", multiple=True, type=click.IntRange(1, MAX_NUMBER), help="Mark request N as done.")
@click.option("--limit", type=click.IntRange(1), default=DEFAULT_LIMIT, show_default=True, help="No more than so many.")
@config_option
@json_option
def requests(done: tuple[int, ...], limit: int, config_path: Path, as_json: bool) -> None:
    """List the open correction requests of readers, newest first, as on /admin.

    --done may be given several times; then nothing is listed. Requests are deleted three months after they are done,
    and a year after they arrived.
    """
    config, store = load_config_and_store(config_path)
    if done:
        changed = desk(config, store).set_requests_done(done, done=True)
        missing = [str(number) for number in done if number not in changed]
        if missing:
            fail(t("no open request {names}; gedi requests lists them", names=", ".join(missing)), EXIT_USAGE)
        click.echo(t("{count} requests done", count=len(changed)))
        return
    found = store.correction_requests(limit)
    for each in found:
        click.echo(json.dumps(to_json(each), ensure_ascii=False) if as_json else format_request(each))
    if not found and not as_json:
        click.echo(t("no open requests"), err=True)


def to_json(request: CorrectionRequest) -> dict[str, object]:
    """Return a request as JSON."""
    return {"id": request.id, "at": request.at.isoformat(), **asdict(request.request)}


def format_request(each: CorrectionRequest) -> str:
    """Return a request with its text indented: 7  2026-06-01 08:00Z  https://…/item/5 (item 5)  Ann <a@b.example>."""
    written = each.request
    item = t(" (item {number})", number=written.item_id) if written.item_id is not None else ""
    sender = " ".join(part for part in (written.name, f"<{written.email}>" if written.email else "") if part)
    head = "  ".join(
        part for part in (str(each.id), f"{each.at:%Y-%m-%d %H:%M}Z", written.about + item, sender) if part
    )
    return "\n".join([head, *(f"    {line}" for line in written.text.splitlines())])
