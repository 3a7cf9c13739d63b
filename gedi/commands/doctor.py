"""``gedi doctor``: what is wrong with an installation, and what mends it."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path

import click

from aggregator.config.load import Config
from aggregator.diagnosis.examination import examine
from aggregator.diagnosis.findings import Finding
from aggregator.store.sql.dialect import reason_of
from aggregator.texts import Phrase, localize, t
from gedi.commands import EXIT_FAILED, announce, clock, config_option, json_option, load_config
from gedi.wide_text import pad, wrap

_WIDTH = 80
_LABEL = 9  # columns
_CHECKS = (  # for extraction
    *(Phrase("config"), Phrase("database"), Phrase("disk"), Phrase("files"), Phrase("limits"), Phrase("clock")),
    *(Phrase("workers"), Phrase("notify"), Phrase("hubs"), Phrase("integrity"), Phrase("partitions")),
    Phrase("consistency"),
)
_MAX_ROUNDS = 4


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Mend what can be mended without losing anything.")
@click.option("--offline", is_flag=True, help="Send no requests to hubs.")
@config_option
@json_option
def doctor(fix: bool, offline: bool, config_path: Path, as_json: bool) -> None:
    """Check the database and its surroundings, while the service runs or not.

    Checked are config, schema, integrity, partitions, rows that contradict others, the search index, clock, disk,
    files, limits, workers, WebSub hubs and targets of notifications. Each finding has a remedy; --fix carries out those
    that are safe, among them the upgrade of an older schema. Exit status 0 if nothing is wrong any more, 1 if something
    is, 2 if the config is invalid.

    \b
    gedi doctor
    gedi doctor --fix
    """
    remaining = _examine(load_config(config_path), fix=fix, offline=offline, as_json=as_json)
    if not as_json:
        click.echo()
        click.echo(
            t("{count} to do; gedi doctor checks again", count=remaining) if remaining else t("nothing is wrong")
        )
    sys.exit(EXIT_FAILED if remaining else 0)


def _examine(config: Config, *, fix: bool, offline: bool, as_json: bool) -> int:
    """Check, mend and show; again after something was mended, because it may have hidden more. Returns what is left."""
    is_mended: dict[str, bool] = {}  # text of each finding
    for round_number in range(_MAX_ROUNDS):
        mended_before = sum(is_mended.values())
        for name, findings in examine(config, clock(), announce, offline=offline or round_number > 0):
            for finding in findings:
                if finding.text not in is_mended:
                    result = _mend(finding) if fix else False
                    is_mended[finding.text] = result is True
                    _show(finding, result, as_json)
            if not findings and not as_json and round_number == 0:
                click.echo(_wrapped(t("ok"), t(name)))
        if sum(is_mended.values()) == mended_before:
            break
    return sum(not each for each in is_mended.values())


def _mend(finding: Finding) -> bool | str:
    """Return whether the finding was mended, or why it could not be, in the current language."""
    if finding.mend is None:
        return False
    try:
        finding.mend()
    except Exception as error:  # of a driver, or of the system
        return str(localize(reason_of(error)))
    return True


def _show(finding: Finding, mended: bool | str, as_json: bool) -> None:
    failure = mended if isinstance(mended, str) else None
    if as_json:
        record = {**finding.as_dict(), "fixed": mended is True, "fix_failed": failure}
        click.echo(json.dumps(record, ensure_ascii=False))
        return
    said = t("{check}: {text}", check=t(finding.check), text=finding.text)
    click.echo(_wrapped(t("FIXED") if mended is True else t("PROBLEM"), said))
    if mended is True:
        click.echo(_wrapped("", t("done: {fix}", fix=finding.fix)))
        return
    click.echo(_wrapped("", t("remedy: {remedy}", remedy=finding.remedy)))
    if failure:
        click.echo(_wrapped("", t("--fix failed: {reason}", reason=failure)))
    elif finding.fix:
        click.echo(_wrapped("", t("--fix would: {fix}", fix=finding.fix)))


def _wrapped(label: str, text: str) -> str:
    """Return the lines of a text behind a label; a name that is longer than a line is broken."""
    width = _WIDTH - _LABEL
    lines = [part for line in wrap(text, width) for part in textwrap.wrap(line, width, break_on_hyphens=False)]
    return pad(label, _LABEL) + f"\n{' ' * _LABEL}".join(lines)
