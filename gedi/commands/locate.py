"""``gedi locate``: the region of a text."""

from __future__ import annotations

import json
import re
import sys

import click

from aggregator.texts import t
from gedi.commands import EXIT_USAGE, fail

MAX_TITLE = 60  # characters; titles are rarely longer


def split_title(line: str) -> tuple[str, str]:
    """Split a line into title and text: at a tab, else after its first sentence."""
    line = line.strip()
    if "\t" in line:
        title, _, text = line.partition("\t")
        return title, text
    if len(line) <= MAX_TITLE:
        return line, ""
    end = re.match(r".{7,}?[。！？!?；;\s]", line[:MAX_TITLE])
    cut = end.end() if end else MAX_TITLE
    return line[:cut], line[cut:]


@click.command()
@click.option("--home", metavar="CODE", help="The source's region, a GB/T 2260 code: settles open names.")
def locate(home: str | None) -> None:
    """Print the region of each line of text.

    Lines come on standard input: a title, or title and text separated by a tab or a full stop. Each is answered at once
    by one JSON object with province, city and county (GB/T 2260 codes or null), why, and all regions, the primary one
    first.
    """
    from aggregator.messages.short_form import short_form
    from aggregator.reference.gazetteer import Gazetteer
    from aggregator.steps.places.locate import locate as find

    gazetteer = Gazetteer.load()
    if home and not gazetteer.get(home):
        fail(t("--home {home}: there is no such division; codes have six digits, as 370400", home=home), EXIT_USAGE)
    for raw in sys.stdin.buffer:
        title, text = split_title(raw.decode("utf-8-sig", "replace").rstrip("\r\n"))
        place = find(title, text, home=home, gazetteer=gazetteer)
        codes = {"province": place.province, "city": place.city, "county": place.county}
        answer = {**codes, "why": short_form(place.why), "regions": place.regions}
        click.echo(json.dumps(answer, ensure_ascii=False))
        sys.stdout.flush()
