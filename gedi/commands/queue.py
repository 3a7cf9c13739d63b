"""``gedi queue`` and ``gedi actions``: what waits for an admin, decisions about it, and the log of actions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from aggregator.model.moderation import QUEUES, AdminAction, QueueEntry, QueueName
from aggregator.moderation.actions import CannotUndoError
from aggregator.moderation.queues import UnknownDecisionError, decide, queue_entries, queue_lengths
from aggregator.texts import Phrase, localize, t
from gedi.commands import EXIT_USAGE, config_option, desk, fail, json_option, load_config_and_store, now

REASONS = {
    "unknown": Phrase("there is no such action; gedi actions lists them"),
    "done": Phrase("it is undone already"),
    "final": Phrase("it cannot be undone"),
    "changed": Phrase("what it changed has been changed since"),
}


@click.command("queue")
@click.argument("name", metavar="[QUEUE]", type=click.Choice(QUEUES), required=False)
@click.option(
    "--decide", "decision", nargs=2, metavar="SUBJECT CHOICE", multiple=True, help="Decide; may be given several times."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="No more than so many.")
@config_option
@json_option
def queue(
    name: QueueName | None, decision: tuple[tuple[str, str], ...], limit: int, config_path: Path, as_json: bool
) -> None:
    """List what waits for a decision, as on /admin: all queues with their lengths, or the entries of one.

    The queues are uncategorized (choices: the path of a category, or "leave"), merges ("same", "apart"), filtered
    ("right", "admit"), failing ("retry", "known") and requests ("done"). Decisions are logged; gedi actions undoes
    them.
    """
    config, store = load_config_and_store(config_path)
    if name is None:
        if decision:
            fail(t("name the queue to decide about"), EXIT_USAGE)
        for queue_name, count in queue_lengths(store, now()).items():
            line = json.dumps({"queue": queue_name, "entries": count}) if as_json else f"{queue_name:14} {count:6}"
            click.echo(line)
        return
    for subject, choice in decision:
        try:
            decide(desk(config, store), name, subject, choice)
        except UnknownDecisionError as error:
            if str(error) == "subject":
                fail(t('queue {name} has no subject "{subject}"', name=name, subject=subject), EXIT_USAGE)
            fail(t('queue {name} has no choice "{choice}"', name=name, choice=choice), EXIT_USAGE)
    if decision:
        click.echo(t("{count} decided", count=len(decision)))
        return
    zone = ZoneInfo(config.site.timezone)
    entries = queue_entries(store, name, now(), limit)
    for entry in entries:
        click.echo(json.dumps(to_json(entry), ensure_ascii=False) if as_json else format_entry(entry, zone))
    if not entries and not as_json:
        click.echo(t("nothing waits in this queue"), err=True)


@click.command("actions")
@click.option("--undo", "number", metavar="N", type=click.IntRange(1, 2**63 - 1), help="Undo action N.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="No more than so many.")
@config_option
@json_option
def actions(number: int | None, limit: int, config_path: Path, as_json: bool) -> None:
    """List what admins did, latest first, or undo an action.

    Undoing a withdrawal lets the item in again, at the next poll and if its source still has it: its text was deleted.
    """
    config, store = load_config_and_store(config_path)
    if number is not None:
        try:
            undone = desk(config, store).undo(number)
        except CannotUndoError as error:
            fail(t("action {number}: {reason}", number=number, reason=REASONS[str(error)]), EXIT_USAGE)
        click.echo(
            t("undone: {action} {subject}", action=_ACTIONS.get(undone.action, undone.action), subject=undone.subject)
        )
        return
    zone = ZoneInfo(config.site.timezone)
    for action in store.admin_actions(limit):
        click.echo(
            json.dumps({**asdict(action), "at": action.at.isoformat()}, ensure_ascii=False)
            if as_json
            else format_action(action, zone)
        )


_ACTIONS = {
    str(name): name
    for name in (
        *(Phrase("split"), Phrase("merge"), Phrase("move"), Phrase("reset"), Phrase("remove"), Phrase("retry")),
        *(Phrase("done"), Phrase("reopen"), Phrase("dismiss"), Phrase("admit"), Phrase("undo")),
    )
}
_CHANNELS = {str(name): name for name in (Phrase("site"), Phrase("command"), Phrase("api"))}


def to_json(entry: QueueEntry) -> dict[str, object]:
    """Return an entry as JSON."""
    about = localize(entry.about)
    return {**asdict(entry), "at": entry.at.isoformat(), "about": about}


def format_entry(entry: QueueEntry, zone: ZoneInfo) -> str:
    """Return an entry in one or two lines: subject, time, title; what it is about."""
    about = localize(entry.about)
    other = f" = {entry.other_title}" if entry.other_title else ""
    head = f"{entry.subject}  {entry.at.astimezone(zone):%Y-%m-%d %H:%M}  {entry.source}  {entry.title}{other}"
    return head + (f"\n    {about[:200]}" if about else "")


def format_action(action: AdminAction, zone: ZoneInfo) -> str:
    """Return an action in one line."""
    change = f"  {action.before or '-'} -> {action.after or '-'}" if action.before or action.after else ""
    note = t("  (undone by {undone_by})", undone_by=action.undone_by) if action.undone_by else ""
    at = f"{action.at.astimezone(zone):%Y-%m-%d %H:%M}"
    what = f"{localize(_ACTIONS.get(action.action, action.action))} {action.subject}{change}"
    who = f"{action.who} ({localize(_CHANNELS.get(action.via, action.via))})"
    return f"{action.id}  {at}  {who}  {what}  {action.title}{note}"
